"""An answer that is only a piece: "clockwise" after "turn the gripper" - which way round?

A piece is read together with the sentence that was asked about, and only where it says no more than
which way, how far, or with what.
"""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.asking import things
from cliprt.language.lexicon import Token
from cliprt.language.numbers import Amount, fold_amounts
from cliprt.language.roles import SIDES

_SAYS = SIDES | {"amount", "unclear", "sense", "axis", "hand", "arm", "fully"}
_PIECE = _SAYS | {"hedge", "filler", "mark", "joiner"}
_PAUSE = Token("joiner", ",", ",")


def is_piece(tokens: Sequence[Token]) -> bool:
    """Whether they say which way, how far or with what, and not what to do."""
    roles = {token.role for token in tokens}
    return roles <= _PIECE and bool(roles & _SAYS)


def joined(said: Sequence[Token], piece: Sequence[Token]) -> list[list[Token]]:
    """What the sentence that was asked about may be with the piece: the ways to join them.

    An amount takes the place of the one that was said, and a unit belongs to the number that had
    none.  The only word that is not known is left out, unless it names a thing, where the piece
    says how far, or which way and nothing did.
    """
    kept = [token for token in said if token.role != "mark"]
    strange = [token for token in kept if token.role == "unknown"]
    if len(strange) == 1 and not things(said) and _is_missing(piece, said):
        kept.remove(strange[0])
    while kept and kept[-1].role == "joiner":
        kept.pop()
    units = [token for token in piece if (token.role, token.value) == ("unclear", "unit")]
    if len(units) == 1 and any(token.value == "bare" for token in kept):
        kept = [_measured(token, units[0]) for token in kept]
        piece = [token for token in piece if token not in units]
    elif any(token.role == "amount" for token in piece):
        kept = [token for token in kept if token.role not in ("amount", "unclear")]
    return [[*kept, *by, *piece] for by in ((), (_PAUSE,))]


def _is_missing(piece: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether a piece says how far, or which way where nothing did."""
    ways = [{t.role for t in tokens} & {*SIDES, "sense"} for tokens in (piece, said)]
    is_unit = any(t.role == "unclear" for t in piece)
    return is_unit or any(t.role == "amount" for t in piece) or bool(ways[0] and not ways[1])


def _measured(token: Token, unit: Token) -> Token:
    """A bare number with its unit."""
    if token.value != "bare" or token.amount is None:
        return token
    amount = fold_amounts([f"{token.amount.value:g}", unit.text])[0]
    return (
        Token("amount", amount.kind, amount.text, amount) if isinstance(amount, Amount) else token
    )
