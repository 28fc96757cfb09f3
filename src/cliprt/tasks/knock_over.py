"""Knock over the purple bottle: push it forwards above its centre of mass."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import X, Y, Z, descend, longest_step, nearest_step, rise, slide
from cliprt.tasks.scene import Region, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.bottle import HEIGHT_M, RADIUS_M, bottle
from cliprt.types import Primitive

LEANING_RAD, LYING_RAD = math.radians(8), math.radians(75)
"""Tilt of a bottle that the hand is pushing over, and of one that lies."""
PUSH_Z_M, PUSH_Z_NEAR_M = 0.11, 0.02
"""Height of the pinch point at which the fingers meet the belly and the palm the neck."""
PUSH_M = 0.10
"""One push."""
OFF_CENTRE_M = 0.03
"""How far aside of the bottle a push still meets it with the palm or a finger."""
BEFORE_M = RADIUS_M + 0.05
"""How far before the bottle's middle the hand can move sideways and down without touching it."""
PAST_M = 0.12
"""How far before the bottle's middle a hand that went beyond it comes down again."""
CLEAR_Z_M = HEIGHT_M + 0.03
"""Above the bottle, for coming back over it."""


class KnockOverTask(TabletopTask):
    """A tall bottle stands in front of the robot."""

    instruction = "Knock over the purple bottle"
    suite = "common"
    max_steps = 18
    hand = Region((0.30, -0.12, 0.20), (0.40, 0.12, 0.28))
    standing = Region((0.50, -0.14, 0.0), (0.64, 0.14, 0.0))

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One standing bottle."""
        body = bottle("bottle", shade(rng, (0.50, 0.12, 0.62)))
        world.add(body, upright(self.draw(self.standing, rng), self.draw_yaw(rng, math.pi)))

    def is_success(self, world: World) -> bool:
        """The bottle lies."""
        return tilt_rad(world.pose("bottle")) > LYING_RAD

    def next(self, world: World) -> Primitive | None:
        """In front of the bottle, down to its shoulder, forward until it falls."""
        at, spot = world.tcp_pose, world.pose("bottle")
        if tilt_rad(spot) > LEANING_RAD:
            return slide(X, PUSH_M)
        aside, ahead = spot[Y] - at[Y], spot[X] - at[X]
        if ahead < 0:
            back = slide(X, -longest_step(PAST_M - ahead))
            return rise(at, CLEAR_Z_M) if at[Z] < CLEAR_Z_M else back
        if abs(aside) > OFF_CENTRE_M:
            return slide(X, -PUSH_M) if ahead < BEFORE_M else slide(Y, nearest_step(aside))
        if abs(at[Z] - PUSH_Z_M) > PUSH_Z_NEAR_M:
            above = ahead < BEFORE_M and at[Z] > PUSH_Z_M
            return slide(X, -PUSH_M) if above else descend(at, PUSH_Z_M, PUSH_Z_NEAR_M)
        return slide(X, PUSH_M)
