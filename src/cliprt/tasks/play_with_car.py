"""Play with the orange car: push it from behind, so that it drives off its mat."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.robots.world import Vector, World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.scene import Region, point_of, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cars import HEIGHT_M, LENGTH_M, car, parking_mat
from cliprt.types import Primitive

DRIVEN_M = 0.12
"""How far the car has to drive from the middle of its mat."""
UPRIGHT_RAD = math.radians(15)
BEHIND: Vector = (-LENGTH_M / 2 - 0.055, 0.0, 0.0)
"""Where the hand comes down, in the car's frame [m]."""
PUSH_Z_M = 0.03
"""Height of the pinch point when the fingertips push against the bumper."""
NEAR = Tolerance(x=0.02, y=0.02, z=0.015)
OFF_CENTRE_M = 0.04
"""How far from the car's middle a push still drives it straight."""
CLEAR_Z_M = HEIGHT_M + 0.03
PUSH_M = 0.10


class PlayWithCarTask(TabletopTask):
    """An orange toy car, parked on a mat with its back to the robot."""

    instruction = "Play with the orange car"
    suite = "novel"
    max_steps = 24
    hand = Region((0.30, -0.12, 0.20), (0.42, 0.12, 0.28))
    parked = Region((0.44, -0.15, 0.0), (0.57, 0.15, 0.0))

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The car in the middle of its mat."""
        spot = upright(self.draw(self.parked, rng), self.draw_yaw(rng, math.radians(12)))
        world.add(parking_mat("mat", shade(rng, (0.25, 0.35, 0.75))), spot)
        world.add(car("car", shade(rng, (0.98, 0.45, 0.05))), spot)

    def is_success(self, world: World) -> bool:
        """The car has driven off, and stands on its wheels."""
        pose = world.pose("car")
        driven_m = math.dist(pose[:2], world.pose("mat")[:2])
        return driven_m > DRIVEN_M and tilt_rad(pose) < UPRIGHT_RAD

    def next(self, world: World) -> Primitive | None:
        """Behind the car, down, forward; a car that lies on its side is lost."""
        pose = world.pose("car")
        if tilt_rad(pose) > UPRIGHT_RAD:
            return None
        at = world.tcp_pose
        behind = point_of(pose, BEHIND)
        if _can_push(at, behind):
            return slide(X, PUSH_M)
        return approach(at, (*behind[:2], PUSH_Z_M), CLEAR_Z_M, NEAR) or slide(X, PUSH_M)


def _can_push(at: Sequence[float], behind: Vector) -> bool:
    """Whether the hand is low behind the car, wherever it comes from."""
    is_low = at[Z] < PUSH_Z_M + NEAR.z + 0.005
    return is_low and at[X] < behind[X] + 0.04 and abs(at[Y] - behind[Y]) < OFF_CENTRE_M
