"""A model of a table as recipes: one for each policy that it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, Recipe
from cliprt.stages.models import CLAIMS, PRETRAINING, Model
from cliprt.stages.profiles import PROFILES, SCENES_APART, Profile


@dataclass(frozen=True)
class Part:
    """One policy of a model, with the recipe that makes it; for the teacher, no policy."""

    model: Model
    suite: str
    recipe: Recipe

    @property
    def folder(self) -> str:
        """Where it is made, below the reproduction's folder.

        Models that were taught alike share one.  Others do not: an augmenter may learn from all
        demonstrations that it is shown, and few-shot models must not profit from the others.
        Where every training seed has scenes of its own, it has a folder of its own.
        """
        if self.suite == CLAIMS:
            return f"{CLAIMS}/{self.recipe.seed}-{self.recipe.data.episodes}"
        return f"{self.suite}-{self.model.episodes}" if self.model.episodes else self.suite


def build_parts(
    model: Model,
    suite: str,
    profile: str,
    overrides: Sequence[str] = (),
    seeds: Sequence[int] = (),
) -> tuple[Part, ...]:
    """The policies of a model: one for each of its trainings, or one for every task.

    Policies of one task share the training steps of the one for all: every picture is looked at as
    often.

    Args:
        model: Of `MODELS`.
        suite: One of `SUITES`, or `CLAIMS`.
        profile: A key of `PROFILES`.
        overrides: Further changes of the suite's recipe.
        seeds: Of the trainings; none = as many as the model says, from the recipe's on.
    """
    recipe = build_variant(model, suite, profile, overrides)
    recipes = [
        with_seed(recipe, seed, PROFILES[profile].own_scenes)
        for seed in seeds or range(recipe.seed, recipe.seed + model.trainings)
    ]
    if not model.single_task:
        return tuple(Part(model, suite, one) for one in recipes)
    steps = math.ceil(recipe.trainer.max_steps / len(recipe.tasks))
    trainer = replace(recipe.trainer, max_steps=steps)
    return tuple(
        Part(model, suite, replace(one, tasks=(task,), trainer=trainer))
        for one in recipes
        for task in one.tasks
    )


def with_seed(recipe: Recipe, seed: int, own_scenes: bool) -> Recipe:
    """The recipe of one training of several.

    Args:
        recipe: Of all of them.
        seed: Of the training.
        own_scenes: Whether it is taught, corrected and judged where no other is.
    """
    if not own_scenes:
        return replace(recipe, seed=seed)
    away = SCENES_APART * seed
    data, judged, corrected = recipe.data, recipe.evaluation, recipe.collaboration
    return replace(
        recipe,
        seed=seed,
        data=replace(data, first_seed=data.first_seed + away),
        evaluation=replace(judged, first_seed=judged.first_seed + away),
        collaboration=replace(corrected, first_seed=corrected.first_seed + away),
    )


def build_variant(model: Model, suite: str, profile: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a model, before it is trained several times or for single tasks."""
    recipe = build_suite(suite, profile, (*overrides, *model.changes))
    return _vary(recipe, model, PROFILES[profile])


def build_suite(suite: str, profile: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe that all models of a suite are variations of.

    A training has one thread: the trainings side by side fill the cores better than one on all.
    """
    size = PROFILES[profile]
    changes = [*size.overrides, "trainer.threads=1", "evaluation.videos=0", *overrides]
    recipe = load_recipe(CLAIMS if suite == CLAIMS else f"finetune_{suite}", changes)
    return replace(recipe, tasks=recipe.tasks[: size.tasks or None])


def build_pretraining(profile: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of the policy that pretrained models begin with, as large in every profile that
    is more than a test."""
    size = PROFILES[profile]
    changes = size.overrides if size.tasks else ()
    own = ["trainer.threads=1", "evaluation.videos=0", *overrides]
    recipe = load_recipe(PRETRAINING, [*changes, *own])
    return replace(recipe, tasks=recipe.tasks[: size.tasks or None])


def _vary(recipe: Recipe, model: Model, profile: Profile) -> Recipe:
    known = {one.name: one for one in (*recipe.augmenters, *profile.augmenter_options)}
    data, trainer = recipe.data, recipe.trainer
    if model.episodes is not None:
        data = replace(data, episodes=model.episodes)
        trainer = trainer if model.episodes else replace(trainer, max_steps=0)
    return replace(
        recipe,
        augmenters=tuple(known.get(name, Component(name)) for name in model.augmenters),
        policy=replace(recipe.policy, name=model.policy or recipe.policy.name),
        data=data,
        trainer=trainer,
        evaluation=replace(recipe.evaluation, compare_loop_breaking=model.compare_loop_breaking),
    )
