"""A wooden spoon."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

LENGTH_M = 0.14
HANDLE_M: Vector = (0.10, 0.014, 0.018)
"""Edges of the handle: high and flat, so that fingers from above hold it."""
_BOWL_M: Vector = (0.042, 0.032, 0.012)


def spoon(name: str, colour: Colour) -> Body:
    """A spoon that lies; its frame lies under its middle, the handle points to +x.

    Its bowl is felt as a flat box, so that it neither rocks nor turns between the fingers.
    """
    handle_x, bowl_x = (LENGTH_M - HANDLE_M[0]) / 2, (_BOWL_M[0] - LENGTH_M) / 2
    dark = (0.7 * colour[0], 0.7 * colour[1], 0.7 * colour[2])
    hollow = (_BOWL_M[0] - 0.012, _BOWL_M[1] - 0.010, 0.001)
    parts = (
        box(HANDLE_M, (handle_x, 0.0, HANDLE_M[2] / 2), colour),
        box(_BOWL_M, (bowl_x, 0.0, _BOWL_M[2] / 2), colour),
        box(hollow, (bowl_x, 0.0, _BOWL_M[2]), dark, solid=False),
    )
    return Body(name, (Link("spoon", parts, 0.05, (0.01, 0.0, 0.008)),))


SPOON = Thing(
    ("spoon", "teaspoon", "wooden spoon", "ladle"),
    spoon,
    (0.78, 0.56, 0.32),
    frozenset({"held"}),
    grasp=(0.035, 0.0, 0.014, 0.0),
)
