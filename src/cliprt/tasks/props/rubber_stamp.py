"""A rubber stamp with a thick handle, which prints a smiling face."""

from __future__ import annotations

import math

from cliprt.robots.ink import Stamp
from cliprt.robots.world import Body, Colour, Link, Part

HANDLE_M, HEIGHT_M = 0.036, 0.085
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


def rubber_stamp(colour: Colour = (0.55, 0.20, 0.70)) -> Body:
    """A stamp standing on its rubber; its frame lies under its middle."""
    plate = _box(PLATE_M, _PLATE_HEIGHT_M, 0.0, (0.20, 0.20, 0.22))
    handle = _box(HANDLE_M, HEIGHT_M - _PLATE_HEIGHT_M, _PLATE_HEIGHT_M, colour)
    link = Link("stamp", (plate, handle), 0.09, (0.0, 0.0, 0.03), friction=0.4)
    return Body("stamp", (link,))


def rubber() -> Stamp:
    """What the stamp does to paper; the face stands upright for who looks along +x."""
    return Stamp("stamp", (0.0, 0.0, 0.0, math.pi, 0.0, 0.0), FACE[::-1], _CELL_M)


def _box(edge_m: float, height_m: float, above_m: float, colour: Colour) -> Part:
    pose = (0.0, 0.0, above_m + height_m / 2, 0.0, 0.0, 0.0)
    return Part("box", (edge_m, edge_m, height_m), pose, colour)
