"""Between the user's frame and the controller's: one turn about z, radians in, radians out.

cliprt's base frame has x forward, y left and z up, seen by who stands behind the arm.  The
controller's *Base* has the same origin and the same z; its x points where the arm was bolted to.
A point ``u`` of the user's frame is ``Rz(turn) u`` in Base, and an orientation turns with it.
Degrees exist only in the configuration: `base_turn_rad` converts them, once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.geometry import from_matrix, rotation_about, to_matrix
from cliprt.types import Pose


def base_turn_rad(base_rotation_deg: float) -> float:
    """The configured turn from the user's frame to Base, in radians within half a turn."""
    return math.radians(math.remainder(base_rotation_deg, 360.0))


def to_base(pose: Sequence[float], turn_rad: float) -> Pose:
    """A pose (6,) [m, rad] of the user's frame, in the controller's Base.

    Args:
        pose: x y z and a rotation vector.
        turn_rad: From the user's frame to Base, about z.
    """
    return _turned(pose, turn_rad)


def to_user(pose: Sequence[float], turn_rad: float) -> Pose:
    """A pose (6,) [m, rad] of the controller's Base, in the user's frame; undoes `to_base`."""
    return _turned(pose, -turn_rad)


def tilt_rad(pose: Sequence[float]) -> float:
    """The angle between the tool's axis (its z) and straight down; the same in both frames."""
    axis = to_matrix(pose)[:3, 2]
    # By both legs: the arc cosine loses half of the digits near 0, where tools usually are.
    return math.atan2(math.hypot(axis[0], axis[1]), -axis[2])


def _turned(pose: Sequence[float], angle_rad: float) -> Pose:
    turn = np.eye(4)
    turn[:3, :3] = rotation_about(2, angle_rad)
    return from_matrix(turn @ to_matrix(pose))
