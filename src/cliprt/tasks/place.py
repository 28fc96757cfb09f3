"""Place the yellow cube on the plate: fetch it, carry it over, put it down, let go."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.cubes import COLOURS, is_held
from cliprt.tasks.guide import Tolerance, Z, carry, fetch, set_gripper
from cliprt.tasks.scene import Region, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M, cube
from cliprt.things.dishes import PLATE_HEIGHT_M, PLATE_RADIUS_M, plate
from cliprt.types import Primitive

CUBE = "yellow cube"
GRASP_Z_M = 0.031
NEAR_CUBE = Tolerance(x=0.014, y=0.014, z=0.009)
NEAR_PLATE = Tolerance(x=0.035, y=0.035)
CLEAR_Z_M = 0.09
OVER_PLATE_M = 0.03
"""Height of the cube's underside at which it passes over the plate's edge."""
LET_GO_M = PLATE_HEIGHT_M + 0.008
"""Height of the cube's underside at which it is let go."""
ON_PLATE_M = PLATE_RADIUS_M - 0.015
"""Largest distance of the cube's middle from the plate's."""


class PlaceTask(TabletopTask):
    """A yellow cube and a plate beside it."""

    instruction = "Place the yellow cube on the plate"
    suite = "common"
    max_steps = 40
    hand = Region((0.37, -0.10, 0.20), (0.47, 0.10, 0.27))
    lying = Region((0.42, -0.13, 0.0), (0.56, 0.13, 0.0))
    """Of the cube."""
    aside = Region((-0.03, 0.16, 0.0), (0.05, 0.22, 0.0))
    """Where the plate lies as seen from the cube, to its left or mirrored."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The cube lies somewhere, the plate beside it, inwards on the table."""
        x, y, _ = self.draw(self.lying, rng)
        dx, dy, _ = self.draw(self.aside, rng)
        side = 1 if rng.uniform(-0.13, 0.13) > y else -1
        world.add(
            plate("plate", shade(rng, (0.10, 0.50, 0.75))), upright((x + dx, y + side * dy, 0.0))
        )
        pose = upright((x, y, EDGE_M / 2), self.draw_yaw(rng, math.radians(15)))
        world.add(cube(CUBE, shade(rng, COLOURS["yellow"])), pose)

    def is_success(self, world: World) -> bool:
        """The cube lies on the plate and has been let go."""
        is_let_go = world.gripper == "open" and world.contact_force(CUBE) == 0.0
        return _is_over_plate(world) and _height(world) < 2 * PLATE_HEIGHT_M and is_let_go

    def next(self, world: World) -> Primitive | None:
        """Fetch the cube, carry it over the plate, put it down, let go."""
        if is_held(world, CUBE):
            return _put_down(world)
        x, y, z = world.pose(CUBE)[:3]
        return fetch(world, (x, y, z - EDGE_M / 2 + GRASP_Z_M), CLEAR_Z_M, NEAR_CUBE)


def _put_down(world: World) -> Primitive:
    underside = (*world.pose(CUBE)[:2], _height(world))
    if _is_over_plate(world) and underside[Z] < OVER_PLATE_M:
        return set_gripper("open")
    goal = (*world.pose("plate")[:2], LET_GO_M)
    return carry(underside, goal, OVER_PLATE_M, NEAR_PLATE) or set_gripper("open")


def _height(world: World) -> float:
    """Of the cube's underside above the table [m]."""
    return world.pose(CUBE)[2] - EDGE_M / 2


def _is_over_plate(world: World) -> bool:
    return math.dist(world.pose(CUBE)[:2], world.pose("plate")[:2]) < ON_PLATE_M
