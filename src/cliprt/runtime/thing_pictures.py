"""Pictures of things: each alone on the table, and all of them on one sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import box_corners, in_base, to_matrix
from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import World
from cliprt.runtime.abilities import project, render
from cliprt.things.bounds import bounds
from cliprt.things.interface import Thing

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE_PX = 160
PLACE = (0.46, 0.02)
"""Where a thing stands [m], before the scene camera."""
TURN_RAD = math.radians(-120)
"""So that the camera sees the side that else is towards the robot, where faces and handles are."""
ASIDE_M = (0.20, -0.30, 0.45)
"""Where the hand waits, out of the picture."""
_LEAST_SHARE = 0.055
"""Of the camera's picture, seen to each side of a thing: small things look small."""
_SEEN_PX = 1024
_TEXT_PX, _COLUMNS = 22, 7


def picture_of(thing: Thing, robot: RobotBackend) -> np.ndarray:
    """A picture of one thing in its usual colour, uint8 (size, size, 3).

    Raises:
        RobotError: The robot simulates no table, or cannot look at it.
    """
    from PIL import Image

    world = robot.simulation
    if not isinstance(world, World):
        raise RobotError("pictures of things need a simulated table. Choose the robot: pybullet")
    world.clear(0)
    world.move_home((*ASIDE_M, *world.tcp_pose[3:]))
    body = thing.build(thing.name, thing.colour)
    (x, y), z = PLACE, -bounds(body)[0][2]
    world.add(body, (x, y, z, 0.0, 0.0, TURN_RAD))
    world.settle(0.3)
    seen = render(robot, _SEEN_PX, _SEEN_PX, "scene")
    spots = project(robot, _corners(thing, world), "scene")
    if seen is None or spots is None:
        raise RobotError(f"{type(robot).__name__} cannot look at a thing. Choose pybullet")
    middle, reach = _square(spots * _SEEN_PX)
    left, top, right, bottom = (round(v) for v in (*(middle - reach), *(middle + reach)))
    view = Image.fromarray(seen).crop((left, top, right, bottom))
    return np.asarray(view.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS))


def contact_sheet(pictures: Mapping[str, np.ndarray]) -> Image:
    """All pictures (size, size, 3) in rows, each with its name below."""
    from PIL import Image, ImageDraw, ImageFont

    rows = math.ceil(len(pictures) / _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * SIZE_PX, max(1, rows) * (SIZE_PX + _TEXT_PX)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, (name, picture) in enumerate(pictures.items()):
        row, column = divmod(number, _COLUMNS)
        left, top = column * SIZE_PX, row * (SIZE_PX + _TEXT_PX)
        sheet.paste(Image.fromarray(picture), (left, top))
        pen.text((left + SIZE_PX / 2, top + SIZE_PX + 3), name, "black", font, anchor="ma")
    return sheet


def _corners(thing: Thing, world: World) -> np.ndarray:
    """Corners (8, 3) of the space that a thing takes [m], base frame."""
    corners = box_corners(*bounds(world.body(thing.name)))
    return in_base(corners, to_matrix(world.pose(thing.name)))


def _square(spots: np.ndarray) -> tuple[np.ndarray, float]:
    """Middle and half edge of the square to be cut out for points (n, 2) [pixel]."""
    lower, upper = spots.min(axis=0), spots.max(axis=0)
    return (lower + upper) / 2, max(float((upper - lower).max()) * 0.62, _LEAST_SHARE * _SEEN_PX)
