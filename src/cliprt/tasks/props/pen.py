"""A thick felt-tip pen with a square grip, and the holder in which it stands."""

from __future__ import annotations

from cliprt.robots.ink import Pen
from cliprt.robots.world import Body, Colour, Link, Part

GRIP_M, GRIP_LENGTH_M = 0.032, 0.10
"""Edge of the square grip, which is felt flat so that it does not roll between the fingers."""
SHOULDER_M = 0.045
"""From the tip to where the grip begins."""
HOLDER_M = 0.049
"""Height of the holder: on its rim rests the shoulder, and the tip hangs above the table."""
INK_RADIUS_M = 0.006
STANDING_M = HOLDER_M - SHOULDER_M
"""Height of the tip of a pen in the holder."""
_NECK_M, _HOLE_M, _OUTER_M = 0.008, 0.024, 0.056


def pen(colour: Colour) -> Body:
    """A pen that stands on its tip; its frame lies at the tip, z up along the pen."""
    grip = _box((GRIP_M, GRIP_M, GRIP_LENGTH_M), SHOULDER_M + GRIP_LENGTH_M / 2, colour)
    length = SHOULDER_M - _NECK_M
    neck = Part(
        "cylinder", (_NECK_M, length, 0), (0, 0, _NECK_M + length / 2, 0, 0, 0), (0.15, 0.15, 0.17)
    )
    tip = Part("sphere", (_NECK_M, 0, 0), (0, 0, _NECK_M, 0, 0, 0), colour)
    middle = SHOULDER_M + GRIP_LENGTH_M / 2
    return Body("pen", (Link("pen", (grip, neck, tip), 0.06, (0, 0, middle), friction=0.4),))


def felt_tip() -> Pen:
    """What the pen does to paper."""
    return Pen("pen", (0.0, 0.0, 0.0), INK_RADIUS_M)


def holder(colour: Colour = (0.45, 0.46, 0.50)) -> Body:
    """A block with a hole; its frame lies under its middle."""
    wall = (_OUTER_M - _HOLE_M) / 2
    off = (_OUTER_M - wall) / 2
    walls = (
        Part("box", (wall, _OUTER_M, HOLDER_M), (side * off, 0, HOLDER_M / 2, 0, 0, 0), colour)
        for side in (-1, 1)
    )
    cheeks = (
        Part("box", (_HOLE_M, wall, HOLDER_M), (0, side * off, HOLDER_M / 2, 0, 0, 0), colour)
        for side in (-1, 1)
    )
    return Body("holder", (Link("holder", (*walls, *cheeks)),), fixed=True)


def _box(size: tuple[float, float, float], height_m: float, colour: Colour) -> Part:
    return Part("box", size, (0, 0, height_m, 0, 0, 0), colour)
