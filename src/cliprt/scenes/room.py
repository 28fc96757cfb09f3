"""How much of the table a thing covers, and where there is room for one more.

Pure mathematics of turned rectangles on the table, seen from above [m], base frame: x forward from
the robot, y to its left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from cliprt.geometry import box_corners, in_base, rotation_about
from cliprt.robots.world import Body, Colour, Vector
from cliprt.things.bounds import bounds, to_vector, with_joints
from cliprt.things.interface import Thing

Spot = tuple[float, float]
"""A point of the table (x, y) [m]."""
Ground = np.ndarray
"""The corners (4, 2) of what a thing covers [m], in order."""

FIELD: tuple[Spot, Spot] = ((0.30, -0.28), (0.70, 0.28))
"""Where a thing may stand: the robot reaches all of it from above, and the cameras see it."""
TABLE: tuple[Spot, Spot] = ((0.16, -0.52), (0.88, 0.52))
"""Where anything of a thing may be: the table's top, but for its rim."""
GAP_M = 0.01
"""Between any two things, at least."""

CARRIED_GAP_M = 0.002
"""The same between things on one other."""

ROOMY_M = (0.10, 0.06, 0.03, GAP_M)
"""Gaps that a free place should have where any will do, widest first."""
TIGHT_M = (0.03, GAP_M)
"""The same where a place was named."""
_FAR_M = 0.15
"""How far from where it is wished a roomy place is still taken."""
_GRID_M = 0.02


Size = tuple[Vector, Vector]
"""Corners of the box that a thing fills, in its own frame [m]."""


def make(thing: Thing, name: str, colour: Colour, state: Mapping[str, float]) -> Body:
    """One such thing, its doors as `state` says: link -> 0 = shut to 1 = wide open."""
    doors = [door for door in thing.doors if door[0] in state]
    starts = {link: shut + state[link] * (wide - shut) for link, shut, wide in doors}
    return with_joints(thing.build(name, colour), starts)


def size_of(thing: Thing, state: Mapping[str, float]) -> Size:
    """How much room a thing takes, its doors as `state` says."""
    return _size_of(thing, tuple(sorted(state.items())))


@lru_cache(maxsize=256)
def _size_of(thing: Thing, state: tuple[tuple[str, float], ...]) -> Size:
    return bounds(make(thing, thing.name, thing.colour, dict(state)))


def edges(size: Size) -> Vector:
    """How long, wide and high a box is [m]."""
    x, y, z = (upper - lower for lower, upper in zip(*size, strict=True))
    return x, y, z


def stand_on_end(size: Size) -> np.ndarray:
    """The transform (4, 4) that brings the longer level edge of a box upright, about its middle.

    >>> boxed(((-0.1, -0.02, 0.0), (0.1, 0.02, 0.04)), stand_on_end(((-0.1, 0, 0), (0.1, 0, 0.04))))
    ((-0.02, -0.02, -0.1), (0.02, 0.02, 0.1))
    """
    x, y, _ = edges(size)
    turned = np.eye(4)
    turned[:3, :3] = rotation_about(1, -math.pi / 2) if x >= y else rotation_about(0, math.pi / 2)
    lower, upper = boxed(size, turned)
    turned[:2, 3] = [-(a + b) / 2 for a, b in zip(lower[:2], upper[:2], strict=True)]
    return turned


def boxed(size: Size, transform: np.ndarray) -> Size:
    """The upright box around a box that was moved by a transform (4, 4)."""
    corners = in_base(box_corners(*size), transform)
    return to_size(corners.min(axis=0), corners.max(axis=0))


def to_size(lower: np.ndarray, upper: np.ndarray) -> Size:
    """Corners (3,) and (3,) as plain numbers, to a micrometre."""
    return to_vector(lower), to_vector(upper)


def ground(size: Size, at: Spot, turn_deg: float) -> Ground:
    """What a box of this size covers whose frame stands somewhere, turned about the vertical.

    >>> ground(((-0.1, -0.02, 0.0), (0.1, 0.02, 0.1)), (0.5, 0.0), 90).round(2).tolist()
    [[0.52, -0.1], [0.52, 0.1], [0.48, 0.1], [0.48, -0.1]]
    """
    (x0, y0, _), (x1, y1, _) = size
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    turn = math.radians(turn_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.asarray(corners @ np.array([[cos, sin], [-sin, cos]]) + at)


def gap(one: Ground, other: Ground) -> float:
    """How far apart two are at least [m]; below zero where they overlap.

    >>> cube = ((-0.02, -0.02, 0.0), (0.02, 0.02, 0.04))
    >>> round(gap(ground(cube, (0.5, 0.0), 0), ground(cube, (0.5, 0.1), 0)), 3)
    0.06
    """
    return float(_gaps(one, np.zeros((1, 2)), other)[0])


def _gaps(one: Ground, moved: np.ndarray, other: Ground) -> np.ndarray:
    """The same after each of several moves (n, 2) of the first: (n,) [m]."""
    sides = np.array([one[1] - one[0], one[2] - one[1], other[1] - other[0], other[2] - other[1]])
    normals = np.stack([-sides[:, 1], sides[:, 0]]) / np.maximum(np.hypot(*sides.T), 1e-12)
    a, b, along = one @ normals, other @ normals, moved @ normals
    ahead, behind = along + a.min(axis=0) - b.max(axis=0), b.min(axis=0) - along - a.max(axis=0)
    return np.asarray(np.maximum(ahead, behind).max(axis=1))


def lies_within(points: np.ndarray, area: tuple[Spot, Spot]) -> bool:
    """Whether all points (n, 2) are in an upright rectangle."""
    return bool((points >= area[0]).all() and (points <= area[1]).all())


def is_free(spot: Ground, others: Iterable[tuple[Ground, float]]) -> bool:
    """Whether it is on the table and away from all others, from each as far as it needs [m]."""
    return lies_within(spot, TABLE) and all(gap(spot, other) >= m for other, m in others)


def find_room(
    size: Size,
    turn_deg: float,
    wish: Spot,
    taken: Sequence[Ground],
    gaps_m: Sequence[float] = ROOMY_M,
) -> Spot | None:
    """The free place nearest to a wished one, rather with some room around it; None: no room."""
    spots, covers = _by_distance(wish), ground(size, (0.0, 0.0), turn_deg)
    reach = spots[:, None] + covers
    fits = ((reach >= TABLE[0]) & (reach <= TABLE[1])).all(axis=(1, 2))
    room = np.min([_gaps(covers, spots, other) for other in taken], axis=0) if taken else np.inf
    found: Spot | None = None
    for apart_m in gaps_m:
        free = np.flatnonzero(fits & (room >= apart_m))
        if len(free):
            x, y = (round(float(v), 4) for v in spots[free[0]])
            found = (x, y)
            if math.dist(found, wish) <= _FAR_M:
                return found
    return found


def _by_distance(wish: Spot) -> np.ndarray:
    """The wished place, where it is in reach, and a grid's, nearest first (n, 2) [m]."""
    (x0, y0), (x1, y1) = FIELD
    xs, ys = np.arange(x0, x1 + 1e-9, _GRID_M), np.arange(y0, y1 + 1e-9, _GRID_M)
    grid = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2).round(3)
    if lies_within(np.array([wish]), FIELD):
        grid = np.concatenate([[wish], grid])
    return np.asarray(grid[np.argsort(np.linalg.norm(grid - wish, axis=1).round(6), kind="stable")])
