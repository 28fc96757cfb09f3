"""What the models of a table cost before anything is made: episodes, steps, trials, minutes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cliprt.recipe.schema import Component
from cliprt.stages.parts import Part

TEACH_S, GENERATE_S, TRIAL_S = 0.8, 0.8, 1.5
"""CPU seconds of one episode, roughly, on one core of a server."""

IMAGES_PER_S = 2 * 330
"""Images that a training of the small network takes in on one such core, two cameras a step."""

PLANS = {
    "scene": {"scenes": 10},
    "std": {"variants": 3, "recoveries": 2},
    "rejoin": {"variants": 4},
}
"""Augmenter -> its options that say how many episodes it makes of one, with their defaults."""

_TAUGHT = Component("taught")


@dataclass(frozen=True)
class Estimate:
    """The work of one model in one suite.

    Attributes:
        generated: Episodes that no earlier model of the list generates.
        cpu_s: CPU seconds, roughly.
        minutes: Of wall clock on all cores of this machine, roughly.
    """

    suite: str
    model: str
    taught: int
    generated: int
    training_steps: int
    trials: int
    cpu_s: float
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
        yield Estimate(
            suite, name, taught, generated, steps, trials, round(cpu_s), round(minutes, 1)
        )


def _plans(augmenter: Component) -> int:
    defaults = PLANS.get(augmenter.name, {})
    return sum(int(augmenter.options.get(key, usual)) for key, usual in defaults.items())
