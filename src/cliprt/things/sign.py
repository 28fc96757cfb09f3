"""A sign on a stand, with an arrow on one side, to be turned by its post."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Link, Part, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box, tube

POST_M, HEIGHT_M = 0.026, 0.15
"""Edge of the square post; height of it all."""
BOARD_M: Vector = (0.012, 0.11, 0.055)
_BOARD_Z_M = 0.07
_FOOT_M, _FOOT_RADIUS_M = 0.012, 0.045


def sign(name: str, colour: Colour) -> Body:
    """A sign that looks towards -x; its frame lies under its middle.

    The post stands above the board, where a hand holds it and turns it about the vertical.
    """
    white, dark = (0.96, 0.96, 0.95), (0.25, 0.25, 0.27)
    front, face_x = (0.001, 0.098, 0.043), -(POST_M + BOARD_M[0]) / 2
    at = face_x - BOARD_M[0] / 2
    parts = (
        tube(_FOOT_RADIUS_M, 0.0, _FOOT_M, dark),
        box((POST_M, POST_M, HEIGHT_M - _FOOT_M), (0, 0, (HEIGHT_M + _FOOT_M) / 2), dark),
        box(BOARD_M, (face_x, 0.0, _BOARD_Z_M), colour),
        box(front, (at, 0.0, _BOARD_Z_M), white, solid=False),
        box((0.001, 0.062, 0.010), (at - 0.0006, -0.004, _BOARD_Z_M), colour, solid=False),
        *(_barb(at - 0.0006, side, colour) for side in (1, -1)),
    )
    return Body(name, (Link("sign", parts, 0.25, (0.0, 0.0, 0.03), friction=0.4),))


def _barb(x_m: float, side: int, colour: Colour) -> Part:
    """One half of the arrow's head, which points to the left of who looks along +x."""
    pose = (x_m, 0.022, _BOARD_Z_M + side * 0.0075, side * math.radians(-45), 0.0, 0.0)
    return Part("box", (0.001, 0.026, 0.009), pose, colour, solid=False)


SIGN = Thing(
    ("sign", "road sign", "signpost"),
    sign,
    (0.85, 0.10, 0.10),
    frozenset({"held", "turned"}),
    grasp=(0.0, 0.0, HEIGHT_M - 0.022, 0.0),
)
