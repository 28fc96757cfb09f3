"""Cubes of three colours that lie about: how several of the tasks begin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cliprt.robots.world import Colour
from cliprt.tasks.props.cube import EDGE_M, cube
from cliprt.tasks.scene import place, shade, upright

if TYPE_CHECKING:
    import numpy as np

    from cliprt.robots.world import World
    from cliprt.tasks.scene import Region
    from cliprt.tasks.tabletop import TabletopTask

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
