"""Open the cabinet: hook the drawer's bar from above and pull."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cabinet import GAP_M, HOOK, WIDTH_M, cabinet
from cliprt.types import Primitive

OPEN_M = 0.12
"""Drawn out so far, anybody would call it open."""
HOOK_Z_M = 0.085
"""Height of the pinch point at which the fingers reach below the bar."""
NEAR = Tolerance(x=0.015, y=0.03, z=0.015)
PULL_M = 0.10
CLEAR_Z_M = 0.125


class OpenCabinetTask(TabletopTask):
    """A cabinet whose drawer faces the robot."""

    instruction = "Open the cabinet"
    suite = "novel"
    max_steps = 20
    hand = Region((0.36, -0.12, 0.19), (0.48, 0.12, 0.29))
    standing = Region((0.60, -0.12, 0.0), (0.72, 0.12, 0.0))
    """Of the cabinet's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One closed cabinet."""
        yaw = self.draw_yaw(rng, math.radians(6))
        body = cabinet(
            "cabinet",
            shade(rng, (0.90, 0.86, 0.78)),
            shade(rng, (0.55, 0.36, 0.22)),
            (0.20, 0.20, 0.22),
        )
        world.add(body, upright(self.draw(self.standing, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The drawer is drawn out."""
        return world.joint("cabinet", "drawer") > OPEN_M

    def next(self, world: World) -> Primitive | None:
        """Over the gap behind the bar, down into it, back."""
        at = world.tcp_pose
        goal = (*point_of(world.pose("cabinet", "drawer"), HOOK)[:2], HOOK_Z_M)
        if _is_hooked(at, goal):
            return slide(X, -PULL_M)
        return approach(at, goal, CLEAR_Z_M, NEAR) or slide(X, -PULL_M)


def _is_hooked(at: Sequence[float], gap: Sequence[float]) -> bool:
    """Whether the fingers are behind the bar, wherever in the gap."""
    inside = abs(at[X] - gap[X]) < GAP_M / 2 and abs(at[Y] - gap[Y]) < WIDTH_M / 3
    return inside and at[Z] < HOOK_Z_M + NEAR.z
