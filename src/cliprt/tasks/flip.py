"""Flip the lid of the box: push the tab on its right edge up and over to the left."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Body, Colour, Joint, Link, Vector, World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.props.shapes import box, crate
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.types import Primitive

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

FLIPPED_RAD = math.radians(160)
"""From there the lid has turned over; at rest it hangs level, the tab under it."""
RAISED_RAD = math.radians(10)
"""From there the hand is under the tab."""
PUSH_Z_M = 0.123
"""Height of the pinch point at which a finger meets the tab and passes above the box."""
PUSH_M = 0.10
"""One push."""
BEFORE_M = 0.12
"""How far to the right of the tab the open hand can be lowered without touching it."""
NEAR = Tolerance(x=0.035, y=0.03, z=0.012)
CLEAR_Z_M = 0.20
"""Above the tab of a closed lid."""


class FlipTask(TabletopTask):
    """A closed box whose lid has a tab on its right."""

    instruction = "Flip the lid of the box over"
    suite = "common"
    max_steps = 16
    hand = Region((0.38, -0.24, 0.22), (0.50, -0.02, 0.30))
    standing = Region((0.42, -0.02, 0.0), (0.58, 0.16, 0.0))
    """Of the box's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One closed box."""
        yaw = math.pi / 2 + self.draw_yaw(rng, math.radians(12))
        body = lidded_box(
            shade(rng, (0.45, 0.30, 0.18)),
            shade(rng, (0.10, 0.30, 0.80)),
            shade(rng, (0.95, 0.45, 0.75)),
            shade(rng, (0.95, 0.50, 0.05)),
        )
        world.add(body, upright(self.draw(self.standing, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The lid lies on the left, its inside up."""
        return world.joint("box", "lid") > FLIPPED_RAD

    def next(self, world: World) -> Primitive | None:
        """Over the table to the right of the tab, down, then left until the lid falls over."""
        if world.joint("box", "lid") > RAISED_RAD:
            return slide(Y, PUSH_M)
        at = world.tcp_pose
        tab = point_of(world.pose("box"), TAB)
        beside = abs(at[X] - tab[X]) < 2 * NEAR.x and at[Y] < tab[Y]
        if beside and abs(at[Z] - PUSH_Z_M) <= NEAR.z:
            return slide(Y, PUSH_M)
        goal = (tab[X], tab[Y] - BEFORE_M, PUSH_Z_M)
        return approach(at, goal, CLEAR_Z_M, NEAR)


def lidded_box(case: Colour, outside: Colour, inside: Colour, tab: Colour) -> Body:
    """A closed box with blocks in it; its frame lies under its middle, the tab stands at -x.

    Args:
        case: Colour of the box.
        outside: Of the side of the lid that is up while the box is closed.
        inside: Of the side that is up when the lid has been turned over.
        tab: Of the tab.
    """
    return Body("box", (_case(case), _lid(outside, inside, tab)))


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
