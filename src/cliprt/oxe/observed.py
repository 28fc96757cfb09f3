"""The rule ``observed``: what a person would say of the second that follows a step.

It looks at where the hand is, not at what it was told: the same movement gets the same label
whatever a data set's commands mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cliprt.oxe.rotations import from_matrices, from_vectors, inverted, multiplied, to_vectors

DROPPED = -1
"""In place of a label: nothing is learned from the step."""

CLOSE = 48
OPEN = 49

_M_EDGES = (0.005, 0.03, 0.075, 0.15)
_RAD_EDGES = tuple(np.radians((2.5, 10.0, 30.0, 67.5)))
_RAD_PER_M = np.radians(45.0) / 0.1  # a tenth of a metre counts as much as 45 degrees
_MARGIN = 0.1  # a gripper half open is what it becomes


@np.errstate(all="ignore")  # what is not finite is dropped
def observed_labels(poses: Any, gripper: Any, rate_hz: float) -> np.ndarray:
    """What each step of an episode should be called, by what happens in about a second from it.

    A step gets the movement up to the pose a second later (the last one's, where the episode ends
    before), or up to the step in which the gripper opens or closes, if that comes first.  Of six
    axes the one along or about which the hand moves furthest is named, a tenth of a metre counting
    as 45 degrees, with the nearest of 1, 5, 10 and 20 cm, or of 5, 15, 45 and 90 degrees.  Where
    the hand stays within 0.5 cm and 2.5 degrees the step is one of opening or closing, if the
    gripper does so within the second, and else dropped.

    Args:
        poses: Position [m] and rotation vector [rad] (n, 6), or transforms (n, 4, 4), of the hand
            in the base frame: x away from the base, y left, z up.
        gripper: How far it is open (n,), from 0 closed to 1 open.
        rate_hz: Steps in a second.

    Returns:
        Labels (n,) of the vocabulary `oxe_50`, int64; -1 where a step is dropped.

    Raises:
        ValueError: The shapes do not fit together, or there are not steps in a second.

    >>> poses = np.zeros((21, 6))
    >>> poses[:, 2] = 0.01 * np.arange(21)  # up, 10 cm a second
    >>> gripper = np.arange(21) < 20  # closes at the end
    >>> observed_labels(poses, gripper, rate_hz=10)[[0, 18, 19]].tolist()  # up 10 cm, 1 cm, close
    [22, 20, 48]
    """
    position, turns = _split(np.asarray(poses, dtype=float))
    state = _states(np.asarray(gripper, dtype=float))
    n = len(position)
    if state.shape != (n,) or not 0 < rate_hz < np.inf:
        raise ValueError(f"{n} poses, {state.shape} of a gripper, {rate_hz} steps in a second")
    if not n:
        return np.zeros(0, dtype=np.int64)
    now = np.arange(n)
    horizon = np.minimum(now + max(1, round(rate_hz)), n - 1)
    change = _next_change(state)
    end = np.minimum(horizon, change)
    turned = to_vectors(multiplied(turns[end], inverted(turns)))
    labels = _named(np.concatenate([position[end] - position, turned], axis=1))
    gripped = (labels == DROPPED) & (change < horizon)
    after = state[np.minimum(change + 1, n - 1)]
    return np.where(gripped, np.where(after > 0, OPEN, CLOSE), labels)


def _named(moves: np.ndarray) -> np.ndarray:
    """Labels (n,) of movements (n, 6) [m, rad] by their largest axis; -1 for no movement."""
    size = np.abs(moves)
    amount = np.concatenate(  # 0 for none, 1 for the smallest, 4 for the largest
        [
            np.digitize(size[:, :3], _M_EDGES, right=True),
            np.digitize(size[:, 3:], _RAD_EDGES, right=True),
        ],
        axis=1,
    )
    known = np.isfinite(moves).all(axis=1, keepdims=True)
    weight = size * np.array([_RAD_PER_M] * 3 + [1.0] * 3)
    axis = np.argmax(np.where(known & (amount > 0), weight, 0.0), axis=1)
    row = np.arange(len(moves))
    amount, forward = amount[row, axis], moves[row, axis] > 0
    labels = 8 * axis + np.where(forward, 3 + amount, 4 - amount)
    return np.where(known[:, 0] & (amount > 0), labels, DROPPED).astype(np.int64)


def _split(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (n, 3) and turns (n, 4)."""
    if poses.ndim == 2 and poses.shape[1] == 6:
        return poses[:, :3], from_vectors(poses[:, 3:])
    if poses.ndim == 3 and poses.shape[1:] == (4, 4):
        return poses[:, :3, 3], from_matrices(poses[:, :3, :3])
    raise ValueError(f"poses are (n, 6) or (n, 4, 4), not {poses.shape}")


def _states(gripper: np.ndarray) -> np.ndarray:
    """1 where it is open or about to be, -1 closed (n,); 0 where it is never either."""
    state = np.where(gripper > 0.5 + _MARGIN, 1, np.where(gripper < 0.5 - _MARGIN, -1, 0))
    known = np.flatnonzero(state)
    if not len(known):
        return state
    following = np.searchsorted(known, np.arange(len(state)))
    return np.asarray(state[known[np.minimum(following, len(known) - 1)]])


def _next_change(state: np.ndarray) -> np.ndarray:
    """For each step (n,) the first one, not before it, after which the gripper is another; n."""
    n = len(state)
    changes = np.append(np.flatnonzero(np.diff(state)), n)
    return np.asarray(changes[np.searchsorted(changes, np.arange(n))])
