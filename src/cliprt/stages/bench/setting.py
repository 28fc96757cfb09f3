"""What is measured: the parts that a recipe names, in scenes of its tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cliprt.policies.checkpoint import begin_with
from cliprt.policies.interface import Policy
from cliprt.recipe.build import build_policy, build_robot, build_task
from cliprt.recipe.schema import Component, Recipe
from cliprt.runtime.loop import prepare_scene
from cliprt.stages.start import find_start
from cliprt.types import Observation
from cliprt.vocabularies.interface import ActionVocabulary


@dataclass(frozen=True)
class Setting:
    """What one call of ``cliprt bench`` measures.

    Attributes:
        recipe: Whose parts.
        models: Names of OpenCLIP architectures whose towers, with random weights, are measured in
            place of the recipe's encoder, in the policy as the paper has it; none = the recipe's.
        openvla: The Python of OpenVLA's own environment, in which its decision is measured too.
    """

    recipe: Recipe
    models: tuple[str, ...] = ()
    openvla: Path | None = None

    def by_model(self) -> Iterator[tuple[str, Recipe]]:
        """Each model's name, and the recipe with it."""
        if not self.models:
            encoder = self.recipe.encoder
            yield str(encoder.options.get("model", encoder.name)), self.recipe
        for model in self.models:
            yield model, as_published(self.recipe, model)


def as_published(recipe: Recipe, model: str) -> Recipe:
    """The recipe with the paper's policy around an OpenCLIP architecture: one camera, the sum of
    the features, the loss in the batch."""
    camera = recipe.policy.options.get("cameras", ["scene"])[-1]
    options = {"cameras": [camera], "fusion": "additive", "loss": "in_batch_bce"}
    return replace(
        recipe,
        encoder=Component("open_clip", {"model": model}),
        policy=Component("clip_rt", options),
    )


def begin_policy(recipe: Recipe, vocabulary: ActionVocabulary) -> Policy:
    """The recipe's policy with random weights, or those that ``trainer.start_from`` names."""
    policy = build_policy(recipe, vocabulary)
    if (start := find_start(recipe)) is not None:
        begin_with(policy, vocabulary, start)
    return policy


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
