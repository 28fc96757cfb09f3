"""An answer that is only a piece: "clockwise" after "turn the gripper" - which way round?

A piece is read together with the sentence that was asked about, and only where it says no more than
which way, how far, or with what.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cliprt.language.asking import HALF
from cliprt.language.lexicon import Token
from cliprt.types import Reading

_PIECE = {"amount", "unclear", "direction", "yes", "comparative", "sense", "axis", "hand", "arm"} | {
    *("fully", "hedge", "filler", "mark", "joiner")
}
_SAYS = _PIECE - {"hedge", "filler", "mark", "joiner"}


def is_piece(tokens: Sequence[Token]) -> bool:
    """Whether they say which way, how far or with what, and not what to do."""
    roles = {token.role for token in tokens}
    return roles <= _PIECE and bool(roles & _SAYS)


def joined(question: Reading, piece: str) -> tuple[str, ...]:
    """What the sentence that was asked about may be with the piece: the ways to join them.

    A word that the question named as the only one that it did not understand is left out.
    """
    said = question.trace.get("completes", question.utterance).rstrip(" .,;!?…")
    if getattr(question.reason, "pattern", "") == HALF:
        word = re.escape(question.reason.values["word"])  # type: ignore[attr-defined]
        said = re.sub(rf"(?<!\w){word}(?!\w)", " ", said, flags=re.IGNORECASE)
    return f"{said} {piece}", f"{said}, {piece}"
