"""Chance around a task: the light, and things that do not matter, away from the work."""

from __future__ import annotations

import math

import numpy as np

from cliprt.robots.world import Light, World
from cliprt.tasks.props.distractor import distractor
from cliprt.tasks.scene import ATTEMPTS, Difficulty, Region, upright

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
        body, half_height = distractor(f"distractor {number}", rng)
        for _ in range(ATTEMPTS):
            x, y, _ = STRIPS[int(rng.integers(len(STRIPS)))].draw(rng)
            if all(math.dist((x, y), world.pose(name)[:2]) > APART_M for name in world.bodies):
                turn = float(rng.uniform(-math.pi, math.pi))
                world.add(body, upright((x, y, half_height), turn))
                break
