"""Hide the Pooh with the green cup: lift the cup and put it over him."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, carry, fetch, set_gripper
from cliprt.tasks.scene import Region, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cloths import blanket
from cliprt.things.figures import POOH_M, POOH_RADIUS_M, pooh
from cliprt.things.upside_down_cup import FOOT_RADIUS_M, RIM_RADIUS_M, upside_down_cup
from cliprt.types import Primitive

GRASP_Z_M = 0.082
"""Height of the pinch point above the cup's rim when it is grasped near its foot."""
NEAR_CUP = Tolerance(x=0.015, y=0.013, z=0.012)
NEAR_POOH = Tolerance(x=0.013, y=0.013, z=0.006)
CLEAR_Z_M = 0.13
OVER_POOH_M = POOH_M + 0.015
"""Height of the rim at which the cup passes over him."""
INSIDE_M = RIM_RADIUS_M - POOH_RADIUS_M - 0.003
"""Largest distance of the cup's axis from him when he is under it."""
STANDING_M, STANDING_RAD = 0.004, math.radians(4)
"""How flat the rim must stand on the table."""
FALLEN_RAD = math.radians(45)


class HidePoohTask(TabletopTask):
    """An upside-down cup and a small bear beside it."""

    instruction = "Hide the Pooh with the green cup"
    suite = "novel"
    max_steps = 44
    hand = Region((0.34, -0.10, 0.24), (0.46, 0.10, 0.30))
    cups = Region((0.42, -0.13, 0.0), (0.58, 0.13, 0.0))
    aside = Region((-0.10, 0.11, 0.0), (0.0, 0.20, 0.0))
    """Where Pooh sits as seen from the cup, to its left or mirrored: from there the hand that
    carries the cup keeps him in view."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The cup stands somewhere; Pooh sits beside it on his blanket, inwards on the table.

        The blanket still shows when the cup hides him, and its size tells how high the hand is.
        """
        x, y, _ = spot = self.draw(self.cups, rng)
        dx, dy, _ = self.draw(self.aside, rng)
        side = 1 if rng.uniform(-0.13, 0.13) > y else -1
        world.add(
            upside_down_cup("cup", shade(rng, (0.10, 0.62, 0.22))),
            upright(spot, self.draw_yaw(rng, math.pi)),
        )
        bear = upright((x + dx, y + side * dy, 0.0), self.draw_yaw(rng, 0.5))
        world.add(blanket("blanket", shade(rng, (0.45, 0.62, 0.88))), bear)
        world.add(pooh("pooh", shade(rng, (0.85, 0.10, 0.10))), bear)

    def is_success(self, world: World) -> bool:
        """Pooh is under the cup, which stands on the table and has been let go."""
        stands = world.pose("cup")[2] < STANDING_M and tilt_rad(world.pose("cup")) < STANDING_RAD
        return stands and _is_over_pooh(world) and world.gripper == "open"

    def next(self, world: World) -> Primitive | None:
        """Fetch the cup, carry it over Pooh, put it down, let go; a cup that lies is lost."""
        if _is_held(world):
            return _cover(world)
        if tilt_rad(world.pose("cup")) > FALLEN_RAD:
            return None
        x, y, z = world.pose("cup")[:3]
        return fetch(world, (x, y, z + GRASP_Z_M), CLEAR_Z_M, NEAR_CUP)


def _is_over_pooh(world: World) -> bool:
    return math.dist(world.pose("cup")[:2], world.pose("pooh")[:2]) < INSIDE_M


def _cover(world: World) -> Primitive:
    goal = (*world.pose("pooh")[:2], 0.0)
    step = carry(world.pose("cup"), goal, OVER_POOH_M, NEAR_POOH, _is_over_pooh(world))
    return step or set_gripper("open")


def _is_held(world: World) -> bool:
    (x, y, z), at = world.pose("cup")[:3], world.tcp_pose
    near = math.dist(at[:2], (x, y)) < 0.03 and 0.04 < at[2] - z < 0.12
    return near and world.gripper == "closed" and world.gripper_opening_m > FOOT_RADIUS_M
