"""What surrounds the robot: the table."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

_WOOD: Colour = (0.87, 0.78, 0.65)
_LEG: Colour = (0.45, 0.46, 0.48)
_LEG_M = 0.70


def build_cell() -> Body:
    """The table, bolted down, with its top at z = 0."""
    top = _block((0.35, 0, -0.02), (1.1, 1.3, 0.04), solid=True, colour=_WOOD)
    legs = (
        _block((x, y, -0.04 - _LEG_M / 2), (0.05, 0.05, _LEG_M), solid=False, colour=_LEG)
        for x in (-0.15, 0.85)
        for y in (-0.6, 0.6)
    )
    return Body("table", (Link("top", (top, *legs), mass=0.0),), fixed=True)


def _block(at: Vector, size: Vector, solid: bool, colour: Colour) -> Part:
    return Part("box", size, (*at, 0, 0, 0), colour, solid)
