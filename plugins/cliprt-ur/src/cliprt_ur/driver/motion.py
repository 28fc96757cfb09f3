"""The mathematics of one motion and of time that was slept through: no sockets, no threads."""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import distance, from_matrix, rotation_matrix, rotation_vector, to_matrix
from cliprt.types import Pose

SAME_PLACE_M, SAME_PLACE_RAD = 0.002, math.radians(1.0)
"""How near an arm is to where it was left."""

ARRIVED_M, ARRIVED_RAD = 0.001, math.radians(0.5)
"""How near an arm at rest is to its target."""

LEAST_M, LEAST_RAD = 1e-4, math.radians(0.05)
"""How exactly an arm can be expected to come anywhere."""

WAYPOINT_M, WAYPOINT_RAD = 0.05, math.radians(15.0)
"""How finely a way is asked for before it is gone."""

AT_REST_RAD_S = 1e-3
"""A joint slower than this stands."""

AWAKE_S = 0.03
"""More than this between two looks was not waited, but slept through: the process had no turn."""


def waypoints(start: Pose, target: Pose) -> list[Pose]:
    """Poses on the straight way with a steady turn, `start` excluded, `target` as it is.

    Args:
        start: Where the arm is (6,) [m, rad].
        target: Where it is sent (6,) [m, rad]; the turn is the shorter one.
    """
    first, last = to_matrix(start), to_matrix(target)
    turn = rotation_vector(last[:3, :3] @ first[:3, :3].T)
    length_m = float(np.linalg.norm(last[:3, 3] - first[:3, 3]))
    angle_rad = float(np.linalg.norm(turn))
    pieces = max(1, math.ceil(length_m / WAYPOINT_M), math.ceil(angle_rad / WAYPOINT_RAD))
    poses = []
    for share in np.arange(1, pieces) / pieces:
        between = first + share * (last - first)
        between[:3, :3] = rotation_matrix(share * turn) @ first[:3, :3]
        poses.append(from_matrix(between))
    return [*poses, target]


def is_near(pose: Pose, other: Pose, length_m: float, angle_rad: float) -> bool:
    """Whether two poses are no further apart than that."""
    off_m, off_rad = distance(pose, other)
    return off_m <= length_m and off_rad <= angle_rad


def nearness(start: Pose, target: Pose) -> tuple[float, float]:
    """How near an arm has to come to a motion's target to be there [m, rad].

    A motion that is smaller than what arms are inexact by would be at its target before it begins.
    """
    off_m, off_rad = distance(start, target)
    if off_m > ARRIVED_M or off_rad > ARRIVED_RAD:
        return ARRIVED_M, ARRIVED_RAD
    return max(LEAST_M, off_m / 4), max(LEAST_RAD, off_rad / 4)


def displacement(pose: Pose, other: Pose) -> str:
    """How far two poses are apart, in words."""
    off_m, off_rad = distance(pose, other)
    return f"{1000 * off_m:.1f} mm and {math.degrees(off_rad):.1f} degrees"


def where(pose: Pose) -> str:
    """A position in words, Base frame."""
    return "x {:.3f}, y {:.3f}, z {:.3f} m in Base".format(*pose[:3])


class Silence:
    """How long somebody has said nothing, not counting the time this process itself had no turn.

    A process that wakes up late finds its newest news old; that says nothing about who sent them.
    """

    def __init__(self, now_s: float) -> None:
        self.lasts_s = 0.0
        self._seen_s = now_s

    def break_off(self) -> None:
        """Something was heard."""
        self.lasts_s = 0.0

    def go_on(self, now_s: float) -> float:
        """Nothing was heard since the last call; how long the silence lasts now [s]."""
        self.lasts_s += min(now_s - self._seen_s, AWAKE_S)
        self._seen_s = now_s
        return self.lasts_s
