"""A straight motion in numbers: where it leads through, and when it has arrived.

Poses are the pinch point's in the controller's Base frame [m, rad].
"""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import distance, from_matrix, rotation_matrix, rotation_vector, to_matrix
from cliprt.types import Pose

WAYPOINT_M = 0.05
WAYPOINT_RAD = math.radians(15.0)
"""How finely a way is asked about before it is gone."""

SAME_PLACE_M = 0.002
SAME_PLACE_RAD = math.radians(1.0)
"""How far the arm may stand from where it was left; further, and somebody has moved it."""

ARRIVED_M = 0.001
ARRIVED_RAD = math.radians(0.3)
"""How near the end of a motion its target is."""


def waypoints(start: Pose, target: Pose) -> list[Pose]:
    """Poses on the way, `target` included, `start` not: a straight line with a steady turn."""
    first, last = to_matrix(start), to_matrix(target)
    turn = rotation_vector(last[:3, :3] @ first[:3, :3].T)
    metres, radians = distance(start, target)
    pieces = max(1, math.ceil(metres / WAYPOINT_M), math.ceil(radians / WAYPOINT_RAD))
    poses: list[Pose] = []
    for share in np.linspace(0.0, 1.0, pieces + 1)[1:-1]:
        between = first + share * (last - first)
        between[:3, :3] = rotation_matrix(share * turn) @ first[:3, :3]
        poses.append(from_matrix(between))
    return [*poses, target]


def strayed(believed: Pose, measured: Pose) -> str:
    """Why a motion may not begin where the arm is; "" where it stands as it was left."""
    metres, radians = distance(believed, measured)
    if metres <= SAME_PLACE_M and radians <= SAME_PLACE_RAD:
        return ""
    return (
        f"the arm is not where it was left: {1000 * metres:.1f} mm and"
        f" {math.degrees(radians):.1f} degrees away, allowed are {1000 * SAME_PLACE_M:.0f} mm and"
        f" {math.degrees(SAME_PLACE_RAD):.0f} degree. Somebody moved it; look at it, then go on"
    )


def has_arrived(target: Pose, measured: Pose) -> bool:
    """Whether the arm is at the target, as exactly as arms are."""
    metres, radians = distance(target, measured)
    return metres <= ARRIVED_M and radians <= ARRIVED_RAD
