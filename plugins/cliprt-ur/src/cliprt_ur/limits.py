"""Which motions this arm is not given, whatever a recipe allows: pure mathematics.

Poses and the box are in the user's frame.  A refusal is words that name the limit and the value;
nothing is clipped.  A motion is a straight line with a steady turn, as the controller makes it, so
the box (convex) is kept if both ends keep it; the tilt is looked at along the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.geometry import from_matrix, rotation_matrix, rotation_vector, to_matrix
from cliprt.types import Pose
from cliprt_ur.config import Limits
from cliprt_ur.frames import tilt_rad

ROUNDING_M = 1e-6
"""Sums of floats may pass a wall of the box by this much [m]."""

ROUNDING_RAD = 1e-6
"""The same for angles [rad]."""

MEASURED_M = 0.001
"""How far outside the box a pose counts as on the wall [m]: after a stop, motions add up on a
measured pose, which is never exactly on it."""

MEASURED_RAD = math.radians(0.5)
"""The same for the tilt [rad]."""

WAYPOINT_RAD = math.radians(5.0)
"""How finely a turn is looked at [rad]."""


def find_violation(
    start: Pose, motion: Sequence[float], target: Pose, limits: Limits
) -> str | None:
    """Which limit of the arm a motion would break, with the value; None if it breaks none.

    From outside the box, or tilted too far, only what leads back is allowed: no limit is exceeded
    by more than before, and one by less.

    Args:
        start: Where the pinch point is commanded to be [m, rad].
        motion: Seven finite numbers [m, rad], as they were asked for.
        target: Where the motion leads to [m, rad].
        limits: Of the configuration.
    """
    length_m = math.hypot(*motion[:3])
    if length_m > limits.max_step_m + ROUNDING_M:
        return f"step: {length_m:.3f} m long, above the arm's limit {limits.max_step_m:.3f} m"
    turn_deg = math.degrees(sum(abs(angle) for angle in motion[3:]))
    if turn_deg > limits.max_step_deg + 1e-6:
        return (
            f"step: turns {turn_deg:.1f} degrees, above the arm's limit {limits.max_step_deg:.1f}"
        )
    if not any(motion):
        return None
    return _find_wall(start, target, limits) or _find_tilt(start, target, limits)


def _find_wall(start: Pose, target: Pose, limits: Limits) -> str | None:
    before, after = _excess_m(start, limits), _excess_m(target, limits)
    if not after.any() or _leads_back(before, after, MEASURED_M):
        return None
    wall = int(np.argmax(after))
    axis, above = wall % 3, wall >= 3
    limit_m = (limits.upper if above else limits.lower)[axis]
    side = "above" if above else "below"
    return (
        f"workspace: {'xyz'[axis]} would be {target[axis]:.3f} m,"
        f" {side} the arm's limit {limit_m:.3f} m"
    )


def _find_tilt(start: Pose, target: Pose, limits: Limits) -> str | None:
    limit_rad = math.radians(limits.max_tilt_deg)
    tilts = [tilt_rad(pose) for pose in _waypoints(start, target)]
    excess = np.array([max(0.0, tilt - limit_rad - ROUNDING_RAD) for tilt in tilts])
    if not excess.any():
        return None
    no_further = excess.max() <= excess[0] + ROUNDING_RAD
    if no_further and (excess[-1] < excess[0] or excess[0] <= MEASURED_RAD):
        return None
    return (
        f"tilt: the tool would lean {math.degrees(max(tilts)):.1f} degrees from straight down,"
        f" above the arm's limit {limits.max_tilt_deg:.1f}"
    )


def _excess_m(pose: Pose, limits: Limits) -> np.ndarray:
    """How far a pose is beyond each of the six walls (6,) [m], 0 where it is not."""
    position = np.array(pose[:3])
    beyond = np.concatenate([limits.lower - position, position - limits.upper])
    return np.maximum(0.0, beyond - ROUNDING_M)


def _leads_back(before: np.ndarray, after: np.ndarray, measured: float) -> bool:
    no_further = bool((after <= before).all())
    return no_further and (bool((after < before).any()) or bool(before.max() <= measured))


def _waypoints(start: Pose, target: Pose) -> list[Pose]:
    """Poses along the turn from `start` to `target`, both ends included."""
    first, last = to_matrix(start), to_matrix(target)
    turn = rotation_vector(last[:3, :3] @ first[:3, :3].T)
    pieces = max(1, math.ceil(float(np.linalg.norm(turn)) / WAYPOINT_RAD))
    poses = [start]
    for share in np.linspace(0.0, 1.0, pieces + 1)[1:]:
        between = first + share * (last - first)
        between[:3, :3] = rotation_matrix(share * turn) @ first[:3, :3]
        poses.append(from_matrix(between))
    return poses
