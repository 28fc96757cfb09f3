"""Open the trash can: push the tab behind its hinge down, until the lid stands open."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Body, Colour, Joint, Link, Part, Vector, World
from cliprt.tasks.guide import Tolerance, Z, approach, slide
from cliprt.tasks.props.shapes import ball, box, crate
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.types import Primitive

DEPTH_M, WIDTH_M, HEIGHT_M = 0.15, 0.16, 0.13
"""Of the can, without its lid."""
HINGE: Vector = (-DEPTH_M / 2, 0.0, HEIGHT_M + 0.001)
"""Where the lid turns, in the can's frame [m]: at the edge nearest to the robot."""
TAB_M, TAB_WIDTH_M = 0.095, 0.12
"""Length from the hinge, and width, of the tab."""
TAB_RISE_RAD = math.radians(35)
"""How steeply the tab of a closed lid rises towards its end."""
WIDEST_RAD = math.radians(110)

_WALL_M, _LID_M = 0.008, 0.010
_PAPER: Colour = (0.97, 0.97, 0.95)

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


def trash_can(can: Colour, lid: Colour, tab: Colour) -> Body:
    """A closed can with crumpled paper in it; its frame lies under its middle, the tab faces -x."""
    return Body("trash can", (_can(can), _lid(lid, tab)))


def _can(colour: Colour) -> Link:
    parts = (
        *crate((DEPTH_M, WIDTH_M, HEIGHT_M), _WALL_M, colour),
        ball(0.034, (-0.02, 0.03, 0.085), _PAPER, solid=False),
        ball(0.030, (0.03, -0.03, 0.080), _PAPER, solid=False),
        ball(0.028, (-0.03, -0.04, 0.075), _PAPER, solid=False),
    )
    return Link("can", parts, 1.5, (0.0, 0.0, 0.04), friction=0.9)


def _lid(colour: Colour, tab: Colour) -> Link:
    plate = box((DEPTH_M, WIDTH_M, _LID_M), (DEPTH_M / 2, 0.0, _LID_M / 2), colour)
    along, up = math.cos(TAB_RISE_RAD) * TAB_M / 2, math.sin(TAB_RISE_RAD) * TAB_M / 2
    rising = (-along, 0.0, up + _LID_M / 2, 0.0, TAB_RISE_RAD, 0.0)
    lever = Part("box", (TAB_M, TAB_WIDTH_M, 0.010), rising, tab)
    pose = (*HINGE, 0.0, 0.0, 0.0)
    hinge = Joint("hinge", pose, (0.0, -1.0, 0.0), 0.0, WIDEST_RAD, friction=0.02, damping=0.01)
    return Link("lid", (plate, lever), 0.12, (0.06, 0.0, 0.01), hinge, friction=0.3)
