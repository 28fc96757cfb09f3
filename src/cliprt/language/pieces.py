"""An answer that is only a piece: "clockwise" after "turn the gripper" - which way round?

A piece is read together with the sentence that was asked about, and only where it says no more than
which way, how far, or with what.
"""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.asking import HALF
from cliprt.language.lexicon import Token
from cliprt.types import Reading

MOVING = frozenset(["direction", "yes", "comparative"])
"""Roles of a piece that would be a move by itself."""

_SAYS = MOVING | {"amount", "unclear", "sense", "axis", "hand", "arm", "fully"}
_PIECE = _SAYS | {"hedge", "filler", "mark", "joiner"}


def is_piece(tokens: Sequence[Token]) -> bool:
    """Whether they say which way, how far or with what, and not what to do."""
    roles = {token.role for token in tokens}
    return roles <= _PIECE and bool(roles & _SAYS)


def joined(question: Reading, said: Sequence[Token], piece: Sequence[Token]) -> list[str]:
    """What the sentence that was asked about may be with the piece: the ways to join them.

    The only word that was not understood is left out, and so is an amount that another replaces.

    Args:
        question: About what was said.
        said: Its tokens.
        piece: Those of the answer.
    """
    values = getattr(question.reason, "values", {}) if _names_one(question) else {}
    left_out = {"amount", "unclear"} if any(t.role == "amount" for t in piece) else set()
    kept = [t for t in said if t.text != values.get("word") and t.role != "mark"]
    while kept and kept[-1].role == "joiner":
        kept.pop()
    answer = " ".join(token.text for token in piece)
    bases = [" ".join(t.text for t in kept if t.role not in roles) for roles in (set(), left_out)]
    return [f"{base}{by}{answer}" for base in dict.fromkeys(bases) for by in (" ", ", ")]


def _names_one(question: Reading) -> bool:
    return getattr(question.reason, "pattern", "") == HALF
