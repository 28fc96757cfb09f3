"""Does what a model understood stand in what was said?  Reasons to ask first.

A model slips: left for right, 10 for 5, a task taken for a command.  What the grammar half
understood, the numbers that occur and the words that rule a command out cost nothing to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from cliprt.language.lexicon import Token
from cliprt.language.motions import is_straight, to_amount
from cliprt.language.numbers import Amount
from cliprt.language.slots import Move

Trust = Literal["offer", "heard", "model"]
"""When a model's reading moves the arm, and is not just offered: never, unless the grammar reads
the very same; where the words that cliprt knows bear it out; or whenever they do not contradict."""

_EXACT = ("length", "angle")
_RULED_OUT = ("negation", "question", "mark", "idiom", "whose arm", "whose side", "correction")
_DETERMINERS = (
    *("the", "a", "an", "this", "that", "these", "those", "some", "any", "every", "each"),
    *("my", "your", "his", "her", "its", "our", "their"),
)
_SLACK = 1e-6


def find_doubt(
    moves: Sequence[Move],
    tokens: Sequence[Token],
    heard: Sequence[str],
    vague: Amount | None,
    trust: Trust,
) -> str:
    """Why a person has to confirm `moves`; "" if nobody has to.

    Args:
        moves: As the model understood them.
        tokens: The utterance as the lexicon tags it.
        heard: Groups that the grammar heard in it, none where it heard no direction.
        vague: The amount that the grammar heard; None if it heard none.
        trust: See `Trust`.
    """
    said = [token.amount for token in tokens if token.amount]
    doubt = (
        _direction_doubt(moves, heard) or _number_doubt(moves, said) or _size_doubt(moves, vague)
    )
    if doubt or trust == "model":
        return doubt
    if trust == "offer" or not heard:
        return "Is that what you mean?"
    return _words_doubt(tokens)


def _direction_doubt(moves: Sequence[Move], heard: Sequence[str]) -> str:
    if heard and any(move.group not in heard for move in moves):
        return "I hear one thing and the language model another: which one?"
    return ""


def _number_doubt(moves: Sequence[Move], said: Sequence[Amount]) -> str:
    """Every number in the moves was said, with its unit, and every number that was said is used."""
    numbers = [amount for amount in said if amount.kind in (*_EXACT, "bare")]
    used = set()
    for move in moves:
        if move.amount.kind not in _EXACT:
            continue
        same = [i for i, amount in enumerate(numbers) if _is_same(move.amount, amount)]
        if not same:
            return f"You did not say {move.amount.text!r} in so many words: is that right?"
        used.update(same)
    unused = [amount.text for i, amount in enumerate(numbers) if i not in used]
    return f"What about {unused[0]!r}?" if unused else ""


def _size_doubt(moves: Sequence[Move], vague: Amount | None) -> str:
    """A size word of the model's may not make a move larger than the words do."""
    for move in moves:
        if move.amount.kind in _EXACT or move.group in ("open", "close"):
            continue
        heard = vague if vague and vague.kind not in (*_EXACT, "bare") else Amount("plain")
        least = to_amount(move.group, move.amount)
        most = to_amount(move.group, heard)
        if least > most or (vague and least < most):
            return "How far?" if is_straight(move.group) else "How many degrees?"
    return ""


def _words_doubt(tokens: Sequence[Token]) -> str:
    """Words that make it something else than a command to the arm, as far as that can be seen."""
    for token in tokens:
        if token.role in _RULED_OUT:
            return f"You said {token.text!r}: is it a command?"
    unknown = [token.text for token in tokens if token.role == "unknown"]
    sign = next((text for text in unknown if not text[0].isalnum()), None)
    if sign:
        return f"I do not know {sign!r}: is it a command?"
    for before, after in pairwise(tokens):
        if after.role == "unknown" and before.text.split()[-1] in _DETERMINERS:
            return f"I do not know {after.text!r}: is it something that you see?"
    if 2 * len(unknown) > len(tokens):
        return "I know too few of these words: is that what you mean?"
    return ""


def _is_same(one: Amount, other: Amount) -> bool:
    return one.kind == other.kind and abs(one.value - other.value) <= _SLACK * abs(other.value)
