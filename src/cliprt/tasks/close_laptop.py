"""Close the laptop: push its lid over from behind until it falls shut."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Vector, World
from cliprt.tasks.guide import X, Y, descend, longest_step, nearest_step, rise, slide
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.laptop import DEPTH_M, HINGE, laptop
from cliprt.types import Primitive

CLOSED_RAD = math.radians(5)
PUSH_Z_M, PUSH_Z_NEAR_M = 0.14, 0.03
PUSH_M = 0.10
"""One push."""
OFF_CENTRE_M = 0.06
"""How far from the lid's middle a push still closes it straight."""
BEHIND_M = 0.08
"""How far before the hinge the hand can move sideways without touching the lid."""
CLEAR_Z_M = 0.29
"""Above an upright lid, for going round."""


class CloseLaptopTask(TabletopTask):
    """The lid stands open with its back to the robot."""

    instruction = "Close the laptop"
    suite = "novel"
    max_steps = 16
    hand = Region((0.27, -0.12, 0.22), (0.36, 0.12, 0.30))
    lying = Region((0.56, -0.12, 0.0), (0.66, 0.12, 0.0))
    """Of the laptop's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """A laptop, open by about a hundred degrees."""
        angle = math.radians(103 + 5 * float(rng.uniform(-1, 1)) * self.spread)
        yaw = self.draw_yaw(rng, math.radians(12))
        case = shade(rng, (0.72, 0.73, 0.76))
        world.add(laptop("laptop", case, angle), upright(self.draw(self.lying, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The lid lies on the base."""
        return world.joint("laptop", "lid") < CLOSED_RAD

    def next(self, world: World) -> Primitive | None:
        """In front of the lid's middle, down to pushing height, forward until it falls."""
        at = world.tcp_pose
        angle = world.joint("laptop", "lid")
        hinge = point_of(world.pose("laptop"), HINGE)
        aside = hinge[Y] - at[Y]
        if _is_beyond(at, hinge, angle):
            return _go_round(at, hinge)
        if abs(aside) > OFF_CENTRE_M:
            is_beside = at[2] < CLEAR_Z_M and at[X] > hinge[0] - BEHIND_M
            return slide(X, -PUSH_M) if is_beside else slide(Y, nearest_step(aside))
        if abs(at[2] - PUSH_Z_M) > PUSH_Z_NEAR_M:
            return descend(at, PUSH_Z_M, PUSH_Z_NEAR_M)
        return slide(X, PUSH_M)


def _is_beyond(at: tuple[float, ...], hinge: Vector, angle_rad: float) -> bool:
    """Whether the hand is on the screen's side of a lid that still stands."""
    height = min(max(0.0, at[2] - hinge[2]), DEPTH_M * math.sin(angle_rad))
    lid_x = hinge[0] + height / math.tan(angle_rad)
    return angle_rad > math.radians(60) and at[X] > lid_x + 0.02


def _go_round(at: tuple[float, ...], hinge: Vector) -> Primitive:
    """Up, and back over the lid to where it can be pushed from."""
    if at[2] < CLEAR_Z_M:
        return rise(at, CLEAR_Z_M)
    return slide(X, -longest_step(at[X] - hinge[0] + 0.12))
