"""May a confirmed wording be acted on when it is said again?  Pure functions over roles of tokens.

Words that a person confirmed once are understood from then on without a question.  So they must
mean the same at any time, wherever things stand and whoever speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from cliprt.language.asides import find_aside, judges_what_was_done
from cliprt.language.context import is_about_last
from cliprt.language.lexicon import Token
from cliprt.language.numbers import VAGUE
from cliprt.language.offers import size_of, to_amount
from cliprt.language.pieces import is_piece
from cliprt.language.roles import ABOUT_LAST, DETERMINERS, GRIPPING, SIDES
from cliprt.language.sentences import Sentence, read_sentence
from cliprt.language.spelling import repair
from cliprt.language.text import split_words
from cliprt.language.tongues import hear, hear_as
from cliprt.language.viewpoint import OWN_WORDS, is_own_frame
from cliprt.types import Primitive

_VIEW = "it depends on where somebody is"
_THING = "it is about a thing"
_CONTEXT = "it depends on what was done before"
_NEVER = {
    "mark": "it is a question",
    "question": "it is a question, or depends on what happens",
    "negation": "it says what not to do",
    "correction": "it takes something back",
    "idiom": "it may mean something else",
    "help": "it asks for help",
    "choice": "it chooses from what was offered",
    "whose arm": "it is about another arm",
    "determiner": _THING,
    "object": _THING,
    **dict.fromkeys(OWN_WORDS, _VIEW),
    **dict.fromkeys(ABOUT_LAST, _CONTEXT),
}
_TALK = {"filler", "yes", "mark", "joiner", "hedge", "intensifier", "being", "it"} | {
    *("that was", "but"),
}
_RECALLING = {"again", "further", "another", "keep going"}
_ARM = (
    SIDES
    | {"arm", "hand", "grip", "fist", "sense", "amount", "unclear"}
    | {*("filler", "intensifier", "hedge")}
)
_SLACK = 1e-6


def depends_on_situation(utterance: str) -> bool:
    """Whether what is meant depends on the step before, or on where somebody is."""
    return is_about_last(utterance) or is_own_frame(utterance)


@lru_cache(maxsize=4096)
def may_be_learned(utterance: str, primitives: tuple[Primitive, ...]) -> str:
    """Why a wording must be asked about again although a person confirmed it; "" if it need not.

    Args:
        utterance: What was said.
        primitives: What it was confirmed to mean, in order.
    """
    heard = [tokens for _, tokens in hear(utterance)]
    reason = next(filter(None, (_depends_on(tokens) for tokens in heard)), "")
    if reason:
        return reason
    means = {primitive.group for primitive in primitives}
    sentences = [read_sentence(tokens) for tokens in heard]
    repaired = repair(split_words(utterance))
    meant = read_sentence(hear_as(" ".join(repaired.words), "en")) if repaired else sentences[0]
    for sentence in sentences if meant.problem else [*sentences, meant]:
        groups = {group for clause in sentence.clauses for group in clause.groups}
        if groups and not means <= groups:
            return "its words say another way"
    return _misfit(sentences[0], primitives)


def _depends_on(tokens: Sequence[Token]) -> str:
    """What the meaning depends on beside the words; "" if on nothing."""
    for token in tokens:
        if token.role in _NEVER:
            return _NEVER[token.role]
        if token.value in _RECALLING:
            return _CONTEXT
    roles = {token.role for token in tokens}
    if roles <= _TALK:
        return "it says nothing to do"
    if find_aside(tokens) or judges_what_was_done(tokens):
        return "it may be about what was done"
    if "unknown" in roles and roles & GRIPPING and "hand" not in roles:
        return _THING
    if is_piece(tokens) and not any(token.role in SIDES for token in tokens):
        return "it is only a piece of a sentence"
    return _THING if any(_is_a_thing(*pair) for pair in pairwise(tokens)) else ""


def _is_a_thing(before: Token, token: Token) -> bool:
    """Whether a determiner stands before a word that is no part of the arm, way or amount."""
    return before.value in DETERMINERS and token.role not in _ARM


def _misfit(sentence: Sentence, primitives: Sequence[Primitive]) -> str:
    """Why what was said of how far does not go with what was confirmed; "" if it does."""
    said = [clause.amount for clause in sentence.clauses if clause.amount]
    exact = [amount for amount in said if amount.kind in ("length", "angle", "bare")]
    sizes = [size_of(primitive) for primitive in primitives]
    for amount in said:
        meant = [to_amount(primitive.group, amount) for primitive in primitives]
        if amount in exact and not any(map(_is_same, sizes, meant)):
            return "its number is another one"
        if amount.kind in VAGUE and any(s > m + _SLACK for s, m in zip(sizes, meant, strict=True)):
            return "it was less than that"
    return "it has more numbers than steps" if len(exact) > len(primitives) else ""


def _is_same(size: float, meant: float) -> bool:
    return abs(size - meant) < _SLACK
