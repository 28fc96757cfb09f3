"""A laptop whose lid opens and falls shut."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Joint, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

DEPTH_M, WIDTH_M = 0.21, 0.30
BASE_HEIGHT_M, LID_THICKNESS_M = 0.018, 0.008
HINGE: Vector = (-DEPTH_M / 2, 0.0, BASE_HEIGHT_M + 0.001)
"""Where the lid turns, in the laptop's frame [m]."""
WIDEST_RAD = 1.95
_DARK: Colour = (0.10, 0.10, 0.12)
_SCREEN: Colour = (0.12, 0.28, 0.50)
_WHITE: Colour = (0.95, 0.95, 0.95)


def laptop(name: str, colour: Colour, angle_rad: float = math.radians(103)) -> Body:
    """An open laptop; its frame lies at the middle of the base's underside.

    Args:
        name: What the body is called.
        colour: Of the case.
        angle_rad: Of the joint ``lid``; 0 = closed, pi/2 = upright.
    """
    return Body(name, (_base(colour), _lid(angle_rad, colour)))


def _base(colour: Colour) -> Link:
    case = box((DEPTH_M, WIDTH_M, BASE_HEIGHT_M), (0.0, 0.0, BASE_HEIGHT_M / 2), colour)
    keyboard = [
        box((0.018, 0.26, 0.001), (-0.075 + 0.024 * row, 0.0, BASE_HEIGHT_M), _DARK, False)
        for row in range(4)
    ]
    touchpad = box((0.055, 0.09, 0.001), (0.062, 0.0, BASE_HEIGHT_M), (0.45, 0.46, 0.48), False)
    return Link("base", (case, *keyboard, touchpad), 1.2, (0.0, 0.0, 0.009), friction=0.9)


def _lid(angle_rad: float, colour: Colour) -> Link:
    middle = DEPTH_M / 2
    size = (DEPTH_M, WIDTH_M, LID_THICKNESS_M)
    shell = box(size, (middle, 0.0, LID_THICKNESS_M / 2), colour)
    screen = box((0.18, 0.27, 0.0006), (middle, 0.0, 0.0), _SCREEN, False)
    badge = box((0.035, 0.035, 0.0006), (middle, 0.0, LID_THICKNESS_M), _WHITE, False)
    pose = (*HINGE, 0.0, 0.0, 0.0)
    hinge = Joint(
        "hinge",
        pose,
        (0.0, -1.0, 0.0),
        0.0,
        WIDEST_RAD,
        friction=0.1,
        damping=0.02,
        start=angle_rad,
    )
    return Link("lid", (shell, screen, badge), 0.25, (middle, 0.0, 0.004), hinge)


LAPTOP = Thing(
    ("laptop", "computer"),
    laptop,
    (0.72, 0.73, 0.76),
    frozenset({"opened"}),
    doors=(("lid", 0.0, WIDEST_RAD),),
)
