"""How much room placed things take: their corners, gaps and turns, in the base frame."""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import box_corners, in_base, rotation_matrix, to_matrix
from cliprt.goals.facts import Placement

_TURNS = np.linspace(0.0, 2 * math.pi, 360, endpoint=False)
_WAYS = np.stack([np.cos(_TURNS), np.sin(_TURNS)])
"""Unit vectors all around (2, 360)."""
_GRID = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, 7)] * 3, indexing="ij"), -1).reshape(-1, 3)


def corners(thing: Placement) -> np.ndarray:
    """The corners (8, 3) of the box that it fills [m].

    >>> corners(Placement((0.5, 0, 0, 0, 0, 0), (0, 0, 0), (0.1, 0.1, 0.1))).max(axis=0).tolist()
    [0.6, 0.1, 0.1]
    """
    return in_base(box_corners(thing.lower, thing.upper), to_matrix(thing.pose))


def middle(thing: Placement) -> np.ndarray:
    """The middle (3,) of its box [m]."""
    own = np.mean([[thing.lower, thing.upper]], axis=1)
    return np.asarray(in_base(own, to_matrix(thing.pose))[0])


def bottom(thing: Placement) -> float:
    """Height of its lowest corner [m]."""
    return float(corners(thing)[:, 2].min())


def top(thing: Placement) -> float:
    """Height of its highest corner [m]."""
    return float(corners(thing)[:, 2].max())


def gap(one: Placement, other: Placement) -> float:
    """The shortest way between the boxes of two things [m]; 0 where they meet.

    >>> a, b = (Placement((x, 0, 0, 0, 0, 0), (0, 0, 0), (0.1, 0.1, 0.1)) for x in (0, 0.25))
    >>> round(gap(a, b), 4)
    0.15
    """
    above = max(bottom(one) - top(other), bottom(other) - top(one), 0.0)
    aside = max(_apart(corners(one), corners(other)), 0.0)
    return math.hypot(aside, above)


def is_over(one: Placement, other: Placement) -> bool:
    """Whether the middle of one is within the footprint of the other, at any height."""
    return _apart(middle(one)[None], corners(other)) <= 0


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far the footprints of points (n, 3) and (m, 3) are apart [m]; negative: they overlap.

    Two convex shapes are as far apart as along the direction in which most lies between them.
    """
    between = (one[:, :2] @ _WAYS).min(axis=0) - (other[:, :2] @ _WAYS).max(axis=0)
    return float(between.max())


def share_sunk(one: Placement, other: Placement, below_m: float) -> float:
    """The share of what lies lower than the other's top, by so much [m], that is within its box.

    0 where nothing does: what rests on it, or hangs above it.
    """
    own = np.array(one.lower) + _GRID * np.subtract(one.upper, one.lower)
    points = in_base(own, to_matrix(one.pose))
    sunk = points[points[:, 2] < top(other) - below_m]
    if not len(sunk):
        return 0.0
    frame = to_matrix(other.pose)
    seen = (sunk - frame[:3, 3]) @ frame[:3, :3]
    inside = ((seen >= other.lower) & (seen <= other.upper)).all(axis=1)
    return float(inside.mean())


def tilt(thing: Placement) -> float:
    """How far its own z axis leans from the vertical, in 0..pi [rad]."""
    return math.acos(float(np.clip(rotation_matrix(thing.pose[3:])[2, 2], -1.0, 1.0)))


def turn(start: Placement, now: Placement) -> float:
    """By how much it was turned about the vertical, either way, in 0..pi [rad].

    >>> a, b = (Placement((0, 0, 0, 0, 0, yaw), (0, 0, 0), (1, 1, 1)) for yaw in (3.0, -3.0))
    >>> round(turn(a, b), 4)
    0.2832
    """
    way = rotation_matrix(now.pose[3:]) @ rotation_matrix(start.pose[3:]).T
    return abs(math.atan2(way[1, 0] - way[0, 1], way[0, 0] + way[1, 1]))
