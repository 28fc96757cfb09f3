"""A cup that stands on its rim and can hide something."""

from __future__ import annotations

import math

from cliprt.geometry import rotation_about
from cliprt.robots.world import Body, Colour, Link, Part
from cliprt.things.interface import Thing
from cliprt.things.shapes import turned

CUP_M, RIM_RADIUS_M, FOOT_RADIUS_M = 0.100, 0.036, 0.028
"""Height and radii of the cup; the rim stands on the table, the foot is on top."""
HOLLOW_M = 0.052
"""Height of the room inside."""
_WALL_M, _SLATS = 0.003, 12
_TAPER_RAD = math.atan2(RIM_RADIUS_M - FOOT_RADIUS_M, CUP_M)


def upside_down_cup(name: str, colour: Colour) -> Body:
    """An upside-down cup, hollow below, a thick foot on top by which it can be held.

    What is seen is one tapered wall.  What is felt is that wall around the hollow and, above it, an
    upright cylinder, because flat fingers slip off a cone.  Its frame lies in the middle of the
    rim's plane.
    """
    turns = [2 * math.pi * i / _SLATS for i in range(_SLATS)]
    seen = tuple(_slat(turn, CUP_M, colour, solid=False) for turn in turns)
    felt = tuple(_slat(turn, HOLLOW_M, colour, visible=False) for turn in turns)
    thickness = CUP_M - HOLLOW_M
    middle = (0.0, 0.0, CUP_M - thickness / 2, 0.0, 0.0, 0.0)
    grip = Part("cylinder", (FOOT_RADIUS_M, thickness, 0.0), middle, visible=False)
    # Three turned squares make a foot of twelve corners that is shaded flat.
    feet = tuple(_foot(turn, colour) for turn in turns[:3])
    link = Link("cup", (*seen, *felt, grip, *feet), 0.05, (0.0, 0.0, 0.05), friction=0.6)
    return Body(name, (link,))


def _slat(
    turn_rad: float, height_m: float, colour: Colour, solid: bool = True, visible: bool = True
) -> Part:
    """One slat of the wall, from the rim up to a height, its outer face on the cone."""
    radius = RIM_RADIUS_M - math.tan(_TAPER_RAD) * height_m / 2 - _WALL_M / 2
    turn = rotation_about(2, turn_rad) @ rotation_about(1, -_TAPER_RAD)
    centre = (radius * math.cos(turn_rad), radius * math.sin(turn_rad), height_m / 2)
    size = (_WALL_M, round(2 * radius * math.tan(math.pi / _SLATS) + 0.001, 5), height_m)
    return Part("box", size, turned(centre, turn), colour, solid, visible)


def _foot(turn_rad: float, colour: Colour) -> Part:
    edge = round((FOOT_RADIUS_M + 0.001) * math.sqrt(2), 5)
    pose = (0.0, 0.0, CUP_M - _WALL_M / 2, 0.0, 0.0, round(turn_rad, 5))
    return Part("box", (edge, edge, _WALL_M), pose, colour, solid=False)


UPSIDE_DOWN_CUP = Thing(
    ("upside-down cup", "upturned cup", "upside down cup", "overturned cup"),
    upside_down_cup,
    (0.10, 0.62, 0.22),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.082, 0.0),
)
