"""A stamp that prints a smiling face."""

from __future__ import annotations

import math

from cliprt.robots.ink import Stamp
from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

HANDLE_M, STAMP_M = 0.036, 0.085
"""Edge of the square handle; height of it all."""
PLATE_M = 0.048
"""Edge of the plate that carries the rubber."""
_PLATE_HEIGHT_M, _CELL_M = 0.014, 0.0028
FACE = (
    "....######....",
    "..##########..",
    ".####....####.",
    ".##........##.",
    "##..##..##..##",
    "##..##..##..##",
    "##..........##",
    "##.#......#.##",
    "##.##....##.##",
    "##..######..##",
    ".##...##...##.",
    ".####....####.",
    "..##########..",
    "....######....",
)


def rubber_stamp(name: str, colour: Colour) -> Body:
    """A stamp standing on its rubber; its frame lies under its middle."""
    low, high = _PLATE_HEIGHT_M, STAMP_M - _PLATE_HEIGHT_M
    plate = box((PLATE_M, PLATE_M, low), (0.0, 0.0, low / 2), (0.20, 0.20, 0.22))
    handle = box((HANDLE_M, HANDLE_M, high), (0.0, 0.0, low + high / 2), colour)
    link = Link("stamp", (plate, handle), 0.09, (0.0, 0.0, 0.03), friction=0.4)
    return Body(name, (link,))


def rubber(name: str) -> Stamp:
    """What the stamp does to paper; the face stands upright for who looks along +x."""
    return Stamp(name, (0.0, 0.0, 0.0, math.pi, 0.0, 0.0), FACE[::-1], _CELL_M)


STAMP = Thing(
    ("stamp", "rubber stamp"),
    rubber_stamp,
    (0.90, 0.45, 0.10),
    frozenset({"held", "draws"}),
    grasp=(0.0, 0.0, 0.060, 0.0),
    tool=rubber,
)
