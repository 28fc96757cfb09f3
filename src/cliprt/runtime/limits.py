"""Which motions are safe: pure mathematics of a workspace box and step limits.

Every refusal is words that name the limit and the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from cliprt.geometry import apply_motion
from cliprt.language.remarks import Remark
from cliprt.robots.interface import find_malformation
from cliprt.types import Motion, Pose

AXES = ("x", "y", "z")
ROUNDING_M = 1e-6
"""Sums of floats may pass a wall of the workspace by this much [m]."""

MEASURED_M = 0.001
"""How far outside the workspace a pose counts as on the wall [m]: after a halt or a push, motions
add up on a measured pose, which is never exactly on it."""

CLOCK_ROUNDING_S = 1e-6
"""Who waits until a motion is allowed is not too early by the rounding of a sum."""

ESCAPE_M = 0.01
"""A measured pose this far outside the workspace [m] is a fault: the robot was pushed or lied."""


MOVING_M = 0.002
"""How far outside the workspace a robot is stopped on its way [m]: it then rests within 5 mm."""


class Limits(Protocol):
    """What the gate enforces; a recipe's ``gate`` section has exactly these fields."""

    @property
    def lower(self) -> tuple[float, float, float]:
        """Lowest corner of the workspace box for the pinch point [m]."""

    @property
    def upper(self) -> tuple[float, float, float]:
        """Highest corner of the workspace box for the pinch point [m]."""

    @property
    def max_step_m(self) -> float:
        """Longest translation of one motion [m]."""

    @property
    def max_step_deg(self) -> float:
        """Largest rotation of one motion [degrees]."""

    @property
    def min_interval_s(self) -> float:
        """Shortest time between the starts of two motions [s]."""


def find_early(wait_s: float, limits: Limits) -> str | None:
    """Why a motion is too early; None if it is not.

    Args:
        wait_s: How long until it would not be [s].
        limits: What is allowed.
    """
    if wait_s < CLOCK_ROUNDING_S:
        return None
    limit_s = limits.min_interval_s
    return Remark(
        "rate: {since:.3f} s after the last motion, limit {limit:.3f} s",
        since=limit_s - wait_s,
        limit=limit_s,
    )


def find_violation(pose: Pose, motion: Any, gripper: Any, limits: Limits) -> str | None:
    """Which limit a motion from `pose` would break, with the value; None if it breaks none.

    The pinch point travels straight to its target and the box is convex, so the path stays inside
    if both ends are.  From a pose outside the box only what leads back is allowed: a translation
    after which no wall is exceeded by more than before and at least one by less.  Less than a
    millimetre outside, no further is enough.  A change of the gripper without motion is allowed
    anywhere.

    Args:
        pose: Where the robot is commanded to be [m, rad].
        motion: Seven numbers [m, rad]; anything else is a violation, too.
        gripper: State to bring the gripper to.
        limits: Workspace and step limits.
    """
    malformed = find_malformation(motion, gripper)
    if malformed:
        return malformed
    if not all(math.isfinite(x) for x in pose):
        return f"state: the commanded pose {pose} is not finite"
    step: Motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
    length_m = math.hypot(*step[:3])
    if length_m > limits.max_step_m + ROUNDING_M:
        return Remark(
            "step: {length:.3f} m long, above the limit {limit:.3f} m",
            length=length_m,
            limit=limits.max_step_m,
        )
    angle_deg = math.degrees(rotation_angle(step))
    if angle_deg > limits.max_step_deg + 1e-6:
        return Remark(
            "step: turns {angle:.1f} degrees, above the limit {limit:.1f}",
            angle=angle_deg,
            limit=limits.max_step_deg,
        )
    if not any(step):
        return None
    return _find_exit(pose[:3], apply_motion(pose, step)[:3], limits)


def rotation_angle(motion: Motion) -> float:
    """How far a motion turns at most [rad]: base rotations together, plus the tool's own turn.

    Angles are summed as given, so 350 degrees count as 350 and not as 10 the other way.
    """
    return sum(abs(x) for x in motion[3:])


def find_escape(measured: Sequence[float], limits: Limits) -> str | None:
    """Why a pose measured after a motion is a fault; None if it is in the box, or 1 cm beside."""
    if not all(math.isfinite(x) for x in measured):
        return f"workspace: the measured pose {tuple(measured)} is not finite"
    excess = _excess(measured[:3], limits)
    if max(excess) <= ESCAPE_M:
        return None
    return _name_wall(measured, excess, limits, Remark("was measured at"))


def escape_finder(
    start: Sequence[float], limits: Limits
) -> Callable[[Sequence[float]], str | None]:
    """What says of a position on the way [m] why it is an escape; None of one that is none.

    Args:
        start: Commanded pose from which the way begins; where it is outside, no further is enough.
        limits: What is allowed.
    """
    excess = _excess(start[:3], limits)
    box = [
        (a - before - MOVING_M, b + beyond + MOVING_M)
        for a, b, before, beyond in zip(
            limits.lower, limits.upper, excess[:3], excess[3:], strict=True
        )
    ]

    def find(position: Sequence[float]) -> str | None:
        if all(a <= x <= b for x, (a, b) in zip(position, box, strict=True)):
            return None
        return _name_wall(position, _excess(position, limits), limits, Remark("was pushed to"))

    return find


def _excess(position: Sequence[float], limits: Limits) -> tuple[float, ...]:
    """How far a position is beyond each of the six walls [m], 0 where it is not."""
    low = (max(0.0, a - p - ROUNDING_M) for p, a in zip(position, limits.lower, strict=True))
    high = (max(0.0, p - b - ROUNDING_M) for p, b in zip(position, limits.upper, strict=True))
    return (*low, *high)


def _find_exit(start: Sequence[float], end: Sequence[float], limits: Limits) -> str | None:
    before, after = _excess(start, limits), _excess(end, limits)
    no_further = all(a <= b for a, b in zip(after, before, strict=True))
    if not any(after) or (no_further and (after != before or max(before) <= MEASURED_M)):
        return None
    return _name_wall(end, after, limits, Remark("would be"))


def _name_wall(
    position: Sequence[float], excess: Sequence[float], limits: Limits, verb: str
) -> str:
    wall = int(np.argmax(excess))
    axis, above = wall % 3, wall >= 3
    limit_m = (limits.upper if above else limits.lower)[axis]
    return Remark(
        "workspace: {axis} {verb} {position:.3f} m, {side} the limit {limit:.3f} m",
        axis=AXES[axis],
        verb=verb,
        position=position[axis],
        side=Remark("above") if above else Remark("below"),
        limit=limit_m,
    )
