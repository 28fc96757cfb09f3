"""A tapered drinking cup standing upside down: a ring of tilted slats under a lid."""

from __future__ import annotations

import math

from cliprt.geometry import rotation_about, rotation_vector
from cliprt.robots.world import Body, Colour, Link, Part

HEIGHT_M, RIM_RADIUS_M, FOOT_RADIUS_M = 0.105, 0.041, 0.022
"""The rim stands on the table, the foot is on top."""
_WALL_M, _SLATS = 0.003, 16


def cup(colour: Colour = (0.10, 0.62, 0.22)) -> Body:
    """An upside-down cup; its frame lies in the middle of the rim's plane."""
    slats = tuple(_slat(2 * math.pi * i / _SLATS, colour) for i in range(_SLATS))
    foot = Part(
        "cylinder",
        (FOOT_RADIUS_M, _WALL_M, 0.0),
        (0.0, 0.0, HEIGHT_M - _WALL_M / 2, 0.0, 0.0, 0.0),
        colour,
    )
    return Body("cup", (Link("cup", (*slats, foot), 0.06, (0.0, 0.0, 0.05), friction=1.0),))


def _slat(angle_rad: float, colour: Colour) -> Part:
    """One slat of the wall, leaning inwards, whose outer faces lie on the cone."""
    taper = math.atan2(RIM_RADIUS_M - FOOT_RADIUS_M, HEIGHT_M)
    radius = (RIM_RADIUS_M + FOOT_RADIUS_M) / 2 - _WALL_M / 2
    width = 2 * RIM_RADIUS_M * math.tan(math.pi / _SLATS)
    turn = rotation_about(2, angle_rad) @ rotation_about(1, -taper)
    rx, ry, rz = (float(r) for r in rotation_vector(turn))
    centre = (radius * math.cos(angle_rad), radius * math.sin(angle_rad), HEIGHT_M / 2)
    return Part("box", (_WALL_M, width, HEIGHT_M / math.cos(taper)), (*centre, rx, ry, rz), colour)
