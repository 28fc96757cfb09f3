"""What other things are put on."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import box, tube

PLATE_RADIUS_M, PLATE_HEIGHT_M = 0.085, 0.006
TRAY_M, FLOOR_M, RIM_M = 0.13, 0.004, 0.010
INNER_M = TRAY_M - 2 * 0.006
"""Edge of the floor inside the rim."""


def plate(name: str, colour: Colour) -> Body:
    """A plate of 17 cm with a white middle; its frame lies under its middle."""
    disc = tube(PLATE_RADIUS_M, 0.0, PLATE_HEIGHT_M, colour)
    middle = tube(
        0.72 * PLATE_RADIUS_M, PLATE_HEIGHT_M - 0.0004, 0.0008, (0.96, 0.96, 0.97), solid=False
    )
    link = Link(
        "plate", (disc, middle), mass=0.4, centre=(0.0, 0.0, PLATE_HEIGHT_M / 2), friction=0.6
    )
    return Body(name, (link,))


def tray(name: str, colour: Colour) -> Body:
    """A tray bolted to the table; its frame lies under its middle."""
    rim, half = TRAY_M - INNER_M, (TRAY_M + INNER_M) / 4
    pale = (0.5 + colour[0] / 2, 0.5 + colour[1] / 2, 0.5 + colour[2] / 2)
    parts = (
        box((TRAY_M, TRAY_M, FLOOR_M), (0.0, 0.0, FLOOR_M / 2), pale),
        *(box((TRAY_M, rim / 2, RIM_M), (0.0, y, RIM_M / 2), colour) for y in (-half, half)),
        *(box((rim / 2, TRAY_M, RIM_M), (x, 0.0, RIM_M / 2), colour) for x in (-half, half)),
    )
    return Body(name, (Link("tray", parts, 0.3),), fixed=True)


PLATE = Thing(("plate", "dish", "saucer"), plate, (0.10, 0.50, 0.75))

TRAY = Thing(("tray",), tray, (0.10, 0.25, 0.85), frozenset({"filled"}))
