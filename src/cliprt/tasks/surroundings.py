"""Chance around a task: the light, and things that do not matter, away from the work."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Body, Colour, Light, Link, Part, World
from cliprt.tasks.scene import ATTEMPTS, Difficulty, Region, upright

DULL: tuple[Colour, ...] = (
    (0.45, 0.45, 0.46),
    (0.62, 0.60, 0.57),
    (0.40, 0.33, 0.27),
    (0.30, 0.31, 0.34),
    (0.55, 0.48, 0.40),
)

LIGHT_SPREAD: dict[Difficulty, float] = {"easy": 0.0, "default": 0.5, "hard": 1.0}
"""How much of the light's chance is used."""
DISTRACTORS: dict[Difficulty, tuple[int, int]] = {"easy": (0, 0), "default": (0, 1), "hard": (3, 3)}
"""Fewest and most things that do not matter."""

STRIPS = (
    Region((0.74, -0.42, 0.0), (0.82, 0.02, 0.0)),
    Region((0.22, -0.52, 0.0), (0.70, -0.40, 0.0)),
)
"""Where the scene camera sees the table but no task brings the hand."""
APART_M = 0.22
"""From the middle of anything else."""
DISTRACTOR = "distractor "
"""What the names of such things begin with: no goal is about them."""


def draw_light(rng: np.random.Generator, spread: float) -> Light:
    """A lamp somewhere above, a little brighter or darker than usual; 0 = as usual."""
    usual = Light()
    x, y, brightness, ambient = (float(v) * spread for v in rng.uniform(-1, 1, 4))
    return Light(
        (usual.position[0] + 1.2 * x, usual.position[1] + 1.2 * y, usual.position[2]),
        usual.brightness + 0.15 * brightness,
        usual.ambient + 0.15 * ambient,
    )


def add_distractors(world: World, rng: np.random.Generator, difficulty: Difficulty) -> None:
    """Grey and brown things at the table's edges; fewer where no room is found."""
    fewest, most = DISTRACTORS[difficulty]
    for number in range(1, int(rng.integers(fewest, most + 1)) + 1):
        body, half_height = distractor(f"{DISTRACTOR}{number}", rng)
        for _ in range(ATTEMPTS):
            x, y, _ = STRIPS[int(rng.integers(len(STRIPS)))].draw(rng)
            if all(math.dist((x, y), world.pose(name)[:2]) > APART_M for name in world.bodies):
                turn = float(rng.uniform(-math.pi, math.pi))
                world.add(body, upright((x, y, half_height), turn))
                break


def distractor(name: str, rng: np.random.Generator) -> tuple[Body, float]:
    """A small thing of 4 to 7 cm, its frame at its middle, and half its height [m]."""
    colour = DULL[int(rng.integers(len(DULL)))]
    width, depth, height = (round(float(v), 3) for v in rng.uniform(0.04, 0.07, 3))
    if rng.integers(2):
        part = Part("box", (width, depth, height), colour=colour)
    else:
        part = Part("cylinder", (width / 2, height, 0.0), colour=colour)
    return Body(name, (Link("thing", (part,), mass=0.2),)), height / 2
