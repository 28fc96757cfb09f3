"""Pull out the tissue: grasp what looks out of the box, and raise it."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Body, Colour, Link, Part, Vector, World
from cliprt.tasks.guide import Tolerance, Z, approach, set_gripper, slide
from cliprt.tasks.props.shapes import box
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.types import Primitive

BOX_M: Vector = (0.18, 0.16, 0.07)
HOLE_M = (0.09, 0.08)
"""Its opening (x, y): room for the tissue to follow the fingers."""
FLOOR_M, HEIGHT_M = 0.005, 0.125
"""The tissue's height; it stands on the box's floor."""
THICKNESS_M = 0.016
"""Where it is gathered and can be held."""

_FOOT_M: Vector = (0.052, 0.036, 0.02)
_DARK: Colour = (0.12, 0.10, 0.20)
_WHITE: Colour = (0.97, 0.97, 0.98)

GRASP: Vector = (0.0, 0.0, HEIGHT_M - 0.025)
"""Where the tissue is grasped, in its own frame."""
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
        world.add(tissue_box(shade(rng, (0.45, 0.18, 0.68))), upright((x, y, 0.0), yaw))
        world.add(tissue(), upright((x, y, FLOOR_M), yaw))

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


def tissue_box(colour: Colour) -> Body:
    """A box that is open above; its frame lies under its middle."""
    (length, width, height), (hole_x, hole_y) = BOX_M, HOLE_M
    edge_x, edge_y, middle = (length - hole_x) / 2, (width - hole_y) / 2, height / 2
    parts = [box((length, width, FLOOR_M), (0.0, 0.0, FLOOR_M / 2), _DARK)]
    for side in (-1, 1):
        end = (side * (hole_x + edge_x) / 2, 0.0, middle)
        flank = (0.0, side * (hole_y + edge_y) / 2, middle)
        parts.append(box((edge_x, width, height), end, colour))
        parts.append(box((hole_x, edge_y, height), flank, colour))
    link = Link("box", tuple(parts), 1.0, (0.0, 0.0, middle))
    return Body("tissue box", (link,))


def tissue() -> Body:
    """A tissue gathered upwards, folded below; its frame lies under its middle.

    It is a stiff plate on a foot, since cloth costs too much to simulate, and heavier than paper:
    the solver lets strong fingers sink into what weighs next to nothing.
    """
    gathered = HEIGHT_M - _FOOT_M[2]
    size = (0.052, 0.003, gathered)
    folds = (
        Part("box", size, (0.0, side * 0.012, 0.072, side * 0.1, 0.0, 0.0), _WHITE, solid=False)
        for side in (-1, 1)
    )
    parts = (
        box(_FOOT_M, (0.0, 0.0, _FOOT_M[2] / 2), (0.88, 0.88, 0.92)),
        box((0.05, THICKNESS_M, gathered), (0.0, 0.0, _FOOT_M[2] + gathered / 2), _WHITE),
        *folds,
    )
    return Body("tissue", (Link("tissue", parts, 0.12, (0.0, 0.0, 0.03), friction=0.6),))
