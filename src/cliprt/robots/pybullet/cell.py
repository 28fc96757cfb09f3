"""What surrounds the robot: the table, and a floor and walls that only cameras see."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

_WOOD: Colour = (0.86, 0.76, 0.62)
_LEG: Colour = (0.45, 0.46, 0.48)
_FLOOR: Colour = (0.72, 0.74, 0.77)
_WALL: Colour = (0.90, 0.92, 0.94)
_TABLE_HEIGHT_M = 0.72


def build_cell() -> Body:
    """The surroundings as one bolted-down body whose table top is at z = 0."""
    parts = [_block((0.35, 0, -0.02), (1.1, 1.3, 0.04), _WOOD, solid=True)]
    parts += [
        _block((x, y, -_TABLE_HEIGHT_M / 2 - 0.02), (0.05, 0.05, _TABLE_HEIGHT_M - 0.04), _LEG)
        for x in (-0.15, 0.85)
        for y in (-0.6, 0.6)
    ]
    parts += [
        _block((0.2, 0, -_TABLE_HEIGHT_M - 0.01), (3.6, 3.6, 0.02), _FLOOR),
        _block((-1.4, 0, 0.4), (0.02, 3.6, 2.4), _WALL),
        _block((0.2, -1.6, 0.4), (3.6, 0.02, 2.4), _WALL),
    ]
    return Body("table", (Link("top", tuple(parts), mass=0.0, friction=0.8),), fixed=True)


def _block(at: Vector, size: Vector, colour: Colour, solid: bool = False) -> Part:
    return Part("box", size, (*at, 0, 0, 0), colour, solid)
