"""An answer that is only a piece: "clockwise" after "turn the gripper" - which way round?

A piece is read together with the sentence that was asked about, and only where it says no more than
which way, how far, or with what.
"""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.asking import things
from cliprt.language.lexicon import Token
from cliprt.language.numbers import Amount, fold_amounts

MOVING = frozenset(["direction", "yes", "comparative"])
"""Roles of a piece that would be a move by itself."""

_SAYS = MOVING | {"amount", "unclear", "sense", "axis", "hand", "arm", "fully"}
_PIECE = _SAYS | {"hedge", "filler", "mark", "joiner"}
_PAUSE = Token("joiner", ",", ",")


def is_piece(tokens: Sequence[Token]) -> bool:
    """Whether they say which way, how far or with what, and not what to do."""
    roles = {token.role for token in tokens}
    return roles <= _PIECE and bool(roles & _SAYS)


def joined(said: Sequence[Token], piece: Sequence[Token]) -> list[list[Token]]:
    """What the sentence that was asked about may be with the piece: the ways to join them.

    The only word that is not known is left out, unless it names a thing, and so is an amount that
    another one replaces; a unit belongs to the number that had none.
    """
    strange = [token for token in said if token.role == "unknown"]
    left_out = strange if len(strange) == 1 and not things(said) else []
    kept = [token for token in said if token not in left_out and token.role != "mark"]
    while kept and kept[-1].role == "joiner":
        kept.pop()
    units = [token for token in piece if (token.role, token.value) == ("unclear", "unit")]
    if len(units) == 1 and any(token.value == "bare" for token in kept):
        kept = [_measured(token, units[0]) for token in kept]
        piece = [token for token in piece if token not in units]
    bases = [kept]
    if any(token.role == "amount" for token in piece):
        bases.append([token for token in kept if token.role not in ("amount", "unclear")])
    return [[*base, *by, *piece] for base in bases for by in ((), (_PAUSE,))]


def _measured(token: Token, unit: Token) -> Token:
    """A bare number with its unit."""
    if token.value != "bare" or token.amount is None:
        return token
    amount = fold_amounts([f"{token.amount.value:g}", unit.text])[0]
    return (
        Token("amount", amount.kind, amount.text, amount) if isinstance(amount, Amount) else token
    )
