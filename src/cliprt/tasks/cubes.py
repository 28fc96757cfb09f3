"""Wooden cubes: three colours that lie about, how several of the tasks begin; one in the hand."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Colour, World
from cliprt.tasks.scene import Region, place, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M, cube

COLOURS: dict[str, Colour] = {
    "red": (0.85, 0.10, 0.10),
    "blue": (0.10, 0.25, 0.85),
    "yellow": (0.95, 0.80, 0.10),
}
APART_M = 0.12
"""Between cubes: room for an open gripper."""


def scatter_cubes(
    task: TabletopTask, region: Region, world: World, rng: np.random.Generator
) -> None:
    """Add ``"red cube"`` and the others, in random order so that no colour has the best place."""
    taken: list[tuple[float, float, float]] = []
    for name in rng.permutation(sorted(COLOURS)):
        x, y, _ = place(rng, region.scaled(task.spread), taken, APART_M)
        taken.append((x, y, 0.0))
        yaw = task.draw_yaw(rng, math.radians(15))
        body = cube(f"{name} cube", shade(rng, COLOURS[str(name)]))
        world.add(body, upright((x, y, EDGE_M / 2), yaw))


def is_held(world: World, name: str) -> bool:
    """Whether a cube is between the closed fingers."""
    near = math.dist(world.tcp_pose[:3], world.pose(name)[:3]) < 0.045
    return near and world.gripper == "closed" and world.gripper_opening_m > EDGE_M / 2
