"""Which thing does a waypoint belong to?  The one relative to which the demonstrations agree.

Taught ten times, the hand closes at ten places on the table but at one place of the cup.  So the
thing in whose frame a waypoint varies least is its anchor; where even that varies much along an
axis, the waypoint does not say anything about that axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from cliprt.augmenters.legs import Leg, triple
from cliprt.augmenters.units import to_units
from cliprt.geometry import to_matrix
from cliprt.types import Layout, Pose

ENOUGH = 3
"""Demonstrations from which on agreement says more than nearness."""

FREE_M = 0.02
"""An axis along which demonstrations differ by less than this on average is never free."""

EXPLAINED = 0.6
"""Beyond that, an axis is free unless seeing it from the thing makes the difference this much
smaller than seeing it from the table."""

CAP_M = 0.06
"""Disagreement along an axis counts up to this: how far apart is as bad as how very far apart."""

NEARNESS = 0.05
"""How much a metre of distance counts against a metre of disagreement: breaks ties."""

TURNING_M = 0.002
"""How much better a frame must be that turns with the thing: most things need not be turned to."""

TOLERANCE_M = (0.006, 0.010)
"""Smallest and largest allowed error of a waypoint; in between, as near as it was taught."""


@dataclass(frozen=True)
class Waypoint:
    """Where the hand has to be, as seen from a thing.

    Attributes:
        anchor: The thing's name.
        turns: Whether it turns with the thing, or only moves with it.
        offset: From the thing (x, y, z) [m].
        tolerance: How near is near enough, by axis [m].
        free: Axes on which the waypoint says nothing.
        sizes: Axis -> sizes of the steps by which it was approached [units]; {} on the way down
            to something, where any size may be needed.
    """

    anchor: str
    turns: bool
    offset: tuple[float, float, float]
    tolerance: tuple[float, float, float]
    free: tuple[bool, bool, bool]
    sizes: Mapping[int, Set[int]]

    def at(self, layout: Layout) -> tuple[float, float, float]:
        """Where that is in a scene (x, y, z) [m]."""
        thing = layout.bodies[self.anchor]
        return triple(_frame(thing, self.turns) @ np.array(self.offset) + np.array(thing[:3]))


def find_waypoint(legs: Sequence[Leg], layouts: Sequence[Layout]) -> Waypoint | None:
    """What the ends of the same leg of several demonstrations have in common.

    Args:
        legs: The leg in each of the demonstrations.
        layouts: Their scenes, in the same order.

    Returns:
        None if no thing was in all of the scenes.
    """
    names = set.intersection(*(set(layout.bodies) for layout in layouts))
    pairs = list(zip(legs, layouts, strict=True))
    ends = np.array([leg.end for leg in legs])
    on_table = np.abs(ends - np.median(ends, axis=0)).mean(axis=0)
    best, best_cost = None, math.inf
    for name in sorted(names):
        for turns in (False, True):
            seen = np.array([_seen_from(name, turns, *pair) for pair in pairs])
            middle = np.median(seen, axis=0)
            error = np.abs(seen - middle)
            spread = error.mean(axis=0)
            cost = NEARNESS * float(np.linalg.norm(middle)) + (TURNING_M if turns else 0.0)
            if len(legs) >= ENOUGH:
                cost += float(np.minimum(spread, CAP_M).sum())
            if cost < best_cost:
                best_cost = cost
                far = _farthest(legs, seen)
                is_loose = (spread > FREE_M) & (spread > EXPLAINED * on_table)
                best = Waypoint(
                    name,
                    turns,
                    triple(np.where(np.isnan(far), middle, far)),
                    triple(np.clip(np.quantile(error, 0.8, axis=0), *TOLERANCE_M)),
                    tuple((is_loose & np.isnan(far)).tolist()),
                    _sizes(legs),
                )
    return best


def _seen_from(name: str, turns: bool, leg: Leg, layout: Layout) -> np.ndarray:
    """Where a leg ends (3,), as seen from a thing."""
    thing = layout.bodies[name]
    offset: np.ndarray = np.array(leg.end) - np.array(thing[:3])
    return np.asarray(_frame(thing, turns).T @ offset)


def _farthest(legs: Sequence[Leg], seen: np.ndarray) -> np.ndarray:
    """How far the last motions of an episode went at most (3,); NaN where they are not the last.

    An episode ends as soon as it succeeds, so going too far costs nothing, and going as far as
    usual may be too little.
    """
    far = np.full(3, np.nan)
    if legs[0].arrival == "end":
        for axis in range(3):
            gone = [b.end - b.start for leg in legs for b in leg.blocks[-1:] if b.axis == axis]
            if gone and min(gone) > 0:
                far[axis] = seen[:, axis].max()
            elif gone and max(gone) < 0:
                far[axis] = seen[:, axis].min()
    return far


def _sizes(legs: Sequence[Leg]) -> dict[int, set[int]]:
    if any(block.is_descent for leg in legs for block in leg.blocks):
        return {}
    taught: dict[int, set[int]] = {}
    for block in (block for leg in legs for block in leg.blocks):
        units = (abs(to_units(primitive.motion)[block.axis]) for primitive in block.primitives)
        taught.setdefault(block.axis, set()).update(units)
    return taught


def _frame(thing: Pose, turns: bool) -> np.ndarray:
    """Rotation (3, 3) about the vertical by which a thing is turned."""
    if not turns:
        return np.eye(3)
    rotation = to_matrix(thing)
    yaw = math.atan2(rotation[1, 0], rotation[0, 0])
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
