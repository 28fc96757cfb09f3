"""What is hollow and open above: a mug, a cup, a bowl; and what is poured."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cliprt.geometry import rotation_about
from cliprt.robots.world import Body, Colour, Link, Part, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box, tube, turned

MUG_HEIGHT_M, MUG_FOOT_M, MUG_RIM_M = 0.085, 0.028, 0.046
"""Of the mug; its inside's radius below and above."""
HANDLE: Vector = (-0.074, 0.0, 0.055)
"""Middle of the handle's grip, in the mug's frame [m]."""
BOWL_RADIUS_M, BOWL_HEIGHT_M = 0.080, 0.045
"""Of the bowl's brim."""
PIECE_RADIUS_M = 0.011
CUP_HEIGHT_M, CUP_FOOT_M, CUP_RIM_M = 0.075, 0.028, 0.029
"""Of the cup; its inside's radius below and above."""
_WALL_M, _SLATS = 0.004, 8
_GRIP: Vector = (0.040, 0.018, 0.060)
_ARM: Vector = (0.032, 0.018, 0.018)


def mug(name: str, colour: Colour) -> Body:
    """A mug that widens upwards; its frame lies under its middle, the handle points to -x."""
    walls = _funnel(MUG_FOOT_M, MUG_RIM_M, MUG_HEIGHT_M, colour)
    bottom = tube(MUG_FOOT_M + _WALL_M, 0.0, _WALL_M, colour)
    grip = box(_GRIP, HANDLE, colour)
    arm_x = HANDLE[0] + (_GRIP[0] + _ARM[0]) / 2 - 0.002
    arm = box(_ARM, (arm_x, 0.0, HANDLE[2]), colour)
    link = Link("mug", (*walls, bottom, grip, arm), 0.12, (-0.01, 0.0, 0.04), friction=0.4)
    return Body(name, (link,))


def bowl(name: str, colour: Colour) -> Body:
    """A wide bowl; its frame lies under its middle."""
    foot_m = BOWL_RADIUS_M - 0.022
    walls = _funnel(foot_m, BOWL_RADIUS_M, BOWL_HEIGHT_M, colour)
    link = Link(
        "bowl", (*walls, tube(foot_m + _WALL_M, 0.0, _WALL_M, colour)), 0.4, (0.0, 0.0, 0.01)
    )
    return Body(name, (link,))


def cup(name: str, colour: Colour) -> Body:
    """A small cup with no handle; its frame lies under its middle."""
    walls = _funnel(CUP_FOOT_M, CUP_RIM_M, CUP_HEIGHT_M, colour)
    bottom = tube(CUP_FOOT_M + _WALL_M, 0.0, _WALL_M, colour)
    return Body(name, (Link("cup", (*walls, bottom), 0.12, (0.0, 0.0, 0.025)),))


def piece(number: int, colour: Colour) -> Body:
    """A ball of dog food; its frame lies at its middle."""
    part = Part("sphere", (PIECE_RADIUS_M, 0.0, 0.0), colour=colour)
    return Body(f"piece {number}", (Link("piece", (part,), 0.004, friction=0.2),))


def _funnel(foot_m: float, brim_m: float, height_m: float, colour: Colour) -> Iterator[Part]:
    """Slats around a room whose radius grows from `foot_m` to `brim_m`.

    Tipped to a side, it lies on the flat of a slat: in the corner of two, pieces would jam.
    """
    lean = math.atan2(brim_m - foot_m, height_m)
    radius = (foot_m + brim_m + _WALL_M) / 2
    width = 2 * (brim_m + _WALL_M) * math.tan(math.pi / _SLATS)
    for i in range(_SLATS):
        angle = 2 * math.pi * i / _SLATS
        turn = rotation_about(2, angle) @ rotation_about(1, lean)
        centre = (radius * math.cos(angle), radius * math.sin(angle), height_m / 2)
        size = (_WALL_M, round(width, 5), round(height_m / math.cos(lean), 5))
        yield Part("box", size, turned(centre, turn), colour)


MUG = Thing(
    ("mug", "coffee mug", "beaker"),
    mug,
    (0.15, 0.45, 0.85),
    frozenset({"held", "filled", "poured"}),
    grasp=(*HANDLE, 0.0),
)

CUP = Thing(
    ("cup", "glass", "tumbler"),
    cup,
    (0.10, 0.62, 0.22),
    frozenset({"held", "filled"}),
    grasp=(0.0, 0.0, CUP_HEIGHT_M - 0.02, 0.0),
)

BOWL = Thing(
    ("bowl", "dog bowl", "basin"),
    bowl,
    (0.85, 0.12, 0.15),
    frozenset({"filled"}),
)
