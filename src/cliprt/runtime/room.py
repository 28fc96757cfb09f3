"""How much of a refused move would not be refused: found by asking again, nothing moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from cliprt.language.remarks import Remark
from cliprt.types import Motion, Outcome

GRAIN_M = 0.005
"""What is left is told in whole and half centimetres, rounded down."""

FARTHEST_M = 3.0
"""No arm goes so far."""


def note_room(outcome: Outcome, refuses: Callable[[Motion], bool]) -> Outcome:
    """A refused move along one axis, whose refusal also has what is left of it, ``room`` [m].

    Any other outcome stays as it is, and one of which less than half a centimetre is left.

    Args:
        outcome: Of the move.
        refuses: Whether a part of it would be refused, too, for where it leads.
    """
    move, why = outcome.commanded, outcome.refused
    is_straight = sum(map(bool, move)) == 1 and any(move[:3]) and not outcome.gripper
    if why is None or not is_straight or outcome.stopped_because or not refuses(move):
        return outcome
    possible, refused = 0, math.ceil(min(math.hypot(*move[:3]), FARTHEST_M) / GRAIN_M - 1e-6)
    while refused - possible > 1:
        between = (possible + refused) // 2
        if refuses(take_part(move, between * GRAIN_M)):
            refused = between
        else:
            possible = between
    if not possible:
        return outcome
    pattern, values = getattr(why, "pattern", "{why}"), getattr(why, "values", {"why": why})
    return replace(outcome, refused=Remark(pattern, **values, room=possible * GRAIN_M))


def take_part(move: Motion, length_m: float) -> Motion:
    """The same way, of another length.

    >>> take_part((0, 0, -0.1, 0, 0, 0, 0), 0.02)
    (0.0, 0.0, -0.02, 0.0, 0.0, 0.0, 0.0)
    """
    share = length_m / math.hypot(*move[:3])
    return tuple(float(share * x) for x in move)  # type: ignore[return-value]
