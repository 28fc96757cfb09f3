"""A pen, and the block with a hole in which it stands."""

from __future__ import annotations

from cliprt.robots.ink import Pen
from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import ball, box, tube

GRIP_M, GRIP_LENGTH_M = 0.032, 0.10
"""Edge of the square grip, which is felt flat so that it does not roll between the fingers."""
SHOULDER_M = 0.045
"""From the tip to where the grip begins."""
MIDDLE_M = SHOULDER_M + GRIP_LENGTH_M / 2
"""Of the grip, above the tip."""
HOLDER_M = 0.049
"""Height of the holder: on its rim rests the shoulder, and the tip hangs above the table."""
INK_RADIUS_M = 0.006
STANDING_M = HOLDER_M - SHOULDER_M
"""Height of the tip of a pen in the holder."""
_NECK_M, _HOLE_M, _OUTER_M = 0.008, 0.024, 0.056


def pen(name: str, colour: Colour, centre_m: float = MIDDLE_M) -> Body:
    """A pen; its frame lies at its round tip, z up along the pen.

    Args:
        name: What the body is called.
        colour: Of its grip.
        centre_m: Height of its centre of mass; lower than `_NECK_M`, it stands like a tumbler toy.
    """
    middle = MIDDLE_M
    grip = box((GRIP_M, GRIP_M, GRIP_LENGTH_M), (0.0, 0.0, middle), colour)
    length = SHOULDER_M - _NECK_M
    neck = tube(_NECK_M, _NECK_M, length, (0.15, 0.15, 0.17))
    tip = ball(_NECK_M, (0.0, 0.0, _NECK_M), colour)
    return Body(name, (Link("pen", (grip, neck, tip), 0.06, (0, 0, centre_m), friction=0.4),))


def felt_tip(name: str) -> Pen:
    """What the pen does to paper."""
    return Pen(name, (0.0, 0.0, 0.0), INK_RADIUS_M)


def holder(name: str, colour: Colour) -> Body:
    """A block with a hole; its frame lies under its middle."""
    wall = (_OUTER_M - _HOLE_M) / 2
    off = (_OUTER_M - wall) / 2
    walls = (
        box((wall, _OUTER_M, HOLDER_M), (side * off, 0.0, HOLDER_M / 2), colour) for side in (-1, 1)
    )
    cheeks = (
        box((_HOLE_M, wall, HOLDER_M), (0.0, side * off, HOLDER_M / 2), colour) for side in (-1, 1)
    )
    return Body(name, (Link("holder", (*walls, *cheeks)),), fixed=True)


PEN = Thing(
    ("pen", "marker", "felt pen", "felt tip", "pencil", "crayon"),
    lambda name, colour: pen(name, colour, 0.004),
    (0.12, 0.30, 0.85),
    frozenset({"held", "draws"}),
    grasp=(0.0, 0.0, SHOULDER_M + 0.05, 0.0),
    tool=felt_tip,
)

HOLDER = Thing(
    ("pen holder", "holder", "penholder"),
    holder,
    (0.45, 0.46, 0.50),
    frozenset({"filled"}),
)
