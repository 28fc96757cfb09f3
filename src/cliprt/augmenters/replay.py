"""The way to a waypoint, gone again from somewhere else, in steps of the sizes that were taught.

The order of the axes stays as it was taught, so that what is generated can be imitated together
with what was taught: only how far each block goes is new.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np

from cliprt.augmenters.anchors import Waypoint
from cliprt.augmenters.legs import Z_AXIS, Block, Leg
from cliprt.augmenters.units import UNIT_M
from cliprt.types import Primitive

X, Y = 0, 1

Steps = Mapping[tuple[int, int], Mapping[int, Primitive]]
"""(axis, sign) -> {size in units: entry of the vocabulary}, largest first."""


def retrace(
    hand: Sequence[float] | np.ndarray,
    leg: Leg,
    waypoint: Waypoint,
    goal: Sequence[float],
    steps: Steps,
) -> Iterator[Primitive]:
    """Straight motions from `hand` (x, y, z) to the waypoint at `goal` [m].

    Args:
        hand: Where the hand is.
        leg: How a demonstration went there.
        waypoint: Which axes matter, and how near is near enough.
        goal: Where the waypoint is now.
        steps: What may be made.
    """
    at = np.array(hand, dtype=float)
    blocks = _in_order(leg, waypoint)
    for number, (axis, block) in enumerate(blocks):
        is_last = all(later != axis for later, _ in blocks[number + 1 :])
        if block is None:
            aim = goal[axis]
        elif waypoint.free[axis]:
            aim = at[axis] + block.end - block.start
        else:
            aim = goal[axis] + (0.0 if is_last else block.end - leg.end[axis])
        rises = block is not None and block.is_rise
        if rises and not is_last and at[Z_AXIS] >= aim:
            continue  # it is high enough already
        sizes = waypoint.sizes.get(axis)
        near = waypoint.tolerance[axis] if is_last else waypoint.tolerance[Z_AXIS]
        made_of = steps if sizes is None else _only(steps, axis, sizes)
        for primitive in cover(aim - float(at[axis]), near, axis, made_of, rises and not is_last):
            at += primitive.motion[:3]
            yield primitive


def _in_order(leg: Leg, waypoint: Waypoint) -> list[tuple[int, Block | None]]:
    """The leg's blocks; sideways axes that it had no need of come before all but a rise."""
    blocks: list[tuple[int, Block | None]] = [(b.axis, b) for b in leg.blocks]
    there = {axis for axis, _ in blocks}
    place = 1 if leg.blocks and leg.blocks[0].is_rise else 0
    missing = [axis for axis in (Y, X) if axis not in there and not waypoint.free[axis]]
    blocks[place:place] = [(axis, None) for axis in missing]
    if Z_AXIS not in there and not waypoint.free[Z_AXIS]:
        blocks.append((Z_AXIS, None))
    return blocks


def _only(steps: Steps, axis: int, sizes: Set[int]) -> Steps:
    return {
        (axis, sign): {s: p for s, p in steps.get((axis, sign), {}).items() if s in sizes}
        for sign in (-1, 1)
    }


def cover(
    distance_m: float, near_m: float, axis: int, steps: Steps, at_least: bool = False
) -> Iterator[Primitive]:
    """Steps along an axis until less than `near_m` is left, each the one that leaves least.

    Going down never ends deeper than `near_m` below the aim.  With `at_least`, the aim is reached
    or passed.
    """
    left = distance_m
    while abs(left) > near_m and (not at_least or left > 0):
        sizes = steps.get((axis, 1 if left > 0 else -1), {})
        best = _choose(sizes, abs(left), near_m, axis == Z_AXIS and left < 0, at_least)
        if best is None:
            return
        yield sizes[best]
        left -= math.copysign(best * UNIT_M, left)


def _choose(
    sizes: Mapping[int, Primitive], left_m: float, near_m: float, careful: bool, at_least: bool
) -> int | None:
    """The size [units] of the next step; None = no step makes it better."""
    lengths = {size: size * UNIT_M for size in sizes}
    if careful:
        lengths = {s: m for s, m in lengths.items() if m <= left_m + near_m + 1e-9}
    if at_least:
        enough = [s for s, m in lengths.items() if m >= left_m - 1e-9]
        return min(enough) if enough else max(lengths, default=None)
    best = min(lengths, key=lambda s: (round(abs(left_m - lengths[s]), 6), s), default=None)
    if best is None or abs(left_m - lengths[best]) >= left_m:
        return None
    return best
