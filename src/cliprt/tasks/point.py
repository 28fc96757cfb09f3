"""Point at the blue cube: hold the fingertips just above it, without touching."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.cubes import scatter_cubes
from cliprt.tasks.guide import Tolerance, approach
from cliprt.tasks.scene import Region
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M
from cliprt.types import Primitive

WANTED = "blue"
TIP_M = 0.012
"""From the pinch point down to the fingertips."""
ASIDE_M, ABOVE_M = 0.03, 0.05
"""How far the fingertips may be beside the cube's middle and above its top."""
POINT_Z_M = EDGE_M / 2 + TIP_M + 0.027
"""Height of the pinch point above the cube's middle."""
NEAR = Tolerance(x=0.014, y=0.014, z=0.013)
CLEAR_Z_M = 0.08


class PointTask(TabletopTask):
    """Three cubes of different colours lie on the table."""

    instruction = "Point at the blue cube"
    suite = "common"
    max_steps = 16
    hand = Region((0.38, -0.10, 0.19), (0.48, 0.10, 0.25))
    lying = Region((0.40, -0.16, 0.0), (0.58, 0.16, 0.0))

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The cubes."""
        scatter_cubes(self, self.lying, world, rng)

    def is_success(self, world: World) -> bool:
        """The fingertips are right above the blue cube, which lies untouched on the table."""
        (x, y, z), at = world.pose(f"{WANTED} cube")[:3], world.tcp_pose
        above = at[2] - TIP_M - (z + EDGE_M / 2)
        is_pointed_at = math.dist(at[:2], (x, y)) < ASIDE_M and 0.0 < above < ABOVE_M
        is_left_alone = z < EDGE_M and world.contact_force(f"{WANTED} cube") == 0.0
        return is_pointed_at and is_left_alone

    def next(self, world: World) -> Primitive | None:
        """Over the cube, then down to just above it."""
        x, y, z = world.pose(f"{WANTED} cube")[:3]
        return approach(world.tcp_pose, (x, y, z + POINT_Z_M), CLEAR_Z_M, NEAR)
