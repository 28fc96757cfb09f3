"""Draw a line from the star to the circle: take the pen, put it on the star, pull it across."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, Y, Z, carry, fetch, nearest_step, slide
from cliprt.tasks.scene import Region, ink_points, point_of, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.paper import FIGURE_RADIUS_M, PAD, PAD_M, circle, pad, paper, star
from cliprt.things.pens import GRIP_M, HOLDER, SHOULDER_M, STANDING_M, felt_tip, holder, pen
from cliprt.types import Primitive

GRASP_M = SHOULDER_M + 0.050
"""From the tip to the pinch point when the pen is grasped."""
NEAR_PEN = Tolerance(x=0.012, y=0.015, z=0.02)
NEAR_STAR = Tolerance(x=0.012, y=0.012, z=0.009)
CLEAR_Z_M = 0.175
"""Above the standing pen."""
PRESS_M = 0.01
OVER_PAD_M = 0.05
"""Height of the tip above the paper at which the pen may be carried."""
PAPER = paper("pad", (0.10, 0.15, 0.55))
ASIDE_M = 0.022
"""How far from the straight line between the figures' middles ink still belongs to it."""
HOLE_M = 0.005
"""A longer hole ends a line."""
FALLEN_RAD = math.radians(40)


class DrawLineTask(TabletopTask):
    """A star and a circle side by side on a pad, and a pen in a holder beyond it."""

    instruction = "Draw a line from the star to the circle"
    suite = "novel"
    max_steps = 42
    hand = Region((0.48, -0.10, 0.21), (0.57, 0.10, 0.27))
    stars = Region((0.43, -0.12, PAD_M[2]), (0.53, 0.12, PAD_M[2]))
    on_pad = Region((0.02, 0.045, 0.0), (0.05, 0.06, 0.0))
    """Of the star from the pad's middle, or mirrored."""
    beyond = Region((0.115, -0.06, 0.0), (0.135, 0.06, 0.0))
    """Of the pen from the pad in x, from the star in y: over there the hand sees both."""
    apart_m = (0.09, 0.11)

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The pad with its figures, the circle inwards of the star; the pen stands beyond."""
        x, y, z = self.draw(self.stars, rng)
        dx, dy, _ = self.draw(self.on_pad, rng)
        side = 1 if rng.uniform(-0.12, 0.12) > y else -1
        world.add(
            pad("pad", PAD.colour), upright((x - dx, y + side * dy, 0.0), self.draw_yaw(rng, 0.06))
        )
        world.add_canvas(PAPER)
        apart = float(rng.uniform(*self.apart_m))
        world.add(star("star", shade(rng, (0.92, 0.15, 0.12))), upright((x, y, z)))
        world.add(
            circle("circle", shade(rng, (0.10, 0.65, 0.25))), upright((x, y + side * apart, z))
        )
        away, aside, _ = self.draw(self.beyond, rng)
        yaw, place = self.draw_yaw(rng, math.radians(8)), (x - dx + away, y + aside)
        world.add(holder("holder", HOLDER.colour), upright((*place, 0.0), yaw))
        world.add(pen("pen", shade(rng, (0.12, 0.30, 0.85))), upright((*place, STANDING_M), yaw))
        world.add_tool(felt_tip("pen"))

    def is_success(self, world: World) -> bool:
        """A straight line without holes joins the two, and most of the ink is that line."""
        start, end = world.pose("star")[:2], world.pose("circle")[:2]
        along, aside = measure_along(ink_points(world, PAPER), start, end)
        on_line = aside <= ASIDE_M
        whole = drawn_to(along[on_line]) >= math.dist(start, end) - FIGURE_RADIUS_M
        return whole and bool(on_line.mean() > 0.5)

    def next(self, world: World) -> Primitive | None:
        """Fetch the pen, carry it over the star, press it down, pull; a lying pen is lost."""
        if _is_held(world):
            return _draw(world)
        if tilt_rad(world.pose("pen")) > FALLEN_RAD:
            return None
        goal = point_of(world.pose("pen"), (0.0, 0.0, GRASP_M))
        return fetch(world, goal, CLEAR_Z_M, NEAR_PEN)


def measure_along(
    points: np.ndarray, start: Sequence[float], end: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """How far points (n, 2) are along a straight line, and aside from it: (n,) and (n,) [m]."""
    apart = points - np.asarray(start)
    forward = (np.asarray(end) - np.asarray(start)) / math.dist(start, end)
    return apart @ forward, np.abs(apart @ np.array([-forward[1], forward[0]]))


def drawn_to(along: np.ndarray) -> float:
    """How far a line that begins at the star goes without a hole [m]; -inf if none begins there.

    Args:
        along: Distance of its inked points from the star's middle (n,) [m], in any order.
    """
    ahead = np.sort(along[along >= -FIGURE_RADIUS_M])
    if not len(ahead) or ahead[0] > FIGURE_RADIUS_M:
        return -math.inf
    holes = np.flatnonzero((np.diff(ahead) > HOLE_M) & (ahead[1:] > FIGURE_RADIUS_M))
    return float(ahead[holes[0]] if len(holes) else ahead[-1])


def _draw(world: World) -> Primitive:
    """With the pen in the hand: pull where the line is begun, else go over the star and press."""
    tip, start, end = (world.pose(name)[:3] for name in ("pen", "star", "circle"))
    if tip[2] - PAD_M[2] < NEAR_STAR.z and _is_on_line(world, tip, start, end):
        return slide(Y, nearest_step(end[1] - tip[1]))
    goal = (*start[:2], PAD_M[2])
    return carry(tip, goal, PAD_M[2] + OVER_PAD_M, NEAR_STAR) or slide(Z, -PRESS_M)


def _is_on_line(
    world: World, tip: Sequence[float], start: Sequence[float], end: Sequence[float]
) -> bool:
    """Whether the pen continues a line that began at the star."""
    along, aside = measure_along(ink_points(world, PAPER), start[:2], end[:2])
    (at,), (off,) = measure_along(np.array([tip[:2]]), start[:2], end[:2])
    return bool(off < ASIDE_M and at <= drawn_to(along[aside <= ASIDE_M]) + HOLE_M)


def _is_held(world: World) -> bool:
    tip, at = world.pose("pen"), world.tcp_pose
    grip = point_of(tip, (0.0, 0.0, GRASP_M))
    near = math.dist(at[:2], grip[:2]) < 0.025 and abs(at[2] - grip[2]) < 0.05
    return near and world.gripper == "closed" and world.gripper_opening_m > GRIP_M / 2
