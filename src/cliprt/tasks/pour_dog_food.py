"""Pour the dog food in the bowl: carry the mug beside the bowl and tip it."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Vector, World
from cliprt.tasks.guide import LIFT_M, Tolerance, Z, align, fetch, slide
from cliprt.tasks.scene import Region, point_of, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.vessels import (
    BOWL_HEIGHT_M,
    BOWL_RADIUS_M,
    HANDLE,
    PIECE_RADIUS_M,
    bowl,
    mug,
    piece,
)
from cliprt.types import Pose, Primitive

LAYERS, PER_LAYER = 3, 3
ON_TABLE_M = PIECE_RADIUS_M + 0.002
"""Lower than a piece can be on the bottom of the mug or the bowl."""
POURED = 0.8
"""Share of the pieces that has to be in the bowl."""
BESIDE_M = 0.075
"""How far to the left of the bowl's middle the mug is tipped."""
NEAR_HANDLE = Tolerance(x=0.014, y=0.02, z=0.015)
NEAR_BOWL = Tolerance(x=0.025, y=0.025)
CLEAR_Z_M = 0.13
CARRY_M = 0.08
"""Height of the mug's underside from which it may be carried."""
TIPPING_RAD = math.radians(30)
SHAKEN_RAD = math.radians(97)
TIP_RAD, SHAKE_RAD = math.radians(90), math.radians(15)
"""To the right; then a little to and fro, while something is left in the mug."""
GRIP_M = 0.01
"""The fingers are further apart than this when the handle is between them."""


class PourDogFoodTask(TabletopTask):
    """A mug of dog food, its handle towards the robot; the bowl stands to its right."""

    instruction = "Pour the dog food in the bowl"
    suite = "novel"
    max_steps = 40
    hold_s = 0.5
    hand = Region((0.34, -0.06, 0.20), (0.44, 0.12, 0.28))
    mugs = Region((0.46, -0.04, 0.0), (0.57, 0.18, 0.0))
    aside = Region((-0.03, -0.24, 0.0), (0.05, -0.16, 0.0))
    """Where the bowl is as seen from the mug."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The mug stands somewhere, full; the bowl beside it, empty."""
        x, y, _ = spot = self.draw(self.mugs, rng)
        dx, dy, _ = self.draw(self.aside, rng)
        stand = upright(spot, self.draw_yaw(rng, math.radians(8)))
        world.add(mug("mug", shade(rng, (0.15, 0.45, 0.85))), stand)
        world.add(bowl("bowl", shade(rng, (0.85, 0.12, 0.15))), upright((x + dx, y + dy, 0.0)))
        colour = shade(rng, (0.42, 0.24, 0.10))
        for number, place in enumerate(_heap()):
            world.add(piece(number, colour), upright(point_of(stand, place)))

    def is_success(self, world: World) -> bool:
        """Nearly all of the food is in the bowl."""
        bowl_at, pieces = world.pose("bowl"), _pieces(world)
        inside = (p[Z] < BOWL_HEIGHT_M and _is_over(bowl_at, p) for p in pieces)
        return sum(inside) >= POURED * len(pieces)

    def next(self, world: World) -> Primitive | None:
        """Fetch the mug by its handle, carry it to the bowl's left, tip it to the right.

        Food on the table is lost, and so is a mug that lies there.
        """
        if _is_spilled(world):
            return None
        at = world.pose("mug")
        if _is_held(world):
            return _pour(world)
        if tilt_rad(at) > TIPPING_RAD:
            return None
        return fetch(world, point_of(at, HANDLE), CLEAR_Z_M, NEAR_HANDLE)


def _pour(world: World) -> Primitive | None:
    at = world.pose("mug")
    tilt = tilt_rad(at)
    if tilt > TIPPING_RAD:
        return _tip(-SHAKE_RAD if tilt > SHAKEN_RAD else SHAKE_RAD)
    if at[Z] < CARRY_M:
        return slide(Z, LIFT_M)
    x, y, _ = world.pose("bowl")[:3]
    return align(at, (x, y + BESIDE_M), NEAR_BOWL) or _tip(TIP_RAD)


def _pieces(world: World) -> list[Pose]:
    return [world.pose(f"piece {number}") for number in range(LAYERS * PER_LAYER)]


def _is_over(bowl_at: Pose, spot: Pose) -> bool:
    return math.dist(bowl_at[:2], spot[:2]) < BOWL_RADIUS_M


def _is_spilled(world: World) -> bool:
    """Whether so much lies on the table that the rest is not enough."""
    pieces = _pieces(world)
    return sum(p[Z] < ON_TABLE_M for p in pieces) > (1 - POURED) * len(pieces)


def _tip(angle_rad: float) -> Primitive:
    """To the right, about the handle."""
    return Primitive(None, "", (0.0, 0.0, 0.0, angle_rad, 0.0, 0.0, 0.0))


def _is_held(world: World) -> bool:
    near = math.dist(world.tcp_pose[:3], point_of(world.pose("mug"), HANDLE)) < 0.04
    return near and world.gripper == "closed" and world.gripper_opening_m > GRIP_M


def _heap() -> list[Vector]:
    """Where the pieces are in a full mug, in its frame [m]: rings on top of each other."""
    ring_m, rise_m = 0.0135, 2.0 * PIECE_RADIUS_M
    places = []
    for layer in range(LAYERS):
        for i in range(PER_LAYER):
            angle = 2 * math.pi * (i + layer / 2) / PER_LAYER
            height = 0.017 + layer * rise_m
            places.append((ring_m * math.cos(angle), ring_m * math.sin(angle), height))
    return places
