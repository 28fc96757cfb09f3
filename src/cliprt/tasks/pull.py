"""Pull out the tissue: grasp what looks out of the box, and raise it."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, Z, approach, set_gripper, slide
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.tissues import BOX_M, FLOOR_M, GRASP, THICKNESS_M, TISSUE, tissue, tissue_box
from cliprt.types import Primitive

NEAR = Tolerance(x=0.016, y=0.014, z=0.012)
CLEAR_Z_M = 0.155
PULL_M = 0.10


class PullTask(TabletopTask):
    """A box of tissues, one of which looks out."""

    instruction = "Pull out the tissue"
    suite = "common"
    max_steps = 28
    hand = Region((0.36, -0.10, 0.22), (0.48, 0.10, 0.30))
    standing = Region((0.44, -0.14, 0.0), (0.60, 0.14, 0.0))
    """Of the box's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The box, and the tissue in its opening."""
        x, y, _ = self.draw(self.standing, rng)
        yaw = self.draw_yaw(rng, math.radians(12))
        world.add(
            tissue_box("tissue box", shade(rng, (0.45, 0.18, 0.68))), upright((x, y, 0.0), yaw)
        )
        world.add(tissue("tissue", TISSUE.colour), upright((x, y, FLOOR_M), yaw))

    def is_success(self, world: World) -> bool:
        """The tissue's lower end is above the box, or the tissue is beside it."""
        foot, box = world.pose("tissue")[:3], world.pose("tissue box")[:3]
        return foot[2] - box[2] > BOX_M[2] or math.dist(foot[:2], box[:2]) > BOX_M[0]

    def next(self, world: World) -> Primitive | None:
        """Over the tissue, down around it, close, up."""
        at, goal = world.tcp_pose, point_of(world.pose("tissue"), GRASP)
        if world.gripper == "closed":
            near = math.dist(at[:3], goal) < 0.03 and world.gripper_opening_m > THICKNESS_M / 2
            return slide(Z, PULL_M) if near else set_gripper("open")
        return approach(at, goal, CLEAR_Z_M, NEAR) or set_gripper("closed")
