"""A small book."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

BOOK_M: Vector = (0.10, 0.066, 0.026)
"""Edges of the book: narrow enough to be held by its covers' edges."""
_COVER_M = 0.003


def book(name: str, colour: Colour) -> Body:
    """A closed book that lies, its back to the left; its frame lies under its middle."""
    x, y, z = BOOK_M
    pages, title = (0.95, 0.93, 0.86), (0.97, 0.95, 0.85)
    parts = (
        box((x, y, z), (0.0, 0.0, z / 2), colour),
        box((x + 0.0004, y - _COVER_M, z - 2 * _COVER_M), (0, -_COVER_M / 2, z / 2), pages, False),
        box((0.014, 0.040, 0.0006), (0.022, 0.0, z), title, solid=False),
        box((0.006, 0.026, 0.0006), (0.0, 0.0, z), title, solid=False),
    )
    return Body(name, (Link("book", parts, 0.2, (0.0, 0.0, z / 2)),))


BOOK = Thing(
    ("book", "notebook", "booklet"),
    book,
    (0.16, 0.30, 0.62),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.018, 0.0),
)
