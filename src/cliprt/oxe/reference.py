"""The rule ``reference``: labels as the released pipeline gives them, faults included.

It is here so that what was pretrained on can be made again, and to compare with.  Its faults, all
kept: where it takes turns for degrees it loses the gripper and the last axis takes its place; it
divides by units that several sets do not have; ties go to the next larger amount on one side and
the smaller on the other; each step is judged alone, however short it is.
"""

from __future__ import annotations

import numpy as np

from cliprt.oxe.observed import CLOSE, DROPPED, OPEN
from cliprt.oxe.sets import Released

_RAD_PER_M = 7.854
_LEAST = (0.01, 0.08727)
_GRIPPER_CHANGE = 0.5
_M_EDGES = (-0.15, -0.075, -0.03, 0.0, 0.03, 0.075, 0.15)
_RAD_EDGES = (-1.1781, -0.5236, -0.1746, 0.0, 0.1746, 0.5236, 1.1781)


def reference_labels(actions: np.ndarray, released: Released) -> np.ndarray:
    """Labels (m,) of `oxe_50` for published actions (n, 7); -1 where a step is dropped.

    m is n, or n - 1 where differences are taken.

    >>> actions = np.array([[0.03, 0, 0, 0, 0, 0, 1], [-0.03, 0, 0, 0, 0, 0, 1.0]])
    >>> reference_labels(actions, Released()).tolist()  # forward 1 cm, back 5 cm
    [4, 2]
    """
    numbers = adjusted(actions, released)
    moves, gripper = numbers[:, :-1], numbers[:, -1]
    weight = np.abs(moves)
    weight[:, :3] *= _RAD_PER_M
    axis = np.argmax(weight, axis=1)
    value = moves[np.arange(len(moves)), axis]
    turn = axis > 2
    amount = np.where(
        turn,
        np.digitize(value, _RAD_EDGES, right=True),
        np.digitize(value, _M_EDGES, right=True),
    )
    kept = np.abs(value) > np.where(turn, _LEAST[1], _LEAST[0])
    labels = np.where(kept, 8 * axis + amount, DROPPED)
    change = np.append(np.diff(gripper), 0)[: len(gripper)]
    gripped = np.where(change > 0, OPEN, CLOSE)
    return np.where(np.abs(change) > _GRIPPER_CHANGE, gripped, labels).astype(np.int64)


def adjusted(actions: np.ndarray, released: Released) -> np.ndarray:
    """Published actions brought to the units and axes of the released code.

    (m, 7), or (m, 6) where the gripper is lost.
    """
    numbers = np.asarray(actions, dtype=float)
    if released.differences:
        numbers = np.diff(numbers, axis=0)
    position, rest = numbers[:, :3] / released.per_metre, numbers[:, 3:]
    if released.degrees:
        rest = np.radians(rest[:, :3])
    order = np.abs(released.frame) - 1
    return np.concatenate([position[:, order] * np.sign(released.frame), rest], axis=1)
