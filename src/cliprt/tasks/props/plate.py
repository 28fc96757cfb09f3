"""A flat dinner plate."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part

RADIUS_M, HEIGHT_M = 0.085, 0.006


def plate(colour: Colour = (0.10, 0.55, 0.75)) -> Body:
    """A plate of 17 cm with a white middle; its frame lies under its middle."""
    disc = Part("cylinder", (RADIUS_M, HEIGHT_M, 0), (0, 0, HEIGHT_M / 2, 0, 0, 0), colour)
    middle = Part(
        "cylinder",
        (0.72 * RADIUS_M, 0.0008, 0),
        (0, 0, HEIGHT_M, 0, 0, 0),
        (0.96, 0.96, 0.97),
        solid=False,
    )
    link = Link("plate", (disc, middle), mass=0.4, centre=(0.0, 0.0, HEIGHT_M / 2), friction=0.6)
    return Body("plate", (link,))
