"""What an agent may do in an environment: choose a primitive, or make any small motion."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from gymnasium import Space, spaces

from cliprt.errors import UsageError, did_you_mean
from cliprt.types import GripperState, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import nearest

ActionKind = Literal["primitive", "motion"]
KINDS = ("primitive", "motion")

SCALE = (0.10, 0.10, 0.10, *[math.radians(45)] * 4)
"""What 1 stands for in the first seven numbers of a motion action [m, rad]."""

GRIPPER_THRESHOLD = 1 / 3
"""Above it the eighth number opens the gripper, below its negative it closes it."""


def action_space(kind: ActionKind, vocabulary: ActionVocabulary) -> Space[Any]:
    """The actions of an environment.

    ``"primitive"`` is a label of the vocabulary.  ``"motion"`` is eight numbers from -1 to 1:
    ``dx, dy, dz`` (times 10 cm), ``droll, dpitch, dyaw, gripper_rotation`` (times 45 degrees) and
    the gripper (open above 1/3, close below -1/3, unchanged between).

    Raises:
        UsageError: Another kind.
    """
    if kind not in KINDS:
        raise UsageError(
            f"action is {kind!r}.{did_you_mean(kind, KINDS)} Allowed: {', '.join(KINDS)}."
        )
    if kind == "primitive":
        return spaces.Discrete(len(vocabulary.primitives))
    return spaces.Box(-1.0, 1.0, (len(SCALE) + 1,), np.float32)


def to_primitive(action: Any, space: Space[Any], vocabulary: ActionVocabulary) -> Primitive:
    """What an action of `space` asks for.

    Raises:
        UsageError: The action is not in the space; nothing is rounded or clipped into it.
    """
    if isinstance(space, spaces.Discrete):
        label = np.asarray(action)
        if label.shape or label.dtype.kind not in "iu" or not 0 <= label < space.n:
            raise UsageError(
                f"the action {action!r:.80} is no label. Allowed: whole numbers, 0 to {space.n - 1}"
            )
        return vocabulary.primitives[int(label)]
    numbers = np.asarray(action)
    if numbers.shape != space.shape or numbers.dtype.kind not in "iuf" or not _is_small(numbers):
        raise UsageError(
            f"the action {action!r:.80} is no motion. Allowed: {len(SCALE) + 1} numbers, -1 to 1"
        )
    motion: Motion = tuple((numbers[:-1].astype(float) * SCALE).tolist())
    gripper = _to_gripper(float(numbers[-1]))
    return nearest(vocabulary, motion, gripper) or Primitive(None, "", motion, gripper)


def _is_small(numbers: np.ndarray) -> bool:
    return bool((np.abs(numbers) <= 1).all())  # NaN is not


def _to_gripper(number: float) -> GripperState | None:
    if abs(number) <= GRIPPER_THRESHOLD:
        return None
    return "open" if number > 0 else "closed"
