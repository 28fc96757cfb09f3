"""A motion in words that are exact, whatever phrase it is recorded with.

Pure functions, no numpy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from cliprt.types import GripperState, Motion, Primitive

STILL_M, STILL_RAD = 5e-5, 5e-4
"""What is less is shown as no movement."""

EXACT = 1e-6
"""Difference up to which a motion is what its phrase says [m or rad]."""

_DIRECTIONS = (("forward", "back"), ("left", "right"), ("up", "down"))
_TURNS = ("roll", "pitch", "yaw", "gripper")


def tell_primitive(primitive: Primitive, entries: Sequence[Primitive]) -> str:
    """A primitive in words that are exact: its phrase, after its numbers where those are others.

    "down 2 cm" is recorded with the nearest phrase, which may say one centimetre; whoever allows
    the motion has to read two.

    Args:
        primitive: Whose motion is told.
        entries: Of the vocabulary that its label belongs to.
    """
    entry = next((entry for entry in entries if entry.label == primitive.label), primitive)
    if primitive.gripper == entry.gripper and all(
        abs(told - asked) < EXACT
        for told, asked in zip(entry.motion, primitive.motion, strict=True)
    ):
        return primitive.phrase
    exactly = name_motion(primitive.motion, primitive.gripper)
    return f"{exactly} (nearest phrase: {primitive.phrase})"


def name_motion(motion: Motion, gripper: GripperState | None) -> str:
    """A motion in a few words, for one that no vocabulary names."""
    words = [
        f"{ways[number < 0]} {100 * abs(number):.1f} cm"
        for ways, number in zip(_DIRECTIONS, motion[:3], strict=True)
        if abs(number) >= STILL_M
    ]
    words += [
        f"{name} {math.degrees(number):+.1f} degrees"
        for name, number in zip(_TURNS, motion[3:], strict=True)
        if abs(number) >= STILL_RAD
    ]
    if gripper:
        words.append("open the gripper" if gripper == "open" else "close the gripper")
    return ", ".join(words) or "stay"
