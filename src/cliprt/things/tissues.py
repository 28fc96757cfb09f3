"""A box that is open above, and the tissue that looks out of it."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

BOX_M: Vector = (0.18, 0.16, 0.07)
HOLE_M = (0.09, 0.08)
"""Its opening (x, y): room for the tissue to follow the fingers."""
FLOOR_M, HEIGHT_M = 0.005, 0.125
"""The tissue's height; it stands on the box's floor."""
GRASP: Vector = (0.0, 0.0, HEIGHT_M - 0.025)
"""Where the tissue is grasped, in its own frame."""
THICKNESS_M = 0.016
"""Where it is gathered and can be held."""
_FOOT_M: Vector = (0.052, 0.036, 0.02)
_DARK: Colour = (0.12, 0.10, 0.20)
_WHITE: Colour = (0.97, 0.97, 0.98)


def tissue_box(name: str, colour: Colour) -> Body:
    """A box that is open above; its frame lies under its middle."""
    (length, width, height), (hole_x, hole_y) = BOX_M, HOLE_M
    edge_x, edge_y, middle = (length - hole_x) / 2, (width - hole_y) / 2, height / 2
    parts = [box((length, width, FLOOR_M), (0.0, 0.0, FLOOR_M / 2), _DARK)]
    for side in (-1, 1):
        end = (side * (hole_x + edge_x) / 2, 0.0, middle)
        flank = (0.0, side * (hole_y + edge_y) / 2, middle)
        parts.append(box((edge_x, width, height), end, colour))
        parts.append(box((hole_x, edge_y, height), flank, colour))
    link = Link("box", tuple(parts), 1.0, (0.0, 0.0, middle))
    return Body(name, (link,))


def tissue(name: str, colour: Colour) -> Body:
    """A tissue gathered upwards, folded below; its frame lies under its middle.

    It is a stiff plate on a foot, since cloth costs too much to simulate, and heavier than paper:
    the solver lets strong fingers sink into what weighs next to nothing.
    """
    gathered = HEIGHT_M - _FOOT_M[2]
    size = (0.052, 0.003, gathered)
    folds = (
        Part("box", size, (0.0, side * 0.012, 0.072, side * 0.1, 0.0, 0.0), colour, solid=False)
        for side in (-1, 1)
    )
    parts = (
        box(_FOOT_M, (0.0, 0.0, _FOOT_M[2] / 2), (0.88, 0.88, 0.92)),
        box((0.05, THICKNESS_M, gathered), (0.0, 0.0, _FOOT_M[2] + gathered / 2), colour),
        *folds,
    )
    return Body(name, (Link("tissue", parts, 0.12, (0.0, 0.0, 0.03), friction=0.6),))


TISSUE_BOX = Thing(
    ("tissue box", "box of tissues"),
    tissue_box,
    (0.45, 0.18, 0.68),
    frozenset({"filled"}),
)

TISSUE = Thing(
    ("tissue", "paper tissue", "handkerchief"),
    tissue,
    _WHITE,
    frozenset({"held"}),
    grasp=(*GRASP, 0.0),
)
