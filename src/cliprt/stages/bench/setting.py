"""What is measured: the parts that a recipe names, in one of its scenes."""

from __future__ import annotations

from dataclasses import dataclass

from cliprt.recipe.build import build_robot, build_task
from cliprt.recipe.schema import Recipe
from cliprt.runtime.loop import prepare_scene
from cliprt.types import Observation


@dataclass(frozen=True)
class Setting:
    """What one call of ``cliprt bench`` measures.

    Attributes:
        recipe: Whose parts.
    """

    recipe: Recipe


def look_at_scenes(recipe: Recipe, count: int) -> list[tuple[Observation, str]]:
    """What the recipe's robot sees at the beginning of so many scenes, and the instruction.

    The recipe's tasks take turns.
    """
    seen = []
    with build_robot(recipe) as robot:
        for seed in range(count):
            task = build_task(recipe.tasks[seed % len(recipe.tasks)])
            prepare_scene(task, robot, seed)
            seen.append((robot.observe(), task.instruction))
    return seen
