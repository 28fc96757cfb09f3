"""Erase the whiteboard: take the block by its back and wipe over what is written."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.ink import Canvas, stroke
from cliprt.robots.world import World
from cliprt.tasks.guide import Tolerance, X, Y, Z, fetch, longest_step, nearest_step, slide
from cliprt.tasks.scene import Region, ink_points, point_of, shade, tilt_rad, upright
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.whiteboard import BLOCK_M, BOARD_M, WHITEBOARD, block, felt, surface, whiteboard
from cliprt.types import Primitive

_LINE_M = 0.005
SCRIBBLE_M = (0.065, 0.11)
"""Edges of the scribble, so that one wipe takes all of it away."""

GRASP_M = 0.035
"""Height of the pinch point above the felt when the block is grasped."""
NEAR_BLOCK = Tolerance(x=0.016, y=0.013, z=0.014)
CLEAR_Z_M = 0.10
BOARD = surface("whiteboard")
"""The board's surface, which shows ink."""
LEFT_M2 = 0.0004
"""What may be left over: a tenth of what was written, or less."""
TOUCHING_M = 0.003
"""Gap between felt and board at which wiping wipes."""
PRESS_M = 0.008
ASIDE_M = 0.027
"""How far the ink's middle may be from the block's, across the wipe."""
OVERLAP_M = 0.005
"""How far the block goes beyond the last ink."""
FALLEN_RAD = math.radians(40)


class EraseWhiteboardTask(TabletopTask):
    """A board with a scribble on its left half; the eraser lies on its right half."""

    instruction = "Erase the whiteboard"
    suite = "novel"
    max_steps = 20
    hand = Region((0.38, -0.16, 0.16), (0.50, 0.02, 0.23))
    boards = Region((0.42, -0.07, 0.0), (0.54, 0.07, 0.0))
    blocks = Region((-0.01, -0.125, BOARD_M[2]), (0.01, -0.105, BOARD_M[2]))
    """On the board."""
    scribbles = Region((-0.01, 0.03, 0.0), (0.01, 0.05, 0.0))
    """On the board."""

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The board, the scribble relative to it, and the eraser on it."""
        middle, yaw = self.draw(self.boards, rng), self.draw_yaw(rng, math.radians(4))
        lying = upright(middle, yaw)
        world.add(whiteboard("whiteboard", WHITEBOARD.colour), lying)
        world.add_canvas(BOARD)
        x, y, _ = self.draw(self.scribbles, rng)
        phase = float(rng.uniform(0, 2 * math.pi))
        world.set_ink("whiteboard", scribble(BOARD, (x, y), phase))
        spot = point_of(lying, self.draw(self.blocks, rng))
        turned = yaw + self.draw_yaw(rng, math.radians(4))
        world.add(block("eraser", shade(rng, (0.15, 0.35, 0.85))), upright(spot, turned))
        world.add_tool(felt("eraser"))

    def is_success(self, world: World) -> bool:
        """Hardly any ink is left."""
        return bool(world.ink("whiteboard").sum() * BOARD.cell_m**2 <= LEFT_M2)

    def next(self, world: World) -> Primitive | None:
        """Fetch the eraser, and wipe from where it lies over the ink; a tipped one is lost."""
        if _is_held(world):
            return _wipe(world)
        if tilt_rad(world.pose("eraser")) > FALLEN_RAD:
            return None
        x, y, z = world.pose("eraser")[:3]
        return fetch(world, (x, y, z + GRASP_M), CLEAR_Z_M, NEAR_BLOCK)


def _wipe(world: World) -> Primitive:
    """Down on the board, in line with the ink, and along it past its far end."""
    at, ink = world.pose("eraser")[:3], ink_points(world, BOARD)
    height = at[Z] - BOARD_M[2]
    if height > TOUCHING_M:
        return slide(Z, -longest_step(height, PRESS_M))
    lowest, highest = ink.min(axis=0), ink.max(axis=0)
    across = float(lowest[X] + highest[X]) / 2 - at[X]
    if abs(across) > ASIDE_M:
        return slide(X, nearest_step(across))
    reach = BLOCK_M[1] / 2 - OVERLAP_M
    is_left = highest[Y] > at[Y] + reach
    return slide(
        Y, nearest_step(float(highest[Y] - reach if is_left else lowest[Y] + reach) - at[Y])
    )


def _is_held(world: World) -> bool:
    (x, y, z), at = world.pose("eraser")[:3], world.tcp_pose
    near = math.dist(at[:2], (x, y)) < 0.03 and abs(at[2] - z - GRASP_M) < 0.03
    return near and world.gripper == "closed" and world.gripper_opening_m > BLOCK_M[1] / 2


def scribble(canvas: Canvas, middle: tuple[float, float], phase_rad: float) -> np.ndarray:
    """A wavy to-and-fro around a point (x, y) of the sheet [m], bool (rows, columns).

    Args:
        canvas: What it is written on.
        middle: Where.
        phase_rad: Where the waves begin.
    """
    share = np.linspace(0.0, 1.0, 60)
    wave = np.sin(4.5 * 2 * math.pi * share + phase_rad)
    reach = [edge / 2 - _LINE_M for edge in SCRIBBLE_M]
    x = middle[0] + reach[0] * wave * (0.75 + 0.25 * np.sin(7 * share + phase_rad))
    y = middle[1] + reach[1] * (2 * share - 1)
    return stroke(canvas, list(zip(x.tolist(), y.tolist(), strict=True)), _LINE_M)
