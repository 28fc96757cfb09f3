"""Rows of the paper's tables, as measured here: frozen values, and ``results.json``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cliprt.data.schema import build
from cliprt.evaluation.results import Interval, Trial
from cliprt.evaluation.statistics import compare, tally

USUAL = "full"
"""The profile that is asked for where none is named."""

AVERAGE = "average"
"""Stands for a task in the rows that are over all tasks of a suite."""

PAIRS = (
    ("clip_rt", "passive"),
    ("clip_rt_scene", "passive"),
    ("clip_rt_scene", "clip_rt"),
    ("clip_rt", "action"),
    ("clip_rt_scene", "action_scene"),
    ("clip_rt", "single_task"),
    ("pretrained_1", "few_shot_1"),
    ("pretrained_3", "few_shot_3"),
    ("pretrained_10", "clip_rt_scene"),
    ("pretrained_1", "zero"),
)
"""Models that are compared scene by scene."""

Group = tuple[str, str, tuple[str, ...]]
"""Suite, profile and overrides: what figures may be compared within."""


@dataclass(frozen=True)
class Row:
    """How one model does at one task, or over all tasks of a suite.

    Attributes:
        model, title: What the command line and what the table call it.
        suite, task: Where it was judged; ``"average"`` = over all tasks.
        episodes_taught: Of each task.
        augmenters: What the taught episodes were diversified with.
        interval: 95 % Wilson interval of the success rate.
        mean_steps: Over all trials, failed ones included.
        seeds: ``training`` (a list), ``taught`` and ``evaluation`` (the latter two: of the first
            training the first, and how many; where each training has scenes of its own, how far
            those of the next one are).
        cpu_s, wall_s: Seconds of the task's trials; over all tasks, of training too.
        command: What makes it again.
        outcomes: Success (1) or not (0) by scene, from the first evaluation seed on; of several
            trainings, one after the other.
        steps: The primitives of those trials.
        without_loop_breaking: Successes in the same scenes without loop-breaking; None = not tried.
        policies: Keys of the policies that were judged.
        profile, overrides: What was asked for.
    """

    model: str
    title: str
    suite: str
    task: str
    episodes_taught: int
    augmenters: tuple[str, ...]
    trials: int
    successes: int
    interval: Interval
    mean_steps: float | None
    seeds: Mapping[str, Any]
    cpu_s: float
    wall_s: float
    command: str
    outcomes: str = ""
    steps: tuple[int, ...] = ()
    without_loop_breaking: int | None = None
    policies: tuple[str, ...] = ()
    profile: str = USUAL
    overrides: tuple[str, ...] = ()

    @property
    def request(self) -> tuple[str, tuple[str, ...]]:
        """What its figures may be compared within: profile and overrides."""
        return self.profile, self.overrides

    @property
    def trainings(self) -> tuple[int, ...]:
        """The seeds of its trainings."""
        return tuple(self.seeds["training"])

    def scene(self, number: int) -> tuple[int, int]:
        """Which training (its place) and scene seed the `number`-th outcome is of."""
        first, count, *apart = self.seeds["evaluation"]
        training, scene = divmod(number, count)
        away = sum(apart) * (self.trainings[training] - self.trainings[0])
        return training, first + away + scene

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the steps are one string of numbers."""
        values = dataclasses.asdict(self)
        return values | {"steps": " ".join(map(str, self.steps))}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Row:
        """Read what `to_dict` wrote; earlier versions wrote the seed of a single training alone."""
        seeds = dict(values["seeds"])
        if isinstance(seeds["training"], int):
            seeds["training"] = [seeds["training"]]
        steps = [int(n) for n in values["steps"].split()]
        return build(cls, {**values, "steps": steps, "seeds": seeds})


def build_row(*trainings: Sequence[Trial], **facts: Any) -> Row:
    """The row that trials of one task, or of all, add up to.

    Args:
        trainings: Trials with loop-breaking and, where tried, without, training by training.
        facts: All else that a row says.
    """
    in_order = (sorted(trials, key=lambda trial: (trial.task, trial.seed)) for trials in trainings)
    everything = [trial for trials in in_order for trial in trials]
    own = [trial for trial in everything if trial.break_loops]
    other = [trial for trial in everything if not trial.break_loops]
    sums = tally(own)
    one_task = facts["task"] != AVERAGE
    return Row(
        trials=sums.trials,
        successes=sums.successes,
        interval=sums.interval,
        mean_steps=sums.mean_steps,
        outcomes="".join(str(int(trial.success)) for trial in own) if one_task else "",
        steps=tuple(trial.steps for trial in own) if one_task else (),
        without_loop_breaking=sum(trial.success for trial in other) if other else None,
        **facts,
    )


def group_of(row: Row) -> Group:
    """Which group a row belongs to."""
    return (row.suite, *row.request)


def data_key(suite: str, model: str, profile: str, overrides: Sequence[str]) -> str:
    """What the counts of a model's data are kept by in ``results.json``.

    >>> data_key("novel", "zero", "full", ()), data_key("novel", "zero", "quick", ["seed=3"])
    ('novel/zero', 'novel/zero quick seed=3')
    """
    size = () if profile == USUAL else (profile,)
    return " ".join((f"{suite}/{model}", *size, *overrides))


def load_rows(results: Mapping[str, Any]) -> list[Row]:
    """The rows of ``results.json``; those of earlier versions were all made by one request."""
    asked = {"profile": USUAL, "overrides": [], **results.get("asked", {})}
    return [Row.from_dict({**asked, **values}) for values in results["rows"]]


def compare_models(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """`PAIRS` in the same scenes and trainings, group by group, as JSON values."""
    scenes: dict[Group, dict[str, dict[tuple[str, int, int], bool]]] = {}
    for row in rows:
        if row.task != AVERAGE:
            found = scenes.setdefault(group_of(row), {}).setdefault(row.model, {})
            for number, mark in enumerate(row.outcomes):
                training, scene = row.scene(number)
                found[row.task, row.trainings[training], scene] = mark == "1"
    return [
        {"suite": suite, "profile": profile, "overrides": list(overrides)}
        | {"first": first, "second": second}
        | dataclasses.asdict(compare(models[first], models[second]))
        for (suite, profile, overrides), models in scenes.items()
        for first, second in PAIRS
        if first in models and second in models
    ]
