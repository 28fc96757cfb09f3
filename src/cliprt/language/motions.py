"""A displacement group and an amount -> a motion."""

from __future__ import annotations

import math

from cliprt.language.numbers import Amount
from cliprt.types import NO_MOTION, Motion
from cliprt.vocabularies.nearest import AXES

# What people mean by words: metres for moves, degrees for turns (CLIP-RT's label granularity).
_VAGUE = {"tiny": (0.01, 5), "bit": (0.05, 15), "plain": (0.1, 45), "lot": (0.2, 90)}


def is_straight(group: str) -> bool:
    """Whether a group such as ``"y+"`` is a move along an axis, not a turn (``"yaw+"``)."""
    return group[:-1] in ("x", "y", "z")


def to_amount(group: str, amount: Amount) -> float:
    """How much, without sign [m or rad]; a number without a unit is taken as cm or degrees."""
    straight = is_straight(group)
    if amount.kind in ("length", "angle"):
        return amount.value
    if amount.kind == "bare":
        return amount.value / 100 if straight else math.radians(amount.value)
    metres, degrees = _VAGUE[amount.kind]
    return metres if straight else math.radians(degrees)


def to_motion(group: str, amount: Amount) -> Motion:
    """The motion (7,) [m, rad] along a group such as ``"y+"`` or ``"gripper_rotation-"``."""
    motion = list(NO_MOTION)
    size = to_amount(group, amount)
    motion[AXES.index(group[:-1])] = size if group[-1] == "+" else -size
    return tuple(motion)  # type: ignore[return-value]
