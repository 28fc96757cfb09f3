"""Closed-form kinematics of the UR5e: where the pinch point is, and every way to bring it there.

Poses are transforms of the pinch point (TCP) in our base frame.  The formulas work in the
Denavit-Hartenberg frame of the UR controller, which is ours turned by pi about z, and use the
public DH table of the UR5e.  Everything works on whole paths at once, shape ``(n, 4, 4)``.
"""

from __future__ import annotations

import math

import numpy as np

D1, A2, A3, D4, D5, D6 = 0.1625, -0.425, -0.3922, 0.1333, 0.0997, 0.0996
"""Public UR5e Denavit-Hartenberg lengths [m]."""

TCP_OFFSET_M = 0.150
"""From the flange to the pinch point, along the tool's axis [m]."""

_ROUNDING = 1e-9
_BASE = np.diag([-1.0, -1.0, 1.0, 1.0])
_LINKS = (
    (0.0, math.pi / 2, D1),
    (A2, 0.0, 0.0),
    (A3, 0.0, 0.0),
    (0.0, math.pi / 2, D4),
    (0.0, -math.pi / 2, D5),
    (0.0, 0.0, D6),
)


def forward(joints: np.ndarray) -> np.ndarray:
    """Joint angles ``(..., 6)`` [rad] -> transforms of the pinch point ``(..., 4, 4)``."""
    joints = np.asarray(joints, dtype=float)
    transform = np.broadcast_to(_BASE, (*joints.shape[:-1], 4, 4))
    for i in range(6):
        transform = transform @ _link(i, joints[..., i])
    return np.asarray(transform @ _along_tool(TCP_OFFSET_M))


def inverse(tcp: np.ndarray, wrist_rad: float = 0.0) -> np.ndarray:
    """Every solution for a path of pinch point transforms ``(n, 4, 4)``.

    Args:
        tcp: Transforms in the base frame.
        wrist_rad: Value of the last joint where the wrist is singular and any would do.

    Returns:
        Joint angles ``(n, 8, 6)`` [rad]; rows of nan where a branch does not reach.
    """
    t = _BASE @ np.asarray(tcp, dtype=float) @ _along_tool(-TCP_OFFSET_M)
    with np.errstate(invalid="ignore", divide="ignore"):
        wrist = t[:, :3, 3] - D6 * t[:, :3, 2]
        around = _arccos(D4 / np.hypot(wrist[:, 0], wrist[:, 1]))
        towards = np.arctan2(wrist[:, 1], wrist[:, 0]) + math.pi / 2
        t = t[:, None, None, None]
        q1 = _branches(towards, around, 1)
        s1, c1 = np.sin(q1), np.cos(q1)
        # The tool's x and y axes, seen along joint 2's, are sin(q5) times cos and sin of q6.
        along_x = t[..., 0, 0] * s1 - t[..., 1, 0] * c1
        along_y = t[..., 1, 1] * c1 - t[..., 0, 1] * s1
        bend = np.hypot(along_x, along_y)
        cosine = (t[..., 0, 3] * s1 - t[..., 1, 3] * c1 - D4) / D6
        within = np.abs(cosine) <= 1 + _ROUNDING
        q5 = _branches(0.0, np.where(within, np.arctan2(bend, cosine), np.nan), 2)
        sign = np.sign(q5)
        q6 = np.where(bend < _ROUNDING, wrist_rad, np.arctan2(along_y * sign, along_x * sign))
        # What is left is a planar arm of two links, from joint 2 to joint 4.
        planar = _inverted(_link(0, q1)) @ t @ _inverted(_link(4, q5) @ _link(5, q6))
        x = planar[..., 0, 3] - D4 * planar[..., 0, 1]
        y = planar[..., 1, 3] - D4 * planar[..., 1, 1]
        square = x * x + y * y
        q3 = _branches(0.0, _arccos((square - A2 * A2 - A3 * A3) / (2 * A2 * A3)), 3)
        q2 = np.arcsin(np.clip(A3 * np.sin(q3) / np.sqrt(square), -1, 1)) - np.arctan2(y, -x)
        q4 = np.arctan2(planar[..., 1, 0], planar[..., 0, 0]) - q2 - q3
    solutions = np.stack(np.broadcast_arrays(q1, q2, q3, q4, q5, q6), axis=-1)
    solutions[np.isnan(solutions).any(axis=-1)] = np.nan
    return solutions.reshape(-1, 8, 6)


def nearest(solutions: np.ndarray, joints: np.ndarray) -> np.ndarray | None:
    """Of the solutions ``(8, 6)`` the one nearest to `joints` ``(6,)`` [rad]; None if none reaches.

    Joints turn by up to two revolutions each way; of the equivalent angles the nearest is taken.
    """
    turned = _turned(solutions, joints)
    jumps = np.abs(turned - joints).max(axis=-1)
    if np.isnan(jumps).all():
        return None
    return np.asarray(turned[int(np.nanargmin(jumps))])


def nearest_along(solutions: np.ndarray, joints: np.ndarray) -> np.ndarray | None:
    """For each of the solutions ``(n, 8, 6)`` the one nearest to the one before, all at once.

    Returns:
        Joint angles ``(n, 6)`` [rad], to the bit those of :func:`nearest` one after the other; None
        where a way leaves the branch that it begins in, or does not reach.
    """
    first = nearest(solutions[0], joints)
    if first is None:
        return None
    guess = _turned(solutions, joints)
    branch = int((guess[0] == first).all(axis=-1).argmax())
    path = guess[:, branch]
    before = np.vstack([joints, path[:-1]])[:, None]
    turned = _turned(solutions, before)
    jumps = np.abs(turned - before).max(axis=-1)
    nearest_branches = np.where(np.isnan(jumps), np.inf, jumps).argmin(axis=-1)
    is_it = (nearest_branches == branch) & (turned[:, branch] == path).all(axis=-1)
    return path if is_it.all() else None


def _turned(solutions: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """The equivalent angles nearest to `joints`, within two revolutions."""
    turns = np.round((joints - solutions) / (2 * math.pi))
    turned = solutions + 2 * math.pi * turns
    return np.asarray(np.where(np.abs(turned) > 2 * math.pi, solutions, turned))


def _link(i: int, angle: np.ndarray) -> np.ndarray:
    a, alpha, d = _LINKS[i]
    c, s, ca, sa = np.cos(angle), np.sin(angle), math.cos(alpha), math.sin(alpha)
    link = np.zeros((*np.shape(angle), 4, 4))
    link[..., 0, 0], link[..., 0, 1], link[..., 0, 2], link[..., 0, 3] = c, -s * ca, s * sa, a * c
    link[..., 1, 0], link[..., 1, 1], link[..., 1, 2], link[..., 1, 3] = s, c * ca, -c * sa, a * s
    link[..., 2, 1], link[..., 2, 2], link[..., 2, 3] = sa, ca, d
    link[..., 3, 3] = 1
    return link


def _inverted(transform: np.ndarray) -> np.ndarray:
    rotation = np.swapaxes(transform[..., :3, :3], -1, -2)
    inverted = np.zeros_like(transform)
    inverted[..., :3, :3] = rotation
    inverted[..., :3, 3] = -(rotation @ transform[..., :3, 3, None])[..., 0]
    inverted[..., 3, 3] = 1
    return inverted


def _along_tool(distance_m: float) -> np.ndarray:
    transform = np.eye(4)
    transform[2, 3] = distance_m
    return transform


def _arccos(x: np.ndarray) -> np.ndarray:
    """Arc cosine that forgives rounding and answers nan beyond it."""
    return np.arccos(np.where(np.abs(x) <= 1 + _ROUNDING, np.clip(x, -1, 1), np.nan))


def _branches(middle: np.ndarray | float, aside: np.ndarray, axis: int) -> np.ndarray:
    """Both ``middle + aside`` and ``middle - aside``, side by side along `axis` of (n, 2, 2, 2)."""
    sign = np.array([1.0, -1.0]).reshape([2 if i == axis else 1 for i in range(4)])
    aside = aside.reshape(aside.shape + (1,) * (4 - aside.ndim))
    middle = np.reshape(middle, np.shape(middle) + (1,) * (4 - np.ndim(middle)))
    return np.asarray(middle + sign * aside)
