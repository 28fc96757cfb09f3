"""A small trash can whose lid a tab opens."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Joint, Link, Part, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import ball, box, crate

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


def trash_can(
    name: str,
    can: Colour,
    lid: Colour = (0.10, 0.26, 0.22),
    tab: Colour = (0.98, 0.78, 0.08),
) -> Body:
    """A closed can with crumpled paper in it; its frame lies under its middle, the tab faces -x."""
    return Body(name, (_can(can), _lid(lid, tab)))


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


TRASH_CAN = Thing(
    ("trash can", "bin", "trash bin", "dustbin", "waste bin", "garbage can", "rubbish bin"),
    trash_can,
    (0.16, 0.42, 0.34),
    frozenset({"opened", "filled"}),
    doors=(("lid", 0.0, WIDEST_RAD),),
)
