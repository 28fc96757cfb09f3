"""A box of tissues, and the one that looks out of it."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector
from cliprt.types import Pose

BOX_M: Vector = (0.18, 0.16, 0.07)
HOLE_M = (0.09, 0.08)
"""Its opening (x, y): room for the tissue to follow the fingers."""
FLOOR_M, HEIGHT_M = 0.005, 0.125
"""The tissue's height; it stands on the box's floor."""
THICKNESS_M = 0.016
"""Where it is gathered and can be held."""

_FOOT_M: Vector = (0.052, 0.036, 0.02)
_DARK: Colour = (0.12, 0.10, 0.20)
_WHITE: Colour = (0.97, 0.97, 0.98)


def tissue_box(colour: Colour = (0.45, 0.18, 0.68)) -> Body:
    """A box that is open above; its frame lies under its middle."""
    (length, width, height), (hole_x, hole_y) = BOX_M, HOLE_M
    edge_x, edge_y, middle = (length - hole_x) / 2, (width - hole_y) / 2, height / 2
    parts = [_block((length, width, FLOOR_M), (0.0, 0.0, FLOOR_M / 2), _DARK)]
    for side in (-1, 1):
        end = (side * (hole_x + edge_x) / 2, 0.0, middle)
        flank = (0.0, side * (hole_y + edge_y) / 2, middle)
        parts.append(_block((edge_x, width, height), end, colour))
        parts.append(_block((hole_x, edge_y, height), flank, colour))
    link = Link("box", tuple(parts), 1.0, (0.0, 0.0, middle))
    return Body("tissue box", (link,))


def tissue() -> Body:
    """A tissue gathered upwards, folded below; its frame lies under its middle.

    It is a stiff plate on a foot, since cloth costs too much to simulate, and heavier than paper:
    the solver lets strong fingers sink into what weighs next to nothing.
    """
    gathered = HEIGHT_M - _FOOT_M[2]
    lean = 0.1
    folds = (
        _block((0.052, 0.003, gathered), (0.0, side * 0.012, 0.072), _WHITE, side * lean)
        for side in (-1, 1)
    )
    parts = (
        _block(_FOOT_M, (0.0, 0.0, _FOOT_M[2] / 2), (0.88, 0.88, 0.92)),
        _block((0.05, THICKNESS_M, gathered), (0.0, 0.0, _FOOT_M[2] + gathered / 2), _WHITE),
        *folds,
    )
    return Body("tissue", (Link("tissue", parts, 0.12, (0.0, 0.0, 0.03), friction=0.6),))


def _block(size: Vector, centre: Vector, colour: Colour, lean_rad: float = 0.0) -> Part:
    pose: Pose = (*centre, lean_rad, 0.0, 0.0)
    return Part("box", size, pose, colour, solid=lean_rad == 0.0)
