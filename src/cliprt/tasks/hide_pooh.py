"""Hide the Pooh with the green cup: lift the cup and put it over him."""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import rotation_about
from cliprt.robots.world import Body, Colour, Link, Part, World
from cliprt.tasks.guide import Tolerance, carry, fetch, set_gripper
from cliprt.tasks.props.shapes import ball, box, tube, turned
from cliprt.tasks.scene import Region, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.types import Primitive

CUP_M, RIM_RADIUS_M, FOOT_RADIUS_M = 0.100, 0.036, 0.028
"""Height and radii of the cup; the rim stands on the table, the foot is on top."""
HOLLOW_M = 0.052
"""Height of the room inside."""
_WALL_M, _SLATS = 0.003, 12
_TAPER_RAD = math.atan2(RIM_RADIUS_M - FOOT_RADIUS_M, CUP_M)

POOH_M, POOH_RADIUS_M = 0.045, 0.013

_FUR: Colour = (0.96, 0.72, 0.15)
_BLACK: Colour = (0.08, 0.06, 0.05)

GRASP_Z_M = 0.082
"""Height of the pinch point above the cup's rim when it is grasped near its foot."""
NEAR_CUP = Tolerance(x=0.015, y=0.013, z=0.012)
NEAR_POOH = Tolerance(x=0.013, y=0.013, z=0.006)
CLEAR_Z_M = 0.13
OVER_POOH_M = POOH_M + 0.015
"""Height of the rim at which the cup passes over him."""
INSIDE_M = RIM_RADIUS_M - POOH_RADIUS_M - 0.003
"""Largest distance of the cup's axis from him when he is under it."""
STANDING_M, STANDING_RAD = 0.004, math.radians(4)
"""How flat the rim must stand on the table."""
FALLEN_RAD = math.radians(45)


class HidePoohTask(TabletopTask):
    """An upside-down cup and a small bear beside it."""

    instruction = "Hide the Pooh with the green cup"
    suite = "novel"
    max_steps = 44
    hand = Region((0.34, -0.10, 0.24), (0.46, 0.10, 0.30))
    cups = Region((0.42, -0.13, 0.0), (0.58, 0.13, 0.0))
    aside = Region((-0.10, 0.11, 0.0), (0.0, 0.20, 0.0))
    """Where Pooh sits as seen from the cup, to its left or mirrored: from there the hand that
    carries the cup keeps him in view."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The cup stands somewhere; Pooh sits beside it on his blanket, inwards on the table.

        The blanket still shows when the cup hides him, and its size tells how high the hand is.
        """
        x, y, _ = spot = self.draw(self.cups, rng)
        dx, dy, _ = self.draw(self.aside, rng)
        side = 1 if rng.uniform(-0.13, 0.13) > y else -1
        world.add(cup(shade(rng, (0.10, 0.62, 0.22))), upright(spot, self.draw_yaw(rng, math.pi)))
        bear = upright((x + dx, y + side * dy, 0.0), self.draw_yaw(rng, 0.5))
        world.add(blanket(shade(rng, (0.45, 0.62, 0.88))), bear)
        world.add(pooh(shade(rng, (0.85, 0.10, 0.10))), bear)

    def is_success(self, world: World) -> bool:
        """Pooh is under the cup, which stands on the table and has been let go."""
        stands = world.pose("cup")[2] < STANDING_M and tilt_rad(world.pose("cup")) < STANDING_RAD
        return stands and _is_over_pooh(world) and world.gripper == "open"

    def next(self, world: World) -> Primitive | None:
        """Fetch the cup, carry it over Pooh, put it down, let go; a cup that lies is lost."""
        if _is_held(world):
            return _cover(world)
        if tilt_rad(world.pose("cup")) > FALLEN_RAD:
            return None
        x, y, z = world.pose("cup")[:3]
        return fetch(world, (x, y, z + GRASP_Z_M), CLEAR_Z_M, NEAR_CUP)


def _is_over_pooh(world: World) -> bool:
    return math.dist(world.pose("cup")[:2], world.pose("pooh")[:2]) < INSIDE_M


def _cover(world: World) -> Primitive:
    goal = (*world.pose("pooh")[:2], 0.0)
    step = carry(world.pose("cup"), goal, OVER_POOH_M, NEAR_POOH, _is_over_pooh(world))
    return step or set_gripper("open")


def _is_held(world: World) -> bool:
    (x, y, z), at = world.pose("cup")[:3], world.tcp_pose
    near = math.dist(at[:2], (x, y)) < 0.03 and 0.04 < at[2] - z < 0.12
    return near and world.gripper == "closed" and world.gripper_opening_m > FOOT_RADIUS_M


def cup(colour: Colour) -> Body:
    """An upside-down cup, hollow below, a thick foot on top by which it can be held.

    What is seen is one tapered wall.  What is felt is that wall around the hollow and, above it, an
    upright cylinder, because flat fingers slip off a cone.  Its frame lies in the middle of the
    rim's plane.
    """
    turns = [2 * math.pi * i / _SLATS for i in range(_SLATS)]
    seen = tuple(_slat(turn, CUP_M, colour, solid=False) for turn in turns)
    felt = tuple(_slat(turn, HOLLOW_M, colour, visible=False) for turn in turns)
    thickness = CUP_M - HOLLOW_M
    middle = (0.0, 0.0, CUP_M - thickness / 2, 0.0, 0.0, 0.0)
    grip = Part("cylinder", (FOOT_RADIUS_M, thickness, 0.0), middle, visible=False)
    # Three turned squares make a foot of twelve corners that is shaded flat.
    feet = tuple(_foot(turn, colour) for turn in turns[:3])
    link = Link("cup", (*seen, *felt, grip, *feet), 0.05, (0.0, 0.0, 0.05), friction=0.6)
    return Body("cup", (link,))


def _slat(
    turn_rad: float, height_m: float, colour: Colour, solid: bool = True, visible: bool = True
) -> Part:
    """One slat of the wall, from the rim up to a height, its outer face on the cone."""
    radius = RIM_RADIUS_M - math.tan(_TAPER_RAD) * height_m / 2 - _WALL_M / 2
    turn = rotation_about(2, turn_rad) @ rotation_about(1, -_TAPER_RAD)
    centre = (radius * math.cos(turn_rad), radius * math.sin(turn_rad), height_m / 2)
    size = (_WALL_M, round(2 * radius * math.tan(math.pi / _SLATS) + 0.001, 5), height_m)
    return Part("box", size, turned(centre, turn), colour, solid, visible)


def _foot(turn_rad: float, colour: Colour) -> Part:
    edge = round((FOOT_RADIUS_M + 0.001) * math.sqrt(2), 5)
    pose = (0.0, 0.0, CUP_M - _WALL_M / 2, 0.0, 0.0, round(turn_rad, 5))
    return Part("box", (edge, edge, _WALL_M), pose, colour, solid=False)


def pooh(shirt: Colour) -> Body:
    """A bear of 4.5 cm; its frame lies under it, it looks towards -x."""
    solid = (
        tube(0.0125, 0.0, 0.012, _FUR),
        tube(0.012, 0.011, 0.014, shirt),
        ball(0.0105, (0.0, 0.0, 0.0325), _FUR),
    )
    seen = (
        *(ball(0.0042, (0.0, side * 0.0085, 0.041), _FUR, False) for side in (-1, 1)),
        *(ball(0.0042, (-0.005, side * 0.0105, 0.0195), shirt, False) for side in (-1, 1)),
        *(ball(0.0048, (-0.0085, side * 0.007, 0.0048), _FUR, False) for side in (-1, 1)),
        *(ball(0.0016, (-0.0092, side * 0.004, 0.0360), _BLACK, False) for side in (-1, 1)),
        ball(0.0045, (-0.0082, 0.0, 0.0300), (0.99, 0.85, 0.45), False),
        ball(0.0018, (-0.0125, 0.0, 0.0312), _BLACK, False),
    )
    return Body("pooh", (Link("bear", (*solid, *seen), 0.03, (0.0, 0.0, 0.014)),))


def blanket(colour: Colour) -> Body:
    """A square of 12 cm, too thin to be felt; its frame lies under its middle."""
    cloth = box((0.12, 0.12, 0.001), (0.0, 0.0, 0.0005), colour, solid=False)
    return Body("blanket", (Link("cloth", (cloth,), 0.01),), fixed=True)
