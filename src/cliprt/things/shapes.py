"""The shapes that things are made of, in the frame of their link [m]."""

from __future__ import annotations

import numpy as np

from cliprt.geometry import rotation_vector
from cliprt.robots.world import Colour, Part, Vector
from cliprt.types import Pose


def box(size: Vector, centre: Vector, colour: Colour, solid: bool = True) -> Part:
    """A box with edges along the axes."""
    return Part("box", size, (*centre, 0.0, 0.0, 0.0), colour, solid)


def tube(
    radius_m: float, bottom_m: float, length_m: float, colour: Colour, solid: bool = True
) -> Part:
    """An upright cylinder about the z axis."""
    middle = (0.0, 0.0, bottom_m + length_m / 2, 0.0, 0.0, 0.0)
    return Part("cylinder", (radius_m, length_m, 0.0), middle, colour, solid)


def ball(radius_m: float, centre: Vector, colour: Colour, solid: bool = True) -> Part:
    """A sphere."""
    return Part("sphere", (radius_m, 0.0, 0.0), (*centre, 0.0, 0.0, 0.0), colour, solid)


def crate(size: Vector, wall_m: float, colour: Colour) -> tuple[Part, ...]:
    """A floor and four walls, open above; the origin lies under its middle."""
    x, y, z = size
    aside_x, aside_y = x / 2 - wall_m / 2, y / 2 - wall_m / 2
    return (
        box((x, y, wall_m), (0.0, 0.0, wall_m / 2), colour),
        *(box((wall_m, y, z), (side * aside_x, 0.0, z / 2), colour) for side in (1, -1)),
        *(box((x, wall_m, z), (0.0, side * aside_y, z / 2), colour) for side in (1, -1)),
    )


def board(size: Vector, margin_m: float, back: Colour, sheet: Colour) -> tuple[Part, ...]:
    """A board with a thin sheet on it, smaller by a margin; the origin lies under its middle."""
    (x, y, z), edge, thin = size, 2 * margin_m, 0.001
    return (
        box((x, y, z - thin), (0.0, 0.0, (z - thin) / 2), back),
        box((x - edge, y - edge, thin), (0.0, 0.0, z - thin / 2), sheet),
    )


def turned(centre: Vector, turn: np.ndarray) -> Pose:
    """The pose of a part turned by a rotation matrix (3, 3), in short numbers."""
    x, y, z, rx, ry, rz = (round(float(v), 5) for v in (*centre, *rotation_vector(turn)))
    return x, y, z, rx, ry, rz
