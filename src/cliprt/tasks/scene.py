"""Chance in scenes: where things lie, how they are turned, which shade they have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cliprt.errors import UsageError, did_you_mean
from cliprt.geometry import to_matrix
from cliprt.robots.ink import Canvas, centres
from cliprt.robots.world import Colour, Vector, World
from cliprt.types import Pose

Difficulty = Literal["easy", "default", "hard"]
SPREAD = {"easy": 0.5, "default": 1.0, "hard": 1.25}
"""How much of a scene's chance is used, by difficulty."""

ATTEMPTS = 200


@dataclass(frozen=True)
class Region:
    """A box on or above the table from which positions are drawn [m], base frame."""

    lower: Vector
    upper: Vector

    def scaled(self, factor: float) -> Region:
        """The same box, shrunk or grown about its middle; never below the table."""
        middle = [(a + b) / 2 for a, b in zip(self.lower, self.upper, strict=True)]
        half = [(b - a) / 2 * factor for a, b in zip(self.lower, self.upper, strict=True)]
        (x, y, z), (dx, dy, dz) = middle, half
        return Region((x - dx, y - dy, max(0.0, z - dz)), (x + dx, y + dy, z + dz))

    def draw(self, rng: np.random.Generator) -> Vector:
        """A position in it."""
        x, y, z = (float(rng.uniform(a, b)) for a, b in zip(self.lower, self.upper, strict=True))
        return x, y, z


def check_difficulty(value: str) -> Difficulty:
    """The difficulty, if it is one.

    Raises:
        UsageError: It is not.
    """
    for difficulty in get_args(Difficulty):
        if difficulty == value:
            return difficulty  # type: ignore[no-any-return]
    raise UsageError(
        f"difficulty {value!r} of a task is unknown.{did_you_mean(value, SPREAD)}"
        f" Allowed: {', '.join(SPREAD)}. Set for example: difficulty: easy"
    )


def place(
    rng: np.random.Generator, region: Region, taken: Sequence[Sequence[float]], apart_m: float
) -> Vector:
    """A position whose horizontal distance to all taken ones is at least `apart_m`.

    Where the region is so full that none is found, the roomiest of those tried.
    """
    best, room = region.draw(rng), -1.0
    for _ in range(ATTEMPTS):
        spot = region.draw(rng)
        gap = min((math.dist(spot[:2], other[:2]) for other in taken), default=math.inf)
        if gap > room:
            best, room = spot, gap
        if gap >= apart_m:
            break
    return best


def upright(position: Sequence[float], yaw_rad: float = 0.0) -> Pose:
    """A pose that stands at a position, turned about the vertical."""
    x, y, z = position
    return (x, y, z, 0.0, 0.0, yaw_rad)


def point_of(pose: Sequence[float], point: Sequence[float]) -> Vector:
    """Where a point of a thing's own frame is in the base frame [m]."""
    x, y, z = (float(v) for v in to_matrix(pose)[:3, :3] @ list(point) + list(pose[:3]))
    return x, y, z


def ink_points(world: World, canvas: Canvas) -> np.ndarray:
    """The inked points of a canvas that lies on the table (n, 2), base frame [m]."""
    x, y, _, _, _, yaw = world.pose(canvas.body)
    turn = np.array([[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]])
    return np.asarray(centres(canvas)[world.ink(canvas.body)] @ turn.T + (x, y))


def tilt_rad(pose: Sequence[float]) -> float:
    """How far a thing leans from standing upright."""
    return math.acos(max(-1.0, min(1.0, float(to_matrix(pose)[2, 2]))))


def shade(rng: np.random.Generator, colour: Colour, amount: float = 0.06) -> Colour:
    """Nearly the same colour, in steps of a hundredth."""
    drawn = (float(c + rng.uniform(-amount, amount)) for c in colour)
    r, g, b = (round(min(1.0, max(0.0, c)), 2) for c in drawn)
    return r, g, b
