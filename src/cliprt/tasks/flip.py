"""Flip the lid of the box: push the tab on its right edge up and over to the left."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.lidded_box import TAB, lidded_box
from cliprt.types import Primitive

FLIPPED_RAD = math.radians(160)
"""From there the lid has turned over; at rest it hangs level, the tab under it."""
RAISED_RAD = math.radians(10)
"""From there the hand is under the tab."""
PUSH_Z_M = 0.123
"""Height of the pinch point at which a finger meets the tab and passes above the box."""
PUSH_M = 0.10
"""One push."""
BEFORE_M = 0.12
"""How far to the right of the tab the open hand can be lowered without touching it."""
NEAR = Tolerance(x=0.035, y=0.03, z=0.012)
CLEAR_Z_M = 0.20
"""Above the tab of a closed lid."""


class FlipTask(TabletopTask):
    """A closed box whose lid has a tab on its right."""

    instruction = "Flip the lid of the box over"
    suite = "common"
    max_steps = 16
    hand = Region((0.38, -0.24, 0.22), (0.50, -0.02, 0.30))
    standing = Region((0.42, -0.02, 0.0), (0.58, 0.16, 0.0))
    """Of the box's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One closed box."""
        yaw = math.pi / 2 + self.draw_yaw(rng, math.radians(12))
        case = shade(rng, (0.45, 0.30, 0.18))
        outside = shade(rng, (0.10, 0.30, 0.80))
        inside, tab = shade(rng, (0.95, 0.45, 0.75)), shade(rng, (0.95, 0.50, 0.05))
        body = lidded_box("box", outside, case, inside, tab)
        world.add(body, upright(self.draw(self.standing, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The lid lies on the left, its inside up."""
        return world.joint("box", "lid") > FLIPPED_RAD

    def next(self, world: World) -> Primitive | None:
        """Over the table to the right of the tab, down, then left until the lid falls over."""
        if world.joint("box", "lid") > RAISED_RAD:
            return slide(Y, PUSH_M)
        at = world.tcp_pose
        tab = point_of(world.pose("box"), TAB)
        beside = abs(at[X] - tab[X]) < 2 * NEAR.x and at[Y] < tab[Y]
        if beside and abs(at[Z] - PUSH_Z_M) <= NEAR.z:
            return slide(Y, PUSH_M)
        goal = (tab[X], tab[Y] - BEFORE_M, PUSH_Z_M)
        return approach(at, goal, CLEAR_Z_M, NEAR)
