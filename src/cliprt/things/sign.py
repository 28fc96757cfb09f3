"""A sign on a stand, with an arrow on one side, to be turned by its post."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Vector
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
        box((0.001, 0.060, 0.012), (at - 0.0006, 0.0, _BOARD_Z_M), colour, solid=False),
        box((0.001, 0.012, 0.030), (at - 0.0006, 0.024, _BOARD_Z_M), colour, solid=False),
    )
    return Body(name, (Link("sign", parts, 0.25, (0.0, 0.0, 0.03), friction=0.4),))


SIGN = Thing(
    ("sign", "road sign", "signpost"),
    sign,
    (0.85, 0.10, 0.10),
    frozenset({"held", "turned"}),
    grasp=(0.0, 0.0, HEIGHT_M - 0.022, 0.0),
)
