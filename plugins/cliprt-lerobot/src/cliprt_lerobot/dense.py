"""Demonstrations in small motions: the dense frames that policies which foresee chunks learn from.

A demonstration has a frame a step, and a step may go far.  ACT, Diffusion Policy and their kin are
made for many frames a second.  So each is executed again in its own scene, every motion cut into
equal pieces, with a look before each: ``cliprt episodes export --format lerobot`` writes them as it
writes everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import numpy as np

from cliprt.augmenters.interface import Augmenter
from cliprt.types import Demonstration, Limit, Motion, Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary

ROUNDING = 1e-6
"""A motion that is longer than whole pieces by no more than this share needs no further one."""


class DenseAugmenter(Augmenter):
    """The demonstration itself, in its own scene, in pieces.

    Args:
        vocabulary: Of the demonstrations; the pieces have no entry in it.
        piece_cm: How far a piece goes at most [cm].
        piece_deg: How far it turns at most, about each axis [degrees].
    """

    name = "dense"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        piece_cm: Annotated[float, Limit(0.1)] = 2.0,
        piece_deg: Annotated[float, Limit(0.5)] = 15.0,
    ) -> None:
        self._piece_m = piece_cm / 100
        self._piece_rad = math.radians(piece_deg)

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """One plan; none of a demonstration without steps."""
        steps = tuple(
            PlannedStep(piece)
            for primitive in demonstration.primitives
            for piece in cut(primitive, self._piece_m, self._piece_rad)
        )
        return [Plan(demonstration.episode, self.name, self.name, steps)] if steps else []


def cut(primitive: Primitive, piece_m: float, piece_rad: float) -> Iterator[Primitive]:
    """Equal pieces of a motion; the gripper moves after the last, as it does after the whole.

    >>> left = Primitive(0, "move the arm to the left", (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0))
    >>> [round(piece.motion[1], 6) for piece in cut(left, 0.02, 0.1)]
    [0.016667, 0.016667, 0.016667]
    """
    motion = np.asarray(primitive.motion)
    far, turned = np.linalg.norm(motion[:3]) / piece_m, abs(motion[3:]).max() / piece_rad
    count = max(1, math.ceil(max(far, turned) - ROUNDING))
    if count == 1:
        yield primitive
        return
    piece: Motion = tuple((motion / count).tolist())
    for number in range(count):
        gripper = primitive.gripper if number == count - 1 else None
        yield replace(primitive, label=None, motion=piece, gripper=gripper)
