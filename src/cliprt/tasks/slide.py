"""Slide the red car to the Piglet: push it from behind until its bumper is near the figure."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, longest_step, slide
from cliprt.tasks.scene import Region, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cars import AXLE_FRICTION_NM, HEIGHT_M, LENGTH_M, car
from cliprt.things.figures import PIGLET_RADIUS_M, piglet
from cliprt.types import Primitive

CAR, PIGLET = "red car", "piglet"
TOUCHING_M = LENGTH_M / 2 + PIGLET_RADIUS_M
"""Between the middles of car and Piglet when the bumper touches the figure."""
NEAR_GAP_M = 0.04
"""Largest gap between the bumper and the figure that counts as having arrived."""
BESIDE_M = 0.06
"""How far aside of the figure the car may stop and still be in front of it."""
UPRIGHT_RAD = math.radians(15)
BEHIND_M = LENGTH_M / 2 + 0.045
"""From the car's middle back to where the hand comes down."""
PUSHING_M = LENGTH_M / 2 + 0.018
"""From the car's middle back to the pinch point of fingers that touch the bumper."""
PUSH_Z_M = 0.036
NEAR = Tolerance(x=0.02, y=0.02, z=0.016)
OFF_CENTRE_M = 0.04
"""How far from the car's middle a push still drives it straight."""
CLEAR_Z_M = HEIGHT_M + 0.03
LONGEST_PUSH_M = 0.10


class SlideTask(TabletopTask):
    """A red toy car with its back to the robot, and Piglet in front of it."""

    instruction = "Slide the red car to the Piglet"
    suite = "common"
    max_steps = 24
    hand = Region((0.30, -0.12, 0.20), (0.40, 0.12, 0.28))
    parked = Region((0.42, -0.14, 0.0), (0.50, 0.14, 0.0))
    ahead = Region((0.22, -0.02, 0.0), (0.27, 0.02, 0.0))
    """Of Piglet, from the car's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The car, and Piglet straight ahead of it."""
        x, y, _ = self.draw(self.parked, rng)
        yaw = self.draw_yaw(rng, math.radians(5))
        world.add(
            car(CAR, shade(rng, (0.88, 0.06, 0.06)), AXLE_FRICTION_NM), upright((x, y, 0), yaw)
        )
        dx, dy, _ = self.draw(self.ahead, rng)
        facing = upright((x + dx, y + dy, 0.0), self.draw_yaw(rng, math.radians(20)))
        world.add(piglet("piglet", shade(rng, (0.98, 0.45, 0.68))), facing)

    def is_success(self, world: World) -> bool:
        """The car stands close in front of Piglet, and neither has fallen."""
        return _can_arrive(world) and _gap_m(world) < NEAR_GAP_M

    def next(self, world: World) -> Primitive | None:
        """Behind the car, down, forward as far as the gap allows."""
        if not _can_arrive(world):
            return None
        at, (x, y, _) = world.tcp_pose, world.pose(CAR)[:3]
        is_low = at[Z] < PUSH_Z_M + NEAR.z + 0.004
        if is_low and x - 0.15 < at[X] < x - 0.05 and abs(at[Y] - y) < OFF_CENTRE_M:
            return _push(x - PUSHING_M - at[X] + _gap_m(world))
        goal = (x - BEHIND_M, y, PUSH_Z_M)
        return approach(at, goal, CLEAR_Z_M, NEAR) or _push(0.0)


def _can_arrive(world: World) -> bool:
    """Whether both stand, and the car has Piglet ahead of it."""
    stand = all(tilt_rad(world.pose(name)) < UPRIGHT_RAD for name in (CAR, PIGLET))
    aside_m = abs(world.pose(PIGLET)[Y] - world.pose(CAR)[Y])
    return stand and aside_m < BESIDE_M and _gap_m(world) > -NEAR_GAP_M


def _gap_m(world: World) -> float:
    """Between the car's front bumper and Piglet."""
    return world.pose(PIGLET)[X] - world.pose(CAR)[X] - TOUCHING_M


def _push(room_m: float) -> Primitive:
    return slide(X, min(longest_step(room_m), LONGEST_PUSH_M))
