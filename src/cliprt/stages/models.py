"""The rows of the paper's tables as recipes: which models there are, and how long a table takes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cliprt.errors import UsageError, did_you_mean
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, Recipe

SUITES = ("common", "novel")
"""The paper's; the models of each are variations of the recipe ``finetune_<suite>``."""


TEACH_S, GENERATE_S, TRIAL_S = 0.8, 0.8, 1.5
"""CPU seconds of one episode, roughly, on one core of a server."""

IMAGES_PER_S = 2 * 330
"""Images that a training of the small network takes in on one such core, two cameras a step."""

PLANS = {"scene": {"scenes": 10}, "std": {"variants": 3, "recoveries": 2}}
"""Augmenter -> its options that say how many episodes it makes of one, with their defaults."""

_TAUGHT = Component("taught")


@dataclass(frozen=True)
class Model:
    """One row of a table.

    Attributes:
        name: On the command line.
        title: In the table.
        augmenters: Names, each with the options of the suite's recipe, if it has them there.
        policy: Registry name of the policy; empty = the teacher acts, as an upper bound.
        episodes: Taught ones of a task; None = as many as the recipe says.
        pretrained: It begins with the policy of the recipe `PRETRAINING`; without any episode it
            is that one.
        trainings: How often it is trained, with one seed after the other; all count.
        single_task: A policy of its own for every task.
        compare_loop_breaking: Try every scene without loop-breaking too.
        suites: Where it is judged.
    """

    name: str
    title: str
    augmenters: tuple[str, ...] = ()
    policy: str = "clip_rt"
    episodes: int | None = None
    pretrained: bool = False
    trainings: int = 1
    single_task: bool = False
    compare_loop_breaking: bool = False
    suites: tuple[str, ...] = SUITES


PRETRAINING = "pretrain_common"
"""Recipe of what pretrained models begin with: other tasks than those of the suite `novel`."""

_BOTH, _NOVEL = ("scene", "std"), ("novel",)
_SCENE = "CLIP-RT (scene + std)"

MODELS = (
    Model("clip_rt_scene", _SCENE, _BOTH, compare_loop_breaking=True),
    Model("clip_rt", "CLIP-RT", ("std",)),
    Model("passive", "CLIP-RT-Passive"),
    Model("action", "CLIP-RT-Action", ("std",), "action_token"),
    Model("action_scene", "CLIP-RT-Action (scene + std)", _BOTH, "action_token"),
    Model("few_shot_5", f"{_SCENE}, 5 episodes", _BOTH, episodes=5, suites=_NOVEL),
    Model("few_shot_3", f"{_SCENE}, 3 episodes", _BOTH, episodes=3, suites=_NOVEL),
    Model("few_shot_1", f"{_SCENE}, 1 episode", _BOTH, episodes=1, trainings=3, suites=_NOVEL),
    Model("pretrained_10", f"{_SCENE}, pretrained", _BOTH, pretrained=True, suites=_NOVEL),
    *(
        Model(
            f"pretrained_{few}",
            f"{_SCENE}, pretrained, {few} episode{'s' * (few > 1)}",
            _BOTH,
            episodes=few,
            pretrained=True,
            trainings=trainings,
            suites=_NOVEL,
        )
        for few, trainings in ((3, 1), (1, 3))
    ),
    Model("zero", "CLIP-RT-Zero, pretrained only", episodes=0, pretrained=True, suites=_NOVEL),
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
    "brief": Profile(
        # in scenes that nobody had looked at when the length was chosen
        ("trainer.max_steps=400", "evaluation.trials=10", "evaluation.first_seed=100010")
    ),
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
"""Name -> size: everything; an hour or so on two cores; what is learned in half a minute, where
pretraining shows most; seconds, for tests."""


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
    """The policies of a model: one for each of its trainings, or one for every task.

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
        seeds = range(recipe.seed, recipe.seed + model.trainings)
        return tuple(Part(model, suite, replace(recipe, seed=seed)) for seed in seeds)
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


@dataclass(frozen=True)
class Estimate:
    """The work of one model in one suite.

    Attributes:
        generated: Episodes that no earlier model of the list generates.
        minutes: Of wall clock on all cores of this machine, roughly.
    """

    suite: str
    model: str
    taught: int
    generated: int
    training_steps: int
    trials: int
    minutes: float


def estimate(parts: Iterable[Part]) -> Iterator[Estimate]:
    """What each model costs, in order, what earlier ones leave being reused."""
    made: set[tuple[str, str]] = set()
    grouped: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        grouped.setdefault((part.suite, part.model.name), []).append(part)
    for (suite, name), own in grouped.items():
        taught = generated = steps = trials = 0
        for part in own:
            section = part.recipe.evaluation
            trials += len(part.recipe.tasks) * section.trials * (1 + section.compare_loop_breaking)
            if not part.model.policy or not part.recipe.data.are_taught:
                continue
            steps += part.recipe.trainer.max_steps
            episodes = len(part.recipe.tasks) * part.recipe.data.episodes
            new = [
                c for c in (_TAUGHT, *part.recipe.augmenters) if (part.folder, c.name) not in made
            ]
            made |= {(part.folder, maker.name) for maker in new}
            taught += episodes if _TAUGHT in new else 0
            generated += sum(episodes * _plans(maker) for maker in new)
        trainer, cameras = own[0].recipe.trainer, len(own[0].recipe.policy.options["cameras"])
        cpu_s = taught * TEACH_S + generated * GENERATE_S + trials * TRIAL_S
        cpu_s += steps * trainer.batch_size * cameras / IMAGES_PER_S
        minutes = cpu_s / 60 / (os.cpu_count() or 1)
        yield Estimate(suite, name, taught, generated, steps, trials, round(minutes, 1))


def _plans(augmenter: Component) -> int:
    defaults = PLANS.get(augmenter.name, {})
    return sum(int(augmenter.options.get(key, usual)) for key, usual in defaults.items())
