"""The published seven numbers of an action: movement, turn, and gripper (1 open, 0 closed).

What Octo and OpenVLA agreed upon for each set, number for number, which the rule ``reference``
starts from.  Movement and turn stay in the units and the frame of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cliprt.oxe.sets import FORMS, Action, DatasetSet, check_rule


def standardise(one: DatasetSet, columns: Mapping[str, Any]) -> np.ndarray:
    """Published actions (n, 7), float32, of the n steps of an episode.

    Where a set's actions are observed rather than recorded, these are those of its n - 2 steps
    between the first and the last.

    Raises:
        StoreError: A column is missing, or has another number of numbers.
        UsageError: The set has no actions.
    """
    check_rule(one, "reference")
    action = one.action
    assert action is not None
    moves = _moves(action, columns)
    gripper = published_gripper(action, columns)
    if gripper is None:
        gripper = np.full(len(moves), action.gripper_rule == "open", dtype=np.float32)
    if action.observed:
        moves, gripper = np.diff(moves[1:], axis=0), gripper[1:-1]
    return np.concatenate([moves, gripper[:, None]], axis=1, dtype=np.float32)


def _moves(action: Action, columns: Mapping[str, Any]) -> np.ndarray:
    """(n, 6), with zeros for what a set does not have."""
    position = action.position.read(columns, (2, 3)).astype(np.float32)
    moves = np.zeros((len(position), 6), dtype=np.float32)
    moves[:, : position.shape[1]] = position
    if action.rotation is not None:
        count = FORMS[action.form] or 3
        rotation = action.rotation.read(columns, (count,)).astype(np.float32)
        moves[:, 3:] = to_euler(rotation) if action.form == "quaternion" else rotation
    return moves


def published_gripper(action: Action, columns: Mapping[str, Any]) -> np.ndarray | None:
    """What the gripper is told in each step (n,), 1 open and 0 closed; None where nothing."""
    if action.gripper is None:
        return None
    values = action.gripper.read(columns, (1,))[:, 0].astype(np.float32)
    # the first step of a set whose actions are observed has none
    start = int(action.observed)
    return np.append(values[:start], _GRIPPERS[action.gripper_rule](values[start:]))


def to_absolute(relative: np.ndarray) -> np.ndarray:
    """Open (1) or closed (0) after each step (n,), of steps that close (> 0.1) or open (< -0.1).

    Before the first of those it is the other way round.

    >>> to_absolute(np.array([0.0, 1.0, 0.0, -1.0])).tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    change = np.where(relative < -0.1, 1, np.where(relative > 0.1, -1, 0))
    told = np.flatnonzero(change)
    if not len(told):
        return np.ones(len(relative), dtype=np.float32)
    latest = np.searchsorted(told, np.arange(len(relative)), side="right") - 1
    state = np.where(latest < 0, -change[told[0]], change[told[np.maximum(latest, 0)]])
    return state.astype(np.float32) / 2 + np.float32(0.5)


def binarised(values: np.ndarray) -> np.ndarray:
    """1 or 0 for each step (n,): what is between is what it becomes, and stays as it is at the end.

    >>> binarised(np.array([1.0, 0.6, 0.0, 0.5])).tolist()
    [1.0, 0.0, 0.0, 0.5]
    """
    clear = np.flatnonzero((values > 0.95) | (values < 0.05))
    following = np.searchsorted(clear, np.arange(len(values)))
    state = np.append((values[clear] > 0.95).astype(np.float32), values[-1:].astype(np.float32))
    return np.asarray(state[following])


def to_euler(quaternions: np.ndarray) -> np.ndarray:
    """Roll, pitch and yaw (n, 3) [rad] of quaternions (n, 4), real part last, of length 1.

    Yaw is 0 where the hand points straight up or down the x axis.

    >>> to_euler(np.array([[0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]])).round(6).tolist()
    [[0.0, -0.0, 1.570796]]
    """
    q = np.asarray(quaternions)
    # as published: everything a little smaller than it is, which decides between equal turns
    room = q.dtype.type(2 * np.finfo(q.dtype).eps)
    x, y, z, w = np.moveaxis(q, -1, 0)
    tx, ty, tz = (2 * v * (1 - room) for v in (x, y, z))

    def smaller(entry: np.ndarray) -> np.ndarray:
        return np.asarray(entry * (1 - room))

    def nonzero(entry: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(entry < 0, -room, room) + entry)

    xx, yy = nonzero(smaller(1 - (ty * y + tz * z))), nonzero(smaller(1 - (tx * x + ty * y)))
    zx = smaller(tz * x - ty * w)
    down = np.where(zx < 0, -1, 1).astype(q.dtype)
    locked = np.abs(np.abs(zx) - 1) < 1e-6
    xz = nonzero(smaller(tz * x + ty * w))
    around = np.arctan2(-down * smaller(ty * x - tz * w), -down * xz)
    roll = np.where(locked, around, np.arctan2(smaller(tz * y + tx * w), yy))
    pitch = np.where(locked, -down * q.dtype.type(np.pi / 2), -np.arcsin(np.clip(zx, -1, 1)))
    yaw = np.where(locked, 0, np.arctan2(smaller(ty * x + tz * w), xx))
    return np.stack([roll, pitch, yaw], axis=-1)


def _clipped(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(values, 0, 1))


_GRIPPERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as_is": lambda values: values,
    "clipped": _clipped,
    "inverted": lambda values: 1 - values,
    "clipped_inverted": lambda values: 1 - _clipped(values),
    "binarised": binarised,
    "relative": to_absolute,
}
