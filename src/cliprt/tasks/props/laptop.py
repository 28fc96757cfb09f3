"""A laptop whose lid turns about the edge nearest to the robot."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Joint, Link, Part, Vector

DEPTH_M, WIDTH_M = 0.21, 0.30
BASE_HEIGHT_M, LID_THICKNESS_M = 0.018, 0.008
HINGE: Vector = (-DEPTH_M / 2, 0.0, BASE_HEIGHT_M + 0.001)
"""Where the lid turns, in the laptop's frame [m]."""
WIDEST_RAD = 1.95

_DARK: Colour = (0.10, 0.10, 0.12)
_SCREEN: Colour = (0.12, 0.28, 0.50)


def laptop(angle_rad: float, colour: Colour = (0.72, 0.73, 0.76)) -> Body:
    """An open laptop; its frame lies at the middle of the base's underside.

    Args:
        angle_rad: Of the joint ``lid``; 0 = closed, pi/2 = upright.
        colour: Of the case.
    """
    return Body("laptop", (_base(colour), _lid(angle_rad, colour)))


def _base(colour: Colour) -> Link:
    case = Part(
        "box",
        (DEPTH_M, WIDTH_M, BASE_HEIGHT_M),
        (0.0, 0.0, BASE_HEIGHT_M / 2, 0.0, 0.0, 0.0),
        colour,
    )
    keyboard = [
        _inlay((0.018, 0.26, 0.001), (-0.075 + 0.024 * row, 0.0, BASE_HEIGHT_M), _DARK)
        for row in range(4)
    ]
    touchpad = _inlay((0.055, 0.09, 0.001), (0.062, 0.0, BASE_HEIGHT_M), (0.45, 0.46, 0.48))
    return Link("base", (case, *keyboard, touchpad), 1.2, (0.0, 0.0, 0.009), friction=0.9)


def _lid(angle_rad: float, colour: Colour) -> Link:
    middle = DEPTH_M / 2
    shell = Part(
        "box",
        (DEPTH_M, WIDTH_M, LID_THICKNESS_M),
        (middle, 0.0, LID_THICKNESS_M / 2, 0.0, 0.0, 0.0),
        colour,
    )
    screen = _inlay((0.18, 0.27, 0.0006), (middle, 0.0, 0.0), _SCREEN)
    badge = _inlay((0.035, 0.035, 0.0006), (middle, 0.0, LID_THICKNESS_M), (0.95, 0.95, 0.95))
    hinge = Joint(
        "hinge",
        (*HINGE, 0.0, 0.0, 0.0),
        axis=(0.0, -1.0, 0.0),
        lower=0.0,
        upper=WIDEST_RAD,
        friction=0.1,
        damping=0.02,
        start=angle_rad,
    )
    return Link("lid", (shell, screen, badge), 0.25, (middle, 0.0, 0.004), hinge)


def _inlay(size: Vector, centre: Vector, colour: Colour) -> Part:
    return Part("box", size, (*centre, 0.0, 0.0, 0.0), colour, solid=False)
