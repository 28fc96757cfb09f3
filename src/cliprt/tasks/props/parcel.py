"""A box wider than the hand, and the mat that shows where it stood."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

BOX_M: Vector = (0.06, 0.13, 0.07)
MAT_M = (0.12, 0.20)


def red_box(colour: Colour = (0.85, 0.10, 0.10)) -> Body:
    """A cardboard box; its frame lies under its middle."""
    height = BOX_M[2]
    part = Part("box", BOX_M, (0, 0, height / 2, 0, 0, 0), colour)
    return Body("red box", (Link("box", (part,), 0.25, (0.0, 0.0, height / 2), friction=0.5),))


def mat(colour: Colour = (0.10, 0.60, 0.55)) -> Body:
    """A mat too thin to be felt; its frame lies under its middle."""
    part = Part("box", (*MAT_M, 0.001), (0, 0, 0.0005, 0, 0, 0), colour, solid=False)
    return Body("mat", (Link("mat", (part,), 0.01),), fixed=True)
