"""The two vocabularies of CLIP-RT: axes x magnitudes x signs, and the gripper.

Phrases are verbatim those of the released checkpoints, the spelling "fourty" included: the
checkpoints were trained on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from cliprt.types import NO_MOTION, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, group_of

_CENTIMETRES = {
    1: "one centimeter",
    5: "five centimeters",
    10: "ten centimeters",
    20: "twenty centimeters",
}
_DEGREES = {5: "five", 15: "fifteen", 45: "fourty five", 90: "ninety"}

# One row an axis, in label order: how its negative and its positive direction are said.
_SAYINGS = {
    "x": ("move the arm back by {}", "move the arm forward by {}"),
    "y": ("move the arm to the right by {}", "move the arm to the left by {}"),
    "z": ("lower the arm by {}", "raise the arm up by {}"),
    "roll": ("roll arm {} degrees counterclockwise", "roll arm {} degrees clockwise"),
    "pitch": ("tilt arm up {} degrees", "tilt arm down {} degrees"),
    "yaw": ("yaw arm {} degrees counterclockwise", "yaw arm {} degrees clockwise"),
    "gripper_rotation": (
        "rotate the gripper {} degrees counterclockwise",
        "rotate the gripper {} degrees clockwise",
    ),
}


class ClipRt58Vocabulary(ActionVocabulary):
    """The 58 primitives of fine-tuning: 7 axes x 8 amounts, close, open (CLIP-RT, section III)."""

    name = "clip_rt_58"

    def __init__(self) -> None:
        self.primitives = _grid(AXES)


class Oxe50Vocabulary(ActionVocabulary):
    """The 50 labels of Open X-Embodiment pretraining: the 58 without gripper rotation."""

    name = "oxe_50"

    def __init__(self) -> None:
        self.primitives = _grid(AXES[:-1])


def _grid(axes: Sequence[str]) -> tuple[Primitive, ...]:
    """Axis by axis, in an axis from the most negative to the most positive amount."""
    sayings: list[tuple[str, Motion]] = []
    for axis in axes:
        amounts = _CENTIMETRES if axis in "xyz" else _DEGREES
        negative, positive = _SAYINGS[axis]
        for amount in sorted(amounts, reverse=True):
            sayings.append((negative.format(amounts[amount]), _along(axis, -amount)))
        for amount in sorted(amounts):
            sayings.append((positive.format(amounts[amount]), _along(axis, amount)))
    moves = [
        Primitive(label, phrase, motion, group=group_of(motion))
        for label, (phrase, motion) in enumerate(sayings)
    ]
    return (
        *moves,
        Primitive(len(moves), "close the gripper", gripper="closed", group="close"),
        Primitive(len(moves) + 1, "open the gripper", gripper="open", group="open"),
    )


def _along(axis: str, amount: int) -> Motion:
    """`amount` [cm or degrees] along one axis, as a motion."""
    motion = list(NO_MOTION)
    motion[AXES.index(axis)] = amount / 100 if axis in "xyz" else math.radians(amount)
    return tuple(motion)  # type: ignore[return-value]
