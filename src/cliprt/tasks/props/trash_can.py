"""A small trash can; a broad tab beyond the hinge of its lid opens it when pushed down."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Joint, Link, Part, Vector

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
    can: Colour = (0.16, 0.42, 0.34),
    lid: Colour = (0.10, 0.26, 0.22),
    tab: Colour = (0.98, 0.78, 0.08),
) -> Body:
    """A closed can with crumpled paper in it; its frame lies under its middle, the tab faces -x."""
    return Body("trash can", (_can(can), _lid(lid, tab)))


def _can(colour: Colour) -> Link:
    depth, width = DEPTH_M / 2 - _WALL_M / 2, WIDTH_M / 2 - _WALL_M / 2
    middle = HEIGHT_M / 2
    parts = (
        _box((DEPTH_M, WIDTH_M, _WALL_M), (0.0, 0.0, _WALL_M / 2), colour),
        _box((_WALL_M, WIDTH_M, HEIGHT_M), (depth, 0.0, middle), colour),
        _box((_WALL_M, WIDTH_M, HEIGHT_M), (-depth, 0.0, middle), colour),
        _box((DEPTH_M, _WALL_M, HEIGHT_M), (0.0, width, middle), colour),
        _box((DEPTH_M, _WALL_M, HEIGHT_M), (0.0, -width, middle), colour),
        _paper(0.034, (-0.02, 0.03, 0.085)),
        _paper(0.030, (0.03, -0.03, 0.080)),
        _paper(0.028, (-0.03, -0.04, 0.075)),
    )
    return Link("can", parts, 1.5, (0.0, 0.0, 0.04), friction=0.9)


def _lid(colour: Colour, tab: Colour) -> Link:
    plate = _box((DEPTH_M, WIDTH_M, _LID_M), (DEPTH_M / 2, 0.0, _LID_M / 2), colour)
    along, up = math.cos(TAB_RISE_RAD) * TAB_M / 2, math.sin(TAB_RISE_RAD) * TAB_M / 2
    lever = Part(
        "box",
        (TAB_M, TAB_WIDTH_M, 0.010),
        (-along, 0.0, up + _LID_M / 2, 0.0, TAB_RISE_RAD, 0.0),
        tab,
    )
    hinge = Joint(
        "hinge",
        (*HINGE, 0.0, 0.0, 0.0),
        axis=(0.0, -1.0, 0.0),
        lower=0.0,
        upper=WIDEST_RAD,
        friction=0.02,
        damping=0.01,
    )
    return Link("lid", (plate, lever), 0.12, (0.06, 0.0, 0.01), hinge, friction=0.3)


def _box(size: Vector, centre: Vector, colour: Colour) -> Part:
    return Part("box", size, (*centre, 0.0, 0.0, 0.0), colour)


def _paper(radius_m: float, centre: Vector) -> Part:
    return Part("sphere", (radius_m, 0.0, 0.0), (*centre, 0.0, 0.0, 0.0), _PAPER, solid=False)
