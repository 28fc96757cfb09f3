"""A body as it is seen from above: flat outlines for a map, the highest drawn last."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cliprt.geometry import in_base
from cliprt.robots.world import Body, Colour, Part
from cliprt.runtime.preview import hull
from cliprt.things.bounds import part_corners, placed_parts

_CORNERS = 18
"""Of what stands for a circle."""


@dataclass(frozen=True)
class Outline:
    """One part of a body.

    Attributes:
        points: Its corners (x, y) in the body's frame [m], in order.
        colour: As web pages write it.
    """

    points: tuple[tuple[float, float], ...]
    colour: str


def seen_above(body: Body) -> tuple[Outline, ...]:
    """What can be seen of a body from above, the lowest first; its joints are at their start.

    >>> from cliprt.robots.world import Body, Link, Part
    >>> seen_above(Body("cube", (Link("cube", (Part("box", (0.04, 0.04, 0.04)),)),)))[0].points
    ((-0.02, -0.02), (0.02, -0.02), (0.02, 0.02), (-0.02, 0.02))
    """
    found = []
    for frame, part in placed_parts(body):
        if part.visible:
            points = in_base(_surface(part), frame)
            corners = hull(points[:, :2].round(4) + 0.0).tolist()
            outline = Outline(tuple((x, y) for x, y in corners), to_web(part.colour))
            found.append((float(points[:, 2].max()), outline))
    return tuple(outline for _, outline in sorted(found, key=lambda one: one[0]))


def to_web(colour: Colour) -> str:
    """A colour as web pages write it.

    >>> to_web((1.0, 0.5, 0.0))
    '#ff8000'
    """
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02x}" for c in colour)


def _surface(part: Part) -> np.ndarray:
    """Points (n, 3) that its outline goes through from every side, in its own frame [m]."""
    radius, length, _ = part.size
    angles = 2 * math.pi * np.arange(_CORNERS) / _CORNERS
    ring = radius * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    if part.shape == "cylinder":
        return np.concatenate([ring + np.array([0, 0, end * length / 2]) for end in (-1, 1)])
    if part.shape == "sphere":
        return np.concatenate([ring, ring[:, [0, 2, 1]], ring[:, [2, 0, 1]]])
    return part_corners(part)
