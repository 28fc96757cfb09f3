"""A whiteboard that lies on the table, and what wipes it."""

from __future__ import annotations

import math

from cliprt.robots.ink import Canvas, Eraser
from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import board, box

BOARD_M = (0.26, 0.36, 0.008)
"""Edges of the board."""
BLOCK_M = (0.12, 0.050, 0.055)
"""Edges of the block: long across the wipe, narrow enough for the gripper along it."""
_FRAME_M, _FELT_M = 0.008, 0.015


def whiteboard(name: str, frame: Colour) -> Body:
    """A framed board, taped to the table; its frame lies under its middle."""
    parts = board(BOARD_M, _FRAME_M, frame, (0.97, 0.97, 0.98))
    return Body(name, (Link("board", parts, friction=0.4),), fixed=True)


def block(name: str, colour: Colour) -> Body:
    """An eraser lying on its felt; its frame lies under its middle."""
    x, y, z = BLOCK_M
    felt = box((x, y, _FELT_M), (0.0, 0.0, _FELT_M / 2), (0.25, 0.25, 0.27))
    grip = box((x, y, z - _FELT_M), (0.0, 0.0, (z + _FELT_M) / 2), colour)
    return Body(name, (Link("block", (felt, grip), 0.08, (0, 0, z / 2), friction=0.5),))


def felt(name: str) -> Eraser:
    """What the block does to the board."""
    return Eraser(name, (0.0, 0.0, 0.0, math.pi, 0.0, 0.0), BLOCK_M[:2])


def surface(name: str) -> Canvas:
    """The board's surface, which shows ink."""
    x, y, z = BOARD_M
    return Canvas(
        name, (0, 0, z, 0, 0, 0), (x - 2 * _FRAME_M, y - 2 * _FRAME_M), (0.75, 0.10, 0.15)
    )


WHITEBOARD = Thing(
    ("whiteboard", "white board", "board"),
    whiteboard,
    (0.55, 0.57, 0.60),
    frozenset({"drawn on"}),
    canvas=surface,
)

ERASER = Thing(
    ("eraser", "sponge", "rubber", "wiper"),
    block,
    (0.15, 0.35, 0.85),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.035, 0.0),
    tool=felt,
)
