"""Pick up the red cube, which is not the only cube."""

from __future__ import annotations

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.cubes import is_held, scatter_cubes
from cliprt.tasks.guide import LIFT_M, Tolerance, Z, fetch, slide
from cliprt.tasks.scene import Region
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M
from cliprt.types import Primitive

WANTED = "red cube"
GRASP_Z_M = 0.031
NEAR = Tolerance(x=0.014, y=0.014, z=0.009)
CLEAR_Z_M = 0.09
LIFTED_M = 0.08
"""Height of the cube's underside that counts as picked up."""


class PickTask(TabletopTask):
    """Three cubes of different colours lie on the table."""

    instruction = "Pick up the red cube"
    suite = "common"
    max_steps = 28
    hand = Region((0.38, -0.10, 0.19), (0.48, 0.10, 0.25))
    lying = Region((0.40, -0.16, 0.0), (0.58, 0.16, 0.0))

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The cubes."""
        scatter_cubes(self, self.lying, world, rng)

    def is_success(self, world: World) -> bool:
        """The red cube is in the air, between the fingers."""
        lifted = world.pose(WANTED)[2] - EDGE_M / 2 > LIFTED_M
        return lifted and is_held(world, WANTED)

    def next(self, world: World) -> Primitive | None:
        """Over the cube, down around it, close, up."""
        if is_held(world, WANTED):
            return slide(Z, LIFT_M)
        x, y, z = world.pose(WANTED)[:3]
        return fetch(world, (x, y, z - EDGE_M / 2 + GRASP_Z_M), CLEAR_Z_M, NEAR)
