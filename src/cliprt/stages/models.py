"""The rows of the paper's tables as recipes: which models there are, and how large a table is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliprt.errors import UsageError, did_you_mean
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, Recipe

SUITES = ("common", "novel")
"""The paper's; the models of each are variations of the recipe ``finetune_<suite>``."""


@dataclass(frozen=True)
class Model:
    """One row of a table.

    Attributes:
        name: On the command line.
        title: In the table.
        augmenters: Names, each with the options of the suite's recipe, if it has them there.
        policy: Registry name of the policy; empty = the teacher acts, as an upper bound.
        episodes: Taught ones of a task; 0 = as many as the recipe says.
        single_task: A policy of its own for every task.
        compare_loop_breaking: Try every scene without loop-breaking too.
        suites: Where it is judged.
    """

    name: str
    title: str
    augmenters: tuple[str, ...] = ()
    policy: str = "clip_rt"
    episodes: int = 0
    single_task: bool = False
    compare_loop_breaking: bool = False
    suites: tuple[str, ...] = SUITES


_BOTH = ("scene", "std")

MODELS = (
    Model("clip_rt_scene", "CLIP-RT (scene + std)", _BOTH, compare_loop_breaking=True),
    Model("clip_rt", "CLIP-RT", ("std",)),
    Model("passive", "CLIP-RT-Passive"),
    Model("action", "CLIP-RT-Action", ("std",), "action_token"),
    Model("action_scene", "CLIP-RT-Action (scene + std)", _BOTH, "action_token"),
    Model("few_shot_5", "CLIP-RT (scene + std), 5 episodes", _BOTH, episodes=5, suites=("novel",)),
    Model("few_shot_3", "CLIP-RT (scene + std), 3 episodes", _BOTH, episodes=3, suites=("novel",)),
    Model("few_shot_1", "CLIP-RT (scene + std), 1 episode", _BOTH, episodes=1, suites=("novel",)),
    Model("single_task", "CLIP-RT, one policy a task", ("std",), single_task=True),
    Model("teacher", "The teacher itself", policy=""),
)


@dataclass(frozen=True)
class Profile:
    """How large a table is.

    Attributes:
        overrides: Changes of the suites' recipes, ``key=value``.
        tasks: How many of a suite's tasks; 0 = all.
        augmenter_options: Augmenter -> options instead of the recipe's; empty = the recipe's.
    """

    overrides: tuple[str, ...] = ()
    tasks: int = 0
    augmenter_options: tuple[Component, ...] = ()


PROFILES = {
    "full": Profile(),
    "quick": Profile(("trainer.max_steps=2000", "evaluation.trials=10")),
    "tiny": Profile(
        (
            "robot.image_size=32",
            "data.episodes=2",
            "trainer.max_steps=6",
            "trainer.warmup_steps=2",
            "trainer.checkpoint_every=3",
            "trainer.log_every=2",
            "evaluation.trials=2",
            "evaluation.max_steps=4",
        ),
        tasks=1,
        augmenter_options=(
            Component("scene", {"scenes": 1}),
            Component("std", {"variants": 1, "recoveries": 1}),
        ),
    ),
}
"""Name -> size: everything; an hour or so on two cores; seconds, for tests."""


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
        """
        return f"{self.suite}-{self.model.episodes}" if self.model.episodes else self.suite


def check_models(names: Sequence[str]) -> None:
    """Raise unless all of these are models.

    Raises:
        UsageError: One is not.
    """
    allowed = [model.name for model in MODELS]
    for name in names:
        if name not in allowed:
            raise UsageError(
                f"no model is called {name!r}.{did_you_mean(name, allowed)}"
                f" Allowed: {', '.join(allowed)}."
            )


def find_models(names: Sequence[str], suite: str) -> tuple[Model, ...]:
    """The models of these names (none = all) that are judged in a suite, in the table's order."""
    return tuple(m for m in MODELS if suite in m.suites and (not names or m.name in names))


def build_parts(
    model: Model, suite: str, profile: str, overrides: Sequence[str] = ()
) -> tuple[Part, ...]:
    """The policies of a model: one, or one for every task.

    Policies of one task share the training steps of the one for all: every picture is looked at as
    often.

    Args:
        model: Of `MODELS`.
        suite: One of `SUITES`.
        profile: A key of `PROFILES`.
        overrides: Further changes of the suite's recipe.
    """
    recipe = _vary(build_suite(suite, profile, overrides), model, PROFILES[profile])
    if not model.single_task:
        return (Part(model, suite, recipe),)
    steps = math.ceil(recipe.trainer.max_steps / len(recipe.tasks))
    trainer = replace(recipe.trainer, max_steps=steps)
    return tuple(
        Part(model, suite, replace(recipe, tasks=(task,), trainer=trainer)) for task in recipe.tasks
    )


def build_suite(suite: str, profile: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe that all models of a suite are variations of.

    A training has one thread: the trainings side by side fill the cores better than one on all.
    """
    size = PROFILES[profile]
    changes = [*size.overrides, "trainer.threads=1", "evaluation.videos=0", *overrides]
    recipe = load_recipe(f"finetune_{suite}", changes)
    return replace(recipe, tasks=recipe.tasks[: size.tasks or None])


def _vary(recipe: Recipe, model: Model, profile: Profile) -> Recipe:
    known = {one.name: one for one in (*recipe.augmenters, *profile.augmenter_options)}
    return replace(
        recipe,
        augmenters=tuple(known.get(name, Component(name)) for name in model.augmenters),
        policy=replace(recipe.policy, name=model.policy or recipe.policy.name),
        data=replace(recipe.data, episodes=model.episodes or recipe.data.episodes),
        evaluation=replace(recipe.evaluation, compare_loop_breaking=model.compare_loop_breaking),
    )
