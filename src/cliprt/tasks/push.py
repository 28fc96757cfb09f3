"""Push the red box forward: get behind it, down, and push until it has left its mat."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.scene import Region, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.boxes import BOX_M, cardboard_box
from cliprt.things.cloths import MAT_M, mat
from cliprt.types import Primitive

OFF_MAT_M = (BOX_M[0] + MAT_M[0]) / 2
"""How far the box's middle is from the mat's when it has just left it: 9 cm."""
UPRIGHT_RAD = math.radians(10)
BEHIND_M = 0.075
"""From the box's middle back to where the hand comes down."""
PUSH_Z_M = 0.04
NEAR = Tolerance(x=0.025, y=0.025, z=0.015)
TOUCHING_M = 0.11
"""How far behind the box's middle the hand may be and still push at once."""
ASTRAY_M = 0.04
"""How far off its middle a push still moves it straight on."""
CLEAR_Z_M = 0.10
PUSH_M = 0.10


class PushTask(TabletopTask):
    """A red box stands on a mat."""

    instruction = "Push the red box forward"
    suite = "common"
    max_steps = 20
    hand = Region((0.28, -0.12, 0.19), (0.38, 0.12, 0.27))
    standing = Region((0.44, -0.14, 0.0), (0.56, 0.14, 0.0))

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The mat, and the box in its middle."""
        pose = upright(self.draw(self.standing, rng), self.draw_yaw(rng, math.radians(8)))
        world.add(mat("mat", shade(rng, (0.10, 0.55, 0.60))), pose)
        world.add(cardboard_box("red box", shade(rng, (0.85, 0.10, 0.10))), pose)

    def is_success(self, world: World) -> bool:
        """The box stands upright in front of the mat, seen from the robot."""
        now, start = world.pose("red box"), world.pose("mat")
        stands = now[Z] < 0.01 and tilt_rad(now) < UPRIGHT_RAD
        return stands and now[X] - start[X] > OFF_MAT_M and abs(now[Y] - start[Y]) < OFF_MAT_M

    def next(self, world: World) -> Primitive | None:
        """Behind the box, down, forward."""
        at, (x, y, _) = world.tcp_pose, world.pose("red box")[:3]
        is_low = at[Z] < PUSH_Z_M + NEAR.z
        is_behind = 0.0 < x - at[X] < TOUCHING_M and abs(y - at[Y]) < ASTRAY_M
        if is_low and is_behind:
            return slide(X, PUSH_M)
        return approach(at, (x - BEHIND_M, y, PUSH_Z_M), CLEAR_Z_M, NEAR) or slide(X, PUSH_M)
