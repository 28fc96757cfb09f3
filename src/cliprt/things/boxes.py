"""Boxes without a lid that opens: closed, or open above."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box, crate

BOX_M: Vector = (0.06, 0.13, 0.07)
BASKET_M: Vector = (0.14, 0.18, 0.07)


def cardboard_box(name: str, colour: Colour) -> Body:
    """A cardboard box; its frame lies under its middle."""
    middle = (0.0, 0.0, BOX_M[2] / 2)
    return Body(name, (Link("box", (box(BOX_M, middle, colour),), 0.25, middle, friction=0.5),))


def basket(name: str, colour: Colour) -> Body:
    """A box that is open above; its frame lies under its middle."""
    walls = crate(BASKET_M, 0.006, colour)
    return Body(name, (Link("basket", walls, 0.5, (0.0, 0.0, 0.02)),))


BOX = Thing(
    ("box", "carton", "parcel", "package"),
    cardboard_box,
    (0.85, 0.10, 0.10),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.05, math.pi / 2),
)

BASKET = Thing(
    ("basket", "crate", "open box", "tub"),
    basket,
    (0.80, 0.62, 0.38),
    frozenset({"filled"}),
)
