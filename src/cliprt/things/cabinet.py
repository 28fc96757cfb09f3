"""A cabinet with one drawer, which a bar pulls out."""

from __future__ import annotations

from cliprt.robots.world import ORIGIN, Body, Colour, Joint, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

DEPTH_M, WIDTH_M, HEIGHT_M = 0.22, 0.27, 0.12
TRAVEL_M = 0.20
BAR_HEIGHT_M = 0.092
"""Of the middle of the bar above the table."""
GAP_M = 0.07
"""Between the drawer's front and the bar: room for the fingers."""
_PANEL_M, _BAR_M, _WALL_M = 0.014, 0.014, 0.01
_FRONT_X = -DEPTH_M / 2 - _PANEL_M
HOOK: Vector = (_FRONT_X - GAP_M / 2, 0.0, BAR_HEIGHT_M)
"""The middle of the gap behind the bar, in the frame of the link ``drawer`` [m]."""


def cabinet(
    name: str,
    case: Colour,
    front: Colour = (0.55, 0.36, 0.22),
    handle: Colour = (0.20, 0.20, 0.22),
) -> Body:
    """A closed cabinet; its frame lies under its middle, the drawer's front faces -x."""
    return Body(name, (_case(case), _drawer(front, handle)), fixed=True)


def _case(colour: Colour) -> Link:
    half_width, wall = WIDTH_M / 2 - _WALL_M / 2, _WALL_M
    parts = (
        box((DEPTH_M, WIDTH_M, wall), (0.0, 0.0, HEIGHT_M - wall / 2), colour),
        box((DEPTH_M, WIDTH_M, wall), (0.0, 0.0, wall / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, half_width, HEIGHT_M / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, -half_width, HEIGHT_M / 2), colour),
        box((wall, WIDTH_M, HEIGHT_M), (DEPTH_M / 2 - wall / 2, 0.0, HEIGHT_M / 2), colour),
    )
    return Link("case", parts, 3.0, (0.0, 0.0, HEIGHT_M / 2))


def _drawer(front: Colour, handle: Colour) -> Link:
    inside: Colour = (0.80, 0.70, 0.55)
    bar_x = _FRONT_X - GAP_M - _BAR_M / 2
    post = (GAP_M + _BAR_M, 0.012, 0.016)
    post_x = _FRONT_X - (GAP_M + _BAR_M) / 2
    parts = (
        box((_PANEL_M, 0.25, 0.094), (_FRONT_X + _PANEL_M / 2, 0.0, 0.06), front),
        box((0.19, 0.23, 0.006), (-0.012, 0.0, 0.021), inside),
        box((0.19, 0.006, 0.05), (-0.012, 0.112, 0.046), inside),
        box((0.19, 0.006, 0.05), (-0.012, -0.112, 0.046), inside),
        box((0.006, 0.23, 0.05), (0.08, 0.0, 0.046), inside),
        box((_BAR_M, 0.236, 0.02), (bar_x, 0.0, BAR_HEIGHT_M), handle),
        box(post, (post_x, 0.112, BAR_HEIGHT_M), handle),
        box(post, (post_x, -0.112, BAR_HEIGHT_M), handle),
    )
    rail = Joint("slide", ORIGIN, (-1.0, 0.0, 0.0), 0.0, TRAVEL_M, friction=1.0, damping=2.0)
    return Link("drawer", parts, 0.5, (-0.03, 0.0, 0.05), rail, friction=0.5)


CABINET = Thing(
    ("cabinet", "drawer", "cupboard", "chest of drawers"),
    cabinet,
    (0.90, 0.86, 0.78),
    frozenset({"opened", "filled"}),
    doors=(("drawer", 0.0, TRAVEL_M),),
)
