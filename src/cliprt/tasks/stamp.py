"""Stamp near the circle: carry the stamp over the paper beside the circle and press."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import World
from cliprt.tasks.guide import LIFT_M, Tolerance, Z, carry, fetch, slide
from cliprt.tasks.scene import Region, ink_points, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.paper import PAD, PAD_M, circle, pad, paper
from cliprt.things.stamps import HANDLE_M, rubber, rubber_stamp
from cliprt.types import Primitive

PAPER = paper("pad", (0.45, 0.10, 0.60))
GRASP_M = 0.060
"""Height of the pinch point above the rubber when the stamp is grasped."""
NEAR_STAMP = Tolerance(x=0.013, y=0.014, z=0.014)
NEAR_GOAL = Tolerance(x=0.013, y=0.013, z=0.010)
BESIDE_M = 0.048
"""From the circle's middle to where it is stamped: beyond it, so that the hand sees the circle."""
CLOSEST_M, FARTHEST_M = 0.020, 0.075
"""Distance of a print's middle from the circle's that anybody would call near."""
ENOUGH_M2 = 0.0004
"""Inked area that counts as a print: about half of a whole one."""
CLEAR_Z_M = 0.115
PRESS_M = 0.01
PRESSED_M = 0.002
"""Gap at which the rubber lies on the paper."""
OVER_PAD_M = 0.04
FALLEN_RAD = math.radians(40)


class StampTask(TabletopTask):
    """A pad with a circle, and a stamp that stands beyond it."""

    instruction = "Stamp near the circle"
    suite = "novel"
    max_steps = 42
    hand = Region((0.46, -0.10, 0.18), (0.56, 0.10, 0.24))
    circles = Region((0.39, -0.12, PAD_M[2]), (0.49, 0.12, PAD_M[2]))
    on_pad = Region((-0.02, -0.05, 0.0), (0.0, 0.05, 0.0))
    """Of the circle from the pad's middle."""
    beyond = Region((0.112, -0.07, 0.0), (0.130, 0.07, 0.0))
    """Of the stamp from the pad in x, from the circle in y."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The pad with its circle; the stamp on the table."""
        x, y, z = self.draw(self.circles, rng)
        dx, dy, _ = self.draw(self.on_pad, rng)
        world.add(pad("pad", PAD.colour), upright((x - dx, y - dy, 0.0), self.draw_yaw(rng, 0.06)))
        world.add_canvas(PAPER)
        world.add(circle("circle", shade(rng, (0.10, 0.65, 0.25))), upright((x, y, z)))
        away, aside, _ = self.draw(self.beyond, rng)
        spot = (x - dx + away, y + aside, 0.0)
        body = rubber_stamp("stamp", shade(rng, (0.90, 0.45, 0.10)))
        world.add(body, upright(spot, self.draw_yaw(rng, math.radians(12))))
        world.add_tool(rubber("stamp"))

    def is_success(self, world: World) -> bool:
        """There is a print beside the circle, and at most one somewhere else."""
        apart = _ink_from_circle(world)
        near = apart[np.linalg.norm(apart, axis=-1) <= FARTHEST_M]
        if len(near) * PAPER.cell_m**2 < ENOUGH_M2 or len(near) < len(apart) / 2:
            return False
        return bool(np.linalg.norm(near.mean(axis=0)) >= CLOSEST_M)

    def next(self, world: World) -> Primitive | None:
        """Fetch the stamp, carry it beside the circle, press; a tipped one is lost."""
        if _is_held(world):
            return _press(world)
        if tilt_rad(world.pose("stamp")) > FALLEN_RAD:
            return None
        x, y, z = world.pose("stamp")[:3]
        return fetch(world, (x, y, z + GRASP_M), CLEAR_Z_M, NEAR_STAMP)


def _press(world: World) -> Primitive:
    """With the stamp in the hand: over the place, and down on it."""
    at, (x, y, _) = world.pose("stamp")[:3], world.pose("circle")[:3]
    goal = (x + BESIDE_M, y, PAD_M[2])
    if at[Z] - PAD_M[2] <= PRESSED_M:
        return slide(Z, LIFT_M)
    return carry(at, goal, PAD_M[2] + OVER_PAD_M, NEAR_GOAL) or slide(Z, -PRESS_M)


def _ink_from_circle(world: World) -> np.ndarray:
    """The pad's inked points as seen from the circle (n, 2), along the base's x and y [m]."""
    return np.asarray(ink_points(world, PAPER) - world.pose("circle")[:2])


def _is_held(world: World) -> bool:
    (x, y, z), at = world.pose("stamp")[:3], world.tcp_pose
    near = math.dist(at[:2], (x, y)) < 0.03 and abs(at[2] - z - GRASP_M) < 0.035
    return near and world.gripper == "closed" and world.gripper_opening_m > HANDLE_M / 2
