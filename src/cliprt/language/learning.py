"""May a confirmed wording be acted on when it is said again?  Pure functions over roles of tokens.

Words that a person confirmed once are understood from then on without a question.  So they must
mean the same at any time, wherever things stand and whoever speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from cliprt.language.lexicon import Token, tag
from cliprt.language.numbers import EXACT, fold_amounts
from cliprt.language.offers import is_straight, size_of, to_amount
from cliprt.language.sentences import Sentence, read_sentence
from cliprt.language.spelling import repair
from cliprt.language.text import split_words
from cliprt.types import Primitive

_NEVER = {
    "mark": "it is a question",
    "question": "it is a question, or depends on what happens",
    "negation": "it says what not to do",
    "correction": "it takes something back",
    "idiom": "it means something else",
    "help": "it asks for help",
    "choice": "it chooses from what was offered",
    "whose side": "it depends on who speaks",
    "whose arm": "there is one arm",
    "determiner": "it is about a thing",
    "object": "what it is about changes",
}
_CONTEXT = "it depends on what was done before"
_ARTICLES = ("definite", "indefinite", "possessive", "toward")
_ARM = {"arm", "hand", "grip", "fist", "direction", "yes", "comparative", "sense", "axis", "turn"} | {
    *("amount", "filler", "unclear", "intensifier", "hedge")
}
_SLACK = 1e-6


@lru_cache(maxsize=4096)
def may_be_learned(utterance: str, primitives: tuple[Primitive, ...]) -> str:
    """Why a wording must be asked about again although a person confirmed it; "" if it need not.

    Args:
        utterance: What was said.
        primitives: What it was confirmed to mean, in order.
    """
    words = split_words(utterance)
    tokens = tag(fold_amounts(words))
    for token in tokens:
        if token.role in _NEVER and token.value != "request":
            return _NEVER[token.role]
        if token.role in _RECALLING or token.value in _RECALLING:
            return _CONTEXT
    if any(_is_a_thing(*pair) for pair in pairwise(tokens)):
        return "it is about a thing"
    sentence = read_sentence(tokens)
    means = [primitive.group for primitive in primitives]
    for said in (sentence, _repaired(words)):
        groups = [group for clause in said.clauses for group in clause.groups]
        if groups and not set(means) <= set(groups):
            return "its words say another way"
    return _misfit(sentence, primitives)
