"""Does what a model understood stand in what was said?  Reasons to ask first.

A model slips: left for right, 10 for 5, a task taken for a command.  So the arm moves only where
the grammar, told to overlook the words that it does not know, reads the very same; and where those
words look like mere talk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.lexicon import Token, tag
from cliprt.language.numbers import EXACT, Amount, fold_amounts
from cliprt.language.slots import Move
from cliprt.language.text import split_words
from cliprt.types import Primitive

Trust = Literal["offer", "heard", "model"]
"""When a model's reading moves the arm, and is not just offered: never, unless the grammar reads
the very same; where the words that the grammar knows bear it out; or whenever those words do not
contradict it."""

CONTRADICTION = "I hear one thing and the language model another: which one?"

_IS_IT = "Is that what you mean?"
_EXACT = ("length", "angle")
_DETERMINERS = (
    *("the", "a", "an", "this", "that", "these", "those", "some", "any", "every", "each"),
    *("my", "your", "his", "her", "its", "our", "their"),
)
_SIGN = re.compile(r"[^\w\s.,!?'’°]|_")  # what no spoken command has
_MOST_UNKNOWN = 2
_SLACK = 1e-6


def find_doubt(
    utterance: str,
    moves: Sequence[Move],
    primitives: Sequence[Primitive],
    grammar: GrammarInterpreter,
    trust: Trust,
) -> str:
    """Why a person has to confirm what a model understood; "" if nobody has to.

    Args:
        utterance: What was said, which the grammar does not understand whole.
        moves: As the model understood it.
        primitives: The same as primitives.
        grammar: Knows the words.
        trust: See `Trust`.
    """
    heard = grammar.half_read(utterance).groups
    if heard and any(move.group not in heard for move in moves):
        return CONTRADICTION
    tokens = tag(fold_amounts(split_words(utterance)))
    doubt = _number_doubt(moves, _numbers(utterance))
    if doubt or trust == "model":
        return doubt
    known = " ".join(token.text for token in tokens if token.role != "unknown")
    reading = grammar.read(known)
    if trust == "offer" or to_effects(reading.primitives) != to_effects(primitives):
        return _IS_IT
    sign = _SIGN.search(utterance)
    return f"I do not know {sign[0]!r}: is it a command?" if sign else _talk_doubt(tokens)


def misquotes(utterance: str, moves: Sequence[Move]) -> bool:
    """Whether a model understood other numbers than were said; none said, none misquoted."""
    said = _numbers(utterance)
    return bool((said or any(map(str.isnumeric, utterance))) and _number_doubt(moves, said))


def to_effects(primitives: Sequence[Primitive]) -> list[tuple[Any, ...]]:
    """What primitives do, in micrometres and microradians: equal where they do the same."""
    return [(p.gripper, *(round(x * 1e6) for x in p.motion)) for p in primitives]


def _numbers(utterance: str) -> list[Amount]:
    folded = fold_amounts(split_words(utterance))
    return [word for word in folded if isinstance(word, Amount) and word.kind in EXACT]


def _number_doubt(moves: Sequence[Move], numbers: Sequence[Amount]) -> str:
    """Every number was said, with that unit if any, and every number that was said is used."""
    used: set[int] = set()
    for move in moves:
        if move.amount.kind not in _EXACT:
            continue
        same = {i for i, amount in enumerate(numbers) if _is_same(move.amount, amount)}
        if not same:
            return f"You did not say {move.amount.text!r} in so many words: is that right?"
        used |= same
    unused = [amount.text for i, amount in enumerate(numbers) if i not in used]
    return f"What about {unused[0]!r}?" if unused else ""


def _is_same(told: Amount, said: Amount) -> bool:
    if said.kind == "bare":  # its unit may be a word of another language
        return float(told.text.split()[0]) == said.value
    return told.kind == said.kind and abs(told.value - said.value) <= _SLACK * said.value


def _talk_doubt(tokens: Sequence[Token]) -> str:
    """Unknown words that may matter: things, verbs, how much, or simply too many."""
    unknown = [token.text for token in tokens if token.role == "unknown"]
    roles = [token.role for token in tokens]
    is_exact = any(token.amount and token.amount.kind in _EXACT for token in tokens)
    for i, token in enumerate(tokens):
        if token.role != "unknown":
            continue
        if _may_be_a_thing(tokens[:i]):
            return f"I do not know {token.text!r}: is it something that you see?"
        if "amount" in (*roles[max(0, i - 1) : i], *roles[i + 1 : i + 2]):
            return f"I do not know {token.text!r}, which may say how much."
        if i == 0 and not is_exact:
            return f"I do not know {token.text!r}, which may say something else to do."
    if len(unknown) > _MOST_UNKNOWN or 2 * len(unknown) >= len(tokens):
        return "I know too few of these words: is that what you mean?"
    return ""


def _may_be_a_thing(before: Sequence[Token]) -> bool:
    """Whether the word after these tokens may name a thing: "the cup", "the left block"."""
    if before and before[-1].role in ("direction", "yes"):
        before = before[:-1]
    return bool(before) and before[-1].text.split()[-1] in _DETERMINERS
