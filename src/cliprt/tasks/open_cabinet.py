"""Open the cabinet: hook the drawer's bar from above and pull."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.robots.world import ORIGIN, Body, Colour, Joint, Link, Vector, World
from cliprt.tasks.guide import Tolerance, X, Y, Z, approach, slide
from cliprt.tasks.props.shapes import box
from cliprt.tasks.scene import Region, point_of, shade, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.types import Primitive

DEPTH_M, WIDTH_M, HEIGHT_M = 0.22, 0.27, 0.12
TRAVEL_M = 0.20
BAR_HEIGHT_M = 0.092
"""Of the middle of the bar above the table."""
GAP_M = 0.07
"""Between the drawer's front and the bar: room for the fingers."""

_PANEL_M, _BAR_M, _WALL_M = 0.014, 0.014, 0.01
_FRONT_X = -DEPTH_M / 2 - _PANEL_M
HOOK: Vector = (_FRONT_X - GAP_M / 2, 0.0, BAR_HEIGHT_M)
"""The middle of the gap behind the bar, in the frame of the link ``drawer`` [m]."""

OPEN_M = 0.12
"""Drawn out so far, anybody would call it open."""
HOOK_Z_M = 0.085
"""Height of the pinch point at which the fingers reach below the bar."""
NEAR = Tolerance(x=0.015, y=0.03, z=0.015)
PULL_M = 0.10
CLEAR_Z_M = 0.125


class OpenCabinetTask(TabletopTask):
    """A cabinet whose drawer faces the robot."""

    instruction = "Open the cabinet"
    suite = "novel"
    max_steps = 20
    hand = Region((0.36, -0.12, 0.19), (0.48, 0.12, 0.29))
    standing = Region((0.60, -0.12, 0.0), (0.72, 0.12, 0.0))
    """Of the cabinet's middle."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """One closed cabinet."""
        yaw = self.draw_yaw(rng, math.radians(6))
        body = cabinet(
            shade(rng, (0.90, 0.86, 0.78)), shade(rng, (0.55, 0.36, 0.22)), (0.20, 0.20, 0.22)
        )
        world.add(body, upright(self.draw(self.standing, rng), yaw))

    def is_success(self, world: World) -> bool:
        """The drawer is drawn out."""
        return world.joint("cabinet", "drawer") > OPEN_M

    def next(self, world: World) -> Primitive | None:
        """Over the gap behind the bar, down into it, back."""
        at = world.tcp_pose
        goal = (*point_of(world.pose("cabinet", "drawer"), HOOK)[:2], HOOK_Z_M)
        if _is_hooked(at, goal):
            return slide(X, -PULL_M)
        return approach(at, goal, CLEAR_Z_M, NEAR) or slide(X, -PULL_M)


def _is_hooked(at: Sequence[float], gap: Sequence[float]) -> bool:
    """Whether the fingers are behind the bar, wherever in the gap."""
    inside = abs(at[X] - gap[X]) < GAP_M / 2 and abs(at[Y] - gap[Y]) < WIDTH_M / 3
    return inside and at[Z] < HOOK_Z_M + NEAR.z


def cabinet(case: Colour, front: Colour, handle: Colour) -> Body:
    """A closed cabinet; its frame lies under its middle, the drawer's front faces -x."""
    return Body("cabinet", (_case(case), _drawer(front, handle)), fixed=True)


def _case(colour: Colour) -> Link:
    half_width, wall = WIDTH_M / 2 - _WALL_M / 2, _WALL_M
    parts = (
        box((DEPTH_M, WIDTH_M, wall), (0.0, 0.0, HEIGHT_M - wall / 2), colour),
        box((DEPTH_M, WIDTH_M, wall), (0.0, 0.0, wall / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, half_width, HEIGHT_M / 2), colour),
        box((DEPTH_M, wall, HEIGHT_M), (0.0, -half_width, HEIGHT_M / 2), colour),
        box((wall, WIDTH_M, HEIGHT_M), (DEPTH_M / 2 - wall / 2, 0.0, HEIGHT_M / 2), colour),
    )
    return Link("case", parts, 3.0, (0.0, 0.0, HEIGHT_M / 2))


def _drawer(front: Colour, handle: Colour) -> Link:
    inside: Colour = (0.80, 0.70, 0.55)
    bar_x = _FRONT_X - GAP_M - _BAR_M / 2
    post = (GAP_M + _BAR_M, 0.012, 0.016)
    post_x = _FRONT_X - (GAP_M + _BAR_M) / 2
    parts = (
        box((_PANEL_M, 0.25, 0.094), (_FRONT_X + _PANEL_M / 2, 0.0, 0.06), front),
        box((0.19, 0.23, 0.006), (-0.012, 0.0, 0.021), inside),
        box((0.19, 0.006, 0.05), (-0.012, 0.112, 0.046), inside),
        box((0.19, 0.006, 0.05), (-0.012, -0.112, 0.046), inside),
        box((0.006, 0.23, 0.05), (0.08, 0.0, 0.046), inside),
        box((_BAR_M, 0.236, 0.02), (bar_x, 0.0, BAR_HEIGHT_M), handle),
        box(post, (post_x, 0.112, BAR_HEIGHT_M), handle),
        box(post, (post_x, -0.112, BAR_HEIGHT_M), handle),
    )
    rail = Joint("slide", ORIGIN, (-1.0, 0.0, 0.0), 0.0, TRAVEL_M, friction=1.0, damping=2.0)
    return Link("drawer", parts, 0.5, (-0.03, 0.0, 0.05), rail, friction=0.5)
