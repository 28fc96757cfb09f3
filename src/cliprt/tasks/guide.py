"""What to do next with the hand: where it is and where it should be -> the next motion.

Pure and memoryless: the same positions give the same advice, whatever happened before.  The order
is always the same, so that it can be imitated: get clear of things, then sideways, then forwards or
backwards, then down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cliprt.robots.world import World
from cliprt.types import NO_MOTION, GripperState, Motion, Primitive

STEPS_M = (0.20, 0.10, 0.05, 0.01)
"""How far one motion goes (CLIP-RT's four magnitudes), longest first."""

X, Y, Z = 0, 1, 2

LIFT_M = 0.10
"""How far what is held is lifted at a time."""


@dataclass(frozen=True)
class Tolerance:
    """How far the hand may be from where it should be, along each base axis [m]."""

    x: float = 0.015
    y: float = 0.015
    z: float = 0.015


def approach(
    at: Sequence[float], goal: Sequence[float], clear_z_m: float, tolerance: Tolerance
) -> Primitive | None:
    """The next motion on the way from `at` (x, y, z) to `goal`; None = it is there.

    Args:
        at: Where the pinch point is [m].
        goal: Where it should be [m].
        clear_z_m: Height from which it may move sideways without touching anything.
        tolerance: How near is near enough.
    """
    if align(at, goal, tolerance) is None:
        return descend(at, goal[Z], tolerance.z)
    if at[Z] < clear_z_m:
        return rise(at, clear_z_m)
    return align(at, goal, tolerance)


def carry(
    at: Sequence[float],
    goal: Sequence[float],
    over_z_m: float,
    tolerance: Tolerance,
    is_over: bool = False,
) -> Primitive | None:
    """The next motion of a held thing on its way down to `goal`; None = it is there.

    Args:
        at: Where it is [m].
        goal: Where it should be [m].
        over_z_m: Height from which it may be carried sideways.
        tolerance: How near is near enough.
        is_over: Whether it is near enough sideways to be lowered on, once it is that low.
    """
    is_low = at[Z] < over_z_m
    sideways = None if is_low and is_over else align(at, goal, tolerance)
    if sideways is None:
        return descend(at, goal[Z], tolerance.z)
    return slide(Z, LIFT_M) if is_low else sideways


def fetch(world: World, goal: Sequence[float], clear_z_m: float, tolerance: Tolerance) -> Primitive:
    """The next motion on the way to holding what can be grasped at `goal` [m]."""
    if world.gripper == "closed":
        return set_gripper("open")
    return approach(world.tcp_pose, goal, clear_z_m, tolerance) or set_gripper("closed")


def align(at: Sequence[float], goal: Sequence[float], tolerance: Tolerance) -> Primitive | None:
    """Sideways first, then forwards or backwards; None = above the goal."""
    for axis, near in ((Y, tolerance.y), (X, tolerance.x)):
        error = goal[axis] - at[axis]
        if abs(error) > near:
            return slide(axis, nearest_step(error))
    return None


def descend(at: Sequence[float], z_m: float, tolerance_m: float) -> Primitive | None:
    """To a height, never below it by more than the tolerance; None = there."""
    error = z_m - at[Z]
    if abs(error) <= tolerance_m:
        return None
    return slide(Z, math.copysign(longest_step(abs(error), tolerance_m), error))


def rise(at: Sequence[float], z_m: float) -> Primitive:
    """Up, to a height or above it: the shortest motion of 5 cm or more that gets there."""
    missing = z_m - at[Z]
    enough = [step for step in STEPS_M[:3] if step >= missing]
    return slide(Z, min(enough, default=STEPS_M[0]))


def nearest_step(error_m: float) -> float:
    """The signed step that leaves the smallest error; of two, the shorter."""
    best = min(reversed(STEPS_M), key=lambda step: round(abs(abs(error_m) - step), 6))
    return math.copysign(best, error_m)


def longest_step(distance_m: float, overshoot_m: float = 0.0) -> float:
    """The longest step that overshoots by no more than `overshoot_m` (1 cm if none does)."""
    fitting = (step for step in STEPS_M if step <= distance_m + overshoot_m + 1e-9)
    return next(fitting, STEPS_M[-1])


def slide(axis: int, distance_m: float) -> Primitive:
    """A straight motion along one base axis."""
    motion = list(NO_MOTION)
    motion[axis] = distance_m
    return Primitive(None, "", _motion(motion))


def set_gripper(state: GripperState) -> Primitive:
    """Open or close, without moving."""
    return Primitive(None, "", NO_MOTION, state)


def _motion(numbers: Sequence[float]) -> Motion:
    dx, dy, dz, droll, dpitch, dyaw, turn = numbers
    return (dx, dy, dz, droll, dpitch, dyaw, turn)
