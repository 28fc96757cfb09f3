"""A drawing pad lying on the table, and the figures that may be printed on it."""

from __future__ import annotations

import math

from cliprt.robots.ink import Canvas
from cliprt.robots.world import Body, Colour, Link, Part
from cliprt.things.interface import Thing
from cliprt.things.shapes import board

PAD_M = (0.16, 0.26, 0.010)
"""Edges of the pad."""
FIGURE_RADIUS_M = 0.024
_MARGIN_M = 0.004
_THIN_M = 0.001


def pad(name: str, edge: Colour) -> Body:
    """A pad of paper on a dark board, taped to the table; its frame lies under its middle."""
    parts = board(PAD_M, _MARGIN_M, edge, (0.96, 0.96, 0.94))
    return Body(name, (Link("pad", parts, friction=0.4),), fixed=True)


def paper(name: str, ink: Colour = (0.10, 0.15, 0.55)) -> Canvas:
    """The pad's sheet, which shows ink."""
    x, y, z = PAD_M
    return Canvas(name, (0, 0, z, 0, 0, 0), (x - 2 * _MARGIN_M, y - 2 * _MARGIN_M), ink)


def circle(name: str, colour: Colour) -> Body:
    """A printed disc; its frame lies at its middle, on the paper."""
    return Body(name, (Link("disc", _disc(FIGURE_RADIUS_M, colour), 0.01),), fixed=True)


def star(name: str, colour: Colour) -> Body:
    """A printed star of five points; its frame lies at its middle, on the paper."""
    reach, inner = FIGURE_RADIUS_M * 1.15, FIGURE_RADIUS_M * 0.45
    points = [math.radians(72 * i) for i in range(5)]
    bars = tuple(_bar(turn, turn + math.radians(144), reach, colour) for turn in points)
    return Body(name, (Link("star", (*bars, *_disc(inner, colour)), 0.01),), fixed=True)


def _disc(radius_m: float, colour: Colour) -> tuple[Part, ...]:
    """Bars that make up a polygon of twelve corners: a flat cylinder is shaded like a dome."""
    half = math.radians(15)
    size = (round(2 * radius_m * math.cos(half), 5), round(2 * radius_m * math.sin(half), 5))
    turns = (round(2 * half * i, 5) for i in range(6))
    return tuple(
        Part("box", (*size, _THIN_M), (0, 0, 0, 0, 0, turn), colour, solid=False) for turn in turns
    )


def _bar(start_rad: float, end_rad: float, radius_m: float, colour: Colour) -> Part:
    """A straight bar between two points of a circle."""
    (x0, y0), (x1, y1) = (
        (radius_m * math.cos(a), radius_m * math.sin(a)) for a in (start_rad, end_rad)
    )
    length, turn = math.dist((x0, y0), (x1, y1)), math.atan2(y1 - y0, x1 - x0)
    pose = tuple(round(v, 5) for v in ((x0 + x1) / 2, (y0 + y1) / 2, 0, 0, 0, turn))
    return Part("box", (round(length, 5), 0.008, _THIN_M), pose, colour, solid=False)  # type: ignore[arg-type]


PAD = Thing(
    ("pad", "paper", "drawing pad", "sheet of paper", "sheet"),
    pad,
    (0.3, 0.3, 0.32),
    frozenset({"drawn on"}),
    canvas=paper,
)

CIRCLE = Thing(("circle", "disc"), circle, (0.10, 0.65, 0.25))

STAR = Thing(("star",), star, (0.92, 0.15, 0.12))
