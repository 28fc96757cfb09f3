"""What lies flat on the table, too thin to be felt."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

MAT_M = (0.12, 0.20)


def mat(name: str, colour: Colour) -> Body:
    """A mat too thin to be felt; its frame lies under its middle."""
    part = box((*MAT_M, 0.001), (0.0, 0.0, 0.0005), colour, solid=False)
    return Body(name, (Link("mat", (part,), 0.01),), fixed=True)


def blanket(name: str, colour: Colour) -> Body:
    """A square of 12 cm, too thin to be felt; its frame lies under its middle."""
    cloth = box((0.12, 0.12, 0.001), (0.0, 0.0, 0.0005), colour, solid=False)
    return Body(name, (Link("cloth", (cloth,), 0.01),), fixed=True)


MAT = Thing(("mat", "place mat", "rug"), mat, (0.10, 0.55, 0.60))

BLANKET = Thing(("blanket", "cloth", "napkin"), blanket, (0.45, 0.62, 0.88))
