"""Wooden cubes and blocks."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector
from cliprt.things.interface import Thing

EDGE_M = 0.045
BLOCK_M: Vector = (0.09, 0.045, 0.03)


def cube(name: str, colour: Colour) -> Body:
    """A cube of 4.5 cm; its frame lies at its middle."""
    part = Part("box", (EDGE_M, EDGE_M, EDGE_M), colour=colour)
    return Body(name, (Link("cube", (part,), mass=0.08),))


def block(name: str, colour: Colour) -> Body:
    """A flat block of 9 cm; its frame lies at its middle."""
    return Body(name, (Link("block", (Part("box", BLOCK_M, colour=colour),), mass=0.1),))


CUBE = Thing(
    ("cube", "die", "dice"),
    cube,
    (0.85, 0.10, 0.10),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.008, 0.0),
)

BLOCK = Thing(
    ("block", "brick", "wooden block"),
    block,
    (0.98, 0.50, 0.05),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.006, 0.0),
)
