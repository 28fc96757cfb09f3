"""Move the orange block from the blue tray to the green tray."""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import to_matrix
from cliprt.robots.world import World
from cliprt.tasks.cubes import is_held
from cliprt.tasks.guide import Tolerance, Z, carry, fetch, set_gripper
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M, cube
from cliprt.things.dishes import FLOOR_M, INNER_M, tray
from cliprt.types import Primitive

BLOCK, FROM, TO = "orange block", "blue tray", "green tray"
GRASP_ABOVE_M = 0.006
"""Height of the pinch point above the block's middle when it is grasped."""
NEAR_BLOCK = Tolerance(x=0.014, y=0.014, z=0.011)
NEAR_TRAY = Tolerance(x=0.02, y=0.02, z=0.012)
CLEAR_Z_M = 0.10
OVER_RIM_M = 0.03
"""Height of the block's underside at which it passes over the trays' rims."""
INSIDE_M = INNER_M / 2 - EDGE_M / 2 + 0.005
"""Largest offset of the block's middle, along a tray's edges, at which it lies in the tray."""
LYING_M = FLOOR_M + 0.006
"""Height of the underside of a block that lies in a tray."""


class MoveTask(TabletopTask):
    """A block in one of two trays, which stand side by side."""

    instruction = "Move the orange block from the blue tray to the green tray"
    suite = "common"
    max_steps = 42
    hand = Region((0.36, -0.10, 0.22), (0.46, 0.10, 0.29))
    trays = Region((0.42, 0.09, 0.0), (0.56, 0.16, 0.0))
    """Of one tray's middle; the other's is mirrored."""
    off_centre = Region((-0.02, -0.02, 0.0), (0.02, 0.02, 0.0))
    """Of the block in its tray."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The two trays, either of them on the left, and the block in the blue one."""
        side = float(rng.choice((-1, 1)))
        for name, colour, where in (
            (FROM, (0.10, 0.25, 0.85), side),
            (TO, (0.10, 0.65, 0.20), -side),
        ):
            x, y, _ = self.draw(self.trays, rng)
            yaw = self.draw_yaw(rng, math.radians(10))
            world.add(tray(name, shade(rng, colour)), upright((x, where * y, 0.0), yaw))
        dx, dy, _ = self.draw(self.off_centre, rng)
        x, y, z = point_of(world.pose(FROM), (dx, dy, FLOOR_M + EDGE_M / 2))
        yaw = self.draw_yaw(rng, math.radians(12))
        world.add(cube(BLOCK, shade(rng, (0.98, 0.50, 0.05))), upright((x, y, z), yaw))

    def is_success(self, world: World) -> bool:
        """The block lies in the green tray and has been let go."""
        is_down = world.pose(BLOCK)[Z] - EDGE_M / 2 < LYING_M
        return is_down and _is_over(world, TO) and world.gripper == "open"

    def next(self, world: World) -> Primitive | None:
        """Fetch the block, carry it over the green tray, put it down, let go."""
        if is_held(world, BLOCK):
            return _bring(world)
        x, y, z = world.pose(BLOCK)[:3]
        return fetch(world, (x, y, z + GRASP_ABOVE_M), CLEAR_Z_M, NEAR_BLOCK)


def _bring(world: World) -> Primitive:
    x, y, z = world.pose(BLOCK)[:3]
    at, goal = (x, y, z - EDGE_M / 2), (*world.pose(TO)[:2], FLOOR_M)
    step = carry(at, goal, OVER_RIM_M, NEAR_TRAY, _is_over(world, TO))
    return step or set_gripper("open")


def _is_over(world: World, name: str) -> bool:
    pose, block = to_matrix(world.pose(name)), to_matrix(world.pose(BLOCK))
    dx, dy, _ = pose[:3, :3].T @ (block[:3, 3] - pose[:3, 3])
    return bool(max(abs(dx), abs(dy)) < INSIDE_M)
