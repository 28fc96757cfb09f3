"""Boxes and tins of dull colours that no task is about."""

from __future__ import annotations

import numpy as np

from cliprt.robots.world import Body, Colour, Link, Part

DULL: tuple[Colour, ...] = (
    (0.45, 0.45, 0.46),
    (0.62, 0.60, 0.57),
    (0.40, 0.33, 0.27),
    (0.30, 0.31, 0.34),
    (0.55, 0.48, 0.40),
)


def distractor(name: str, rng: np.random.Generator) -> tuple[Body, float]:
    """A small thing of 4 to 7 cm, its frame at its middle, and half its height [m]."""
    colour = DULL[int(rng.integers(len(DULL)))]
    width, depth, height = (round(float(v), 3) for v in rng.uniform(0.04, 0.07, 3))
    if rng.integers(2):
        part = Part("box", (width, depth, height), colour=colour)
    else:
        part = Part("cylinder", (width / 2, height, 0.0), colour=colour)
    return Body(name, (Link("thing", (part,), mass=0.2),)), height / 2
