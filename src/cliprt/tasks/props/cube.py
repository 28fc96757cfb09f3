"""A wooden cube."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part

EDGE_M = 0.045


def cube(name: str, colour: Colour) -> Body:
    """A cube of 4.5 cm; its frame lies at its middle."""
    part = Part("box", (EDGE_M, EDGE_M, EDGE_M), colour=colour)
    return Body(name, (Link("cube", (part,), mass=0.08),))
