"""A low unit with one small drawer; several stand side by side."""

from __future__ import annotations

from cliprt.robots.world import ORIGIN, Body, Colour, Joint, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

DEPTH_M, WIDTH_M, HEIGHT_M = 0.12, 0.125, 0.07
TRAVEL_M = 0.11
INSIDE_M = 0.105
"""Edge of what lies in it has room on."""
FLOOR_M = 0.012
"""Height of the drawer's inside floor above the table."""
_WALL_M, _PANEL_M, _RIM_M = 0.006, 0.010, 0.045
_FRONT_X = -DEPTH_M / 2 - _PANEL_M
MIDDLE: Vector = (_FRONT_X + _PANEL_M + INSIDE_M / 2, 0.0, FLOOR_M)
"""The middle of the drawer's floor, in the frame of the link ``drawer`` [m]."""


def drawer_unit(name: str, colour: Colour, front: Colour = (0.55, 0.36, 0.22)) -> Body:
    """A closed one; its frame lies under its middle, the drawer's front faces -x."""
    return Body(name, (_case(colour), _drawer(front)), fixed=True)


def _case(colour: Colour) -> Link:
    aside, wall = WIDTH_M / 2 - _WALL_M / 2, _WALL_M
    parts = (
        box((DEPTH_M, WIDTH_M, wall), (0.0, 0.0, HEIGHT_M - wall / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, aside, HEIGHT_M / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, -aside, HEIGHT_M / 2), colour),
        box((wall, WIDTH_M, HEIGHT_M), (DEPTH_M / 2 - wall / 2, 0.0, HEIGHT_M / 2), colour),
    )
    return Link("case", parts, 2.0, (0.0, 0.0, HEIGHT_M / 2))


def _drawer(front: Colour) -> Link:
    inside: Colour = (0.80, 0.70, 0.55)
    x, high = MIDDLE[0], _RIM_M - FLOOR_M
    up, aside = FLOOR_M + high / 2, INSIDE_M / 2 + 0.001
    parts = (
        box((_PANEL_M, WIDTH_M - 0.004, 0.058), (_FRONT_X + _PANEL_M / 2, 0.0, 0.035), front),
        box((0.016, 0.03, 0.012), (_FRONT_X - 0.008, 0.0, 0.040), (0.20, 0.20, 0.22)),
        box((INSIDE_M, INSIDE_M, 0.006), (x, 0.0, FLOOR_M - 0.003), inside),
        box((INSIDE_M, 0.002, high), (x, aside, up), inside),
        box((INSIDE_M, 0.002, high), (x, -aside, up), inside),
        box((0.003, INSIDE_M, high), (x + INSIDE_M / 2, 0.0, up), inside),
    )
    rail = Joint("slide", ORIGIN, (-1.0, 0.0, 0.0), 0.0, TRAVEL_M, friction=1.0, damping=2.0)
    return Link("drawer", parts, 0.3, (-0.01, 0.0, 0.03), rail, friction=0.5)


DRAWER_UNIT = Thing(
    ("drawer unit", "desk drawer"),
    drawer_unit,
    (0.90, 0.86, 0.78),
    frozenset({"opened", "filled"}),
    doors=(("drawer", 0.0, TRAVEL_M),),
)
