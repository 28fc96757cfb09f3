"""Open the trash can: push the tab behind its hinge down, until the lid stands open."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, Z, approach, slide
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.trash_can import HINGE, trash_can
from cliprt.types import Primitive

OPEN_RAD = math.radians(85)
"""From there it stays open by itself."""
PRESS = (HINGE[0] - 0.045, 0.0, HINGE[2])
"""Where the tab is pressed, in the can's frame [m]: half-way to its end."""
PRESS_Z_M = 0.045
"""Height of the pinch point when the tab hangs down and the lid stands open."""
NEAR = Tolerance(x=0.015, y=0.03, z=0.015)
CLEAR_Z_M = 0.205
"""Above the tab of a closed lid."""


class OpenTrashCanTask(TabletopTask):
    """A small trash can whose tab faces the robot."""

    instruction = "Open the trash can"
    suite = "novel"
    max_steps = 20
    hand = Region((0.34, -0.12, 0.24), (0.46, 0.12, 0.32))
    standing = Region((0.52, -0.14, 0.0), (0.66, 0.14, 0.0))
    """Of the can's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One closed can."""
        yaw = self.draw_yaw(rng, math.radians(12))
        body = trash_can(
            "trash can",
            shade(rng, (0.16, 0.42, 0.34)),
            shade(rng, (0.10, 0.26, 0.22)),
            shade(rng, (0.98, 0.78, 0.08)),
        )
        world.add(body, upright(self.draw(self.standing, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The lid stands open."""
        return world.joint("trash can", "lid") > OPEN_RAD

    def next(self, world: World) -> Primitive | None:
        """Over the tab, then down until the lid stands open."""
        x, y, _ = point_of(world.pose("trash can"), PRESS)
        goal = (x, y, PRESS_Z_M)
        return approach(world.tcp_pose, goal, CLEAR_Z_M, NEAR) or slide(Z, -0.01)
