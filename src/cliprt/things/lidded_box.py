"""A box with blocks in it, and a lid that a tab turns over."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Joint, Link, Vector
from cliprt.things.interface import Thing
from cliprt.things.shapes import box, crate

DEPTH_M, WIDTH_M, HEIGHT_M = 0.08, 0.18, 0.09
"""Of the box, without its lid."""
HINGE: Vector = (DEPTH_M / 2, 0.0, HEIGHT_M + 0.001)
"""Where the lid turns, in the box's frame [m]: at one of its long edges."""
TAB_M, TAB_WIDTH_M = 0.085, 0.16
"""Height above the hinge, and width, of the tab; no higher than the box, to lie flat at last."""
TAB: Vector = (-DEPTH_M / 2, 0.0, HEIGHT_M + TAB_M / 2)
"""Middle of the tab of a closed lid, in the box's frame [m]."""
WIDEST_RAD = math.radians(185)
_WALL_M, _LID_M = 0.008, 0.008
_BLOCKS: tuple[tuple[Vector, Colour], ...] = (
    ((-0.02, -0.05, 0.04), (0.95, 0.75, 0.10)),
    ((0.01, 0.00, 0.04), (0.12, 0.62, 0.25)),
    ((-0.01, 0.05, 0.04), (0.95, 0.75, 0.10)),
)


def lidded_box(
    name: str,
    outside: Colour,
    case: Colour = (0.45, 0.30, 0.18),
    inside: Colour = (0.95, 0.45, 0.75),
    tab: Colour = (0.95, 0.50, 0.05),
) -> Body:
    """A closed box with blocks in it; its frame lies under its middle, the tab stands at -x.

    Args:
        name: What the body is called.
        outside: Colour of the side of the lid that is up while the box is closed.
        case: Of the box.
        inside: Of the side that is up when the lid has been turned over.
        tab: Of the tab.
    """
    return Body(name, (_case(case), _lid(outside, inside, tab)))


def _case(colour: Colour) -> Link:
    walls = crate((DEPTH_M, WIDTH_M, HEIGHT_M), _WALL_M, colour)
    blocks = (box((0.03, 0.03, 0.06), at, paint, solid=False) for at, paint in _BLOCKS)
    return Link("box", (*walls, *blocks), 4.0, (0.0, 0.0, 0.02), friction=1.0)


def _lid(outside: Colour, inside: Colour, tab: Colour) -> Link:
    middle = -DEPTH_M / 2
    plate = box((DEPTH_M, WIDTH_M, _LID_M), (middle, 0.0, _LID_M / 2), outside)
    lining = box((DEPTH_M, WIDTH_M, 0.0008), (middle, 0.0, 0.0), inside, solid=False)
    upright = box((0.010, TAB_WIDTH_M, TAB_M), (-DEPTH_M, 0.0, TAB_M / 2), tab)
    pose = (*HINGE, 0.0, 0.0, 0.0)
    hinge = Joint("hinge", pose, (0.0, 1.0, 0.0), 0.0, WIDEST_RAD, friction=0.01, damping=0.004)
    # Smooth, so that the tab glides along a finger instead of jamming the lid.
    return Link("lid", (plate, lining, upright), 0.15, (-0.06, 0.0, 0.02), hinge, friction=0.01)


LIDDED_BOX = Thing(
    ("box with a lid", "lidded box", "chest", "treasure chest", "toy box"),
    lidded_box,
    (0.10, 0.30, 0.80),
    frozenset({"opened"}),
    doors=(("lid", 0.0, WIDEST_RAD),),
)
