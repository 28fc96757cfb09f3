"""A whiteboard lying on the table, what somebody scribbled on it, and a felt block to wipe it."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.ink import Canvas, Eraser, stroke
from cliprt.robots.world import Body, Colour, Link, Part

BOARD_M = (0.26, 0.36, 0.008)
"""Edges of the board."""
BLOCK_M = (0.12, 0.050, 0.055)
"""Edges of the block: long across the wipe, narrow enough for the gripper along it."""
SCRIBBLE_M = (0.065, 0.11)
"""Edges of the scribble, so that one wipe takes all of it away."""
_FRAME_M, _THIN_M, _FELT_M, _LINE_M = 0.008, 0.001, 0.015, 0.005


def whiteboard() -> Body:
    """A framed board, taped to the table; its frame lies under its middle."""
    x, y, z = BOARD_M
    back = Part("box", (x, y, z - _THIN_M), (0, 0, (z - _THIN_M) / 2, 0, 0, 0), (0.55, 0.57, 0.60))
    edge = 2 * _FRAME_M
    sheet = Part(
        "box", (x - edge, y - edge, _THIN_M), (0, 0, z - _THIN_M / 2, 0, 0, 0), (0.97, 0.97, 0.98)
    )
    return Body("whiteboard", (Link("board", (back, sheet), friction=0.4),), fixed=True)


def surface(ink: Colour) -> Canvas:
    """The board's surface, which shows ink."""
    x, y, z = BOARD_M
    return Canvas("whiteboard", (0, 0, z, 0, 0, 0), (x - 2 * _FRAME_M, y - 2 * _FRAME_M), ink)


def block(colour: Colour = (0.15, 0.35, 0.85)) -> Body:
    """An eraser lying on its felt; its frame lies under its middle."""
    x, y, z = BLOCK_M
    felt = Part("box", (x, y, _FELT_M), (0, 0, _FELT_M / 2, 0, 0, 0), (0.25, 0.25, 0.27))
    grip = Part("box", (x, y, z - _FELT_M), (0, 0, (z + _FELT_M) / 2, 0, 0, 0), colour)
    return Body("eraser", (Link("block", (felt, grip), 0.08, (0, 0, z / 2), friction=0.5),))


def felt() -> Eraser:
    """What the block does to the board."""
    return Eraser("eraser", (0.0, 0.0, 0.0, math.pi, 0.0, 0.0), BLOCK_M[:2])


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
