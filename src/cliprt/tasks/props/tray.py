"""A square tray with a low rim: room for one block."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

EDGE_M, FLOOR_M, RIM_M = 0.13, 0.004, 0.010
INNER_M = EDGE_M - 2 * 0.006
"""Edge of the floor inside the rim."""


def tray(name: str, colour: Colour) -> Body:
    """A tray bolted to the table; its frame lies under its middle."""
    rim, half = EDGE_M - INNER_M, (EDGE_M + INNER_M) / 4
    pale = (0.5 + colour[0] / 2, 0.5 + colour[1] / 2, 0.5 + colour[2] / 2)
    parts = (
        _box((EDGE_M, EDGE_M, FLOOR_M), (0.0, 0.0, FLOOR_M / 2), pale),
        *(_box((EDGE_M, rim / 2, RIM_M), (0.0, y, RIM_M / 2), colour) for y in (-half, half)),
        *(_box((rim / 2, EDGE_M, RIM_M), (x, 0.0, RIM_M / 2), colour) for x in (-half, half)),
    )
    return Body(name, (Link("tray", parts, 0.3),), fixed=True)


def _box(size: Vector, centre: Vector, colour: Colour) -> Part:
    return Part("box", size, (*centre, 0.0, 0.0, 0.0), colour)
