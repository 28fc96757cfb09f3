"""Rows of the paper's tables, as measured here: frozen values, and ``results.json``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cliprt.data.schema import build
from cliprt.evaluation.results import Interval, Trial
from cliprt.evaluation.statistics import compare, tally

AVERAGE = "average"
"""Stands for a task in the rows that are over all tasks of a suite."""

PAIRS = (
    ("clip_rt", "passive"),
    ("clip_rt_scene", "passive"),
    ("clip_rt_scene", "clip_rt"),
    ("clip_rt", "action"),
    ("clip_rt_scene", "action_scene"),
    ("clip_rt", "single_task"),
)
"""Models that are compared scene by scene."""


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
        seeds: ``training``, ``taught`` and ``evaluation`` (the latter two: first, how many).
        cpu_s, wall_s: Seconds of the task's trials; over all tasks, of training too.
        command: What makes it again.
        outcomes: Success (1) or not (0) by scene, from the first evaluation seed on.
        steps: The primitives of those trials.
        without_loop_breaking: Successes in the same scenes without loop-breaking; None = not tried.
        policies: Keys of the policies that were judged.
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

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the steps are one string of numbers."""
        values = dataclasses.asdict(self)
        return values | {"steps": " ".join(map(str, self.steps))}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Row:
        """Read what `to_dict` wrote."""
        return build(cls, {**values, "steps": [int(n) for n in values["steps"].split()]})


def build_row(trials: Sequence[Trial], **facts: Any) -> Row:
    """The row that trials of one task, or of all, add up to.

    Args:
        trials: With loop-breaking and, where tried, without.
        facts: All else that a row says.
    """
    own = sorted((t for t in trials if t.break_loops), key=lambda trial: (trial.task, trial.seed))
    other = [trial for trial in trials if not trial.break_loops]
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


def compare_models(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """`PAIRS` in the same scenes, suite by suite, as JSON values."""
    scenes: dict[tuple[str, str], dict[tuple[str, int], bool]] = {}
    for row in rows:
        if row.task != AVERAGE:
            first = row.seeds["evaluation"][0]
            found = scenes.setdefault((row.suite, row.model), {})
            found |= {(row.task, first + n): mark == "1" for n, mark in enumerate(row.outcomes)}
    return [
        {"suite": suite, "first": first, "second": second}
        | dataclasses.asdict(compare(scenes[suite, first], scenes[suite, second]))
        for suite in dict.fromkeys(suite for suite, _ in scenes)
        for first, second in PAIRS
        if (suite, first) in scenes and (suite, second) in scenes
    ]
