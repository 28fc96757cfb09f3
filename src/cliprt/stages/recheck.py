"""Whether published figures are what the kept policies do: a sample of the trials, run again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.errors import StoreError, UsageError
from cliprt.evaluation.rollout import TrialJob
from cliprt.evaluation.table import AVERAGE, Row, group_of, load_rows
from cliprt.policies.description import CHECKPOINT
from cliprt.stages.judging import plan_judged, try_part
from cliprt.stages.models import find_models
from cliprt.stages.parts import Part, build_parts, build_suite
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.train import find_trained
from cliprt.stages.workers import run_jobs


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        trials: How many were run again.
        of: How many the figures rest on.
        differences: One sentence for each that came out otherwise, and for each wrong sum.
    """

    trials: int
    of: int
    differences: tuple[str, ...]


@dataclass(frozen=True)
class _Again:
    row: Row
    number: int
    checkpoint: str
    job: TrialJob

    def tell(self, success: bool, steps: int) -> str | None:
        """How the outcome differs from the row's; None if it does not."""
        before = self.row.outcomes[self.number] == "1", self.row.steps[self.number]
        if before == (success, steps):
            return None
        return (
            f"{self.row.suite}, {self.row.model}, {self.job.task}, scene {self.job.seed}:"
            f" {_outcome(success, steps)}, but {_outcome(*before)} is written"
        )


def recheck(results: Mapping[str, Any], folder: Path, fraction: float, seed: int) -> Checked:
    """Run a random share of the trials again and compare them with what is written.

    Args:
        results: What ``results.json`` says.
        folder: Where the run folders are, with the policies.
        fraction: Share of the trials, above 0 to 1.
        seed: Of the choice.

    Raises:
        UsageError: A fraction that is none.
        StoreError: A policy is not there any more, or the table is of another recipe.
    """
    if not 0 < fraction <= 1:
        raise UsageError(f"--check {fraction:g} is no share: give one above 0, up to 1, e.g. 0.1")
    rows = load_rows(results)
    differences = _wrong_sums(rows)
    everything = [(row, n) for row in rows for n in range(len(row.steps))]
    count = math.ceil(fraction * len(everything))
    chosen = np.random.default_rng(seed).choice(len(everything), count, replace=False)
    for group in dict.fromkeys(map(group_of, rows)):
        suite, profile, overrides = group
        mine = [everything[i] for i in sorted(chosen) if group_of(everything[i][0]) == group]
        again = [_find(row, n, folder) for row, n in mine]
        arguments = [(str(i), one.checkpoint, one.job) for i, one in enumerate(again)]
        with show_progress(f"Checking {suite}", len(again)) as advance:
            recipe = build_suite(suite, profile, overrides)
            for name, (trial,), _, _ in run_jobs(recipe, try_part, arguments, {}, folder=folder):
                told = again[int(name)].tell(trial.success, trial.steps)
                differences += [told] if told else []
                advance(told or "equal")
    return Checked(count, len(everything), tuple(differences))


def _wrong_sums(rows: Sequence[Row]) -> list[str]:
    found = []
    for row in rows:
        if row.task == AVERAGE:
            same = [r for r in rows if (group_of(r), r.model) == (group_of(row), row.model)]
            counted = sum(one.successes for one in same if one.task != AVERAGE)
        else:
            counted = row.outcomes.count("1")
        if counted != row.successes:
            found.append(
                f"{row.suite}, {row.model}, {row.task}: {row.successes} successes are written, the"
                f" trials add up to {counted}"
            )
    return found


def _find(row: Row, number: int, folder: Path) -> _Again:
    training, seed = row.scene(number)
    part = _find_part(row, row.trainings[training])
    jobs = (job for job in plan_judged(part.recipe) if job.break_loops and job.seed == seed)
    job = next((job for job in jobs if job.task == row.task), None)
    if job is None:
        raise StoreError(
            f"the table has a trial of {row.task} in scene {seed}, the recipe has none: it was"
            f" changed since. Make the table again: {row.command}"
        )
    checkpoint = ""
    if row.policies:
        run = RunFolder(folder / part.folder)
        key = row.policies[training]
        if not find_trained(run, key):
            raise StoreError(
                f"{run.policy(key)} holds no trained policy: the figures of"
                f" {row.model!r} cannot be checked without. Train it again: {row.command}"
            )
        checkpoint = str(run.policy(key) / CHECKPOINT)
    return _Again(row, number, checkpoint, job)


def _find_part(row: Row, training: int) -> Part:
    (model,) = find_models([row.model], row.suite)
    parts = build_parts(model, row.suite, *row.request, row.trainings)
    alike = [part for part in parts if part.recipe.seed == training]
    own = (part for part in alike if row.task in {task.key for task in part.recipe.tasks})
    return next(own, parts[0])


def _outcome(success: bool, steps: int) -> str:
    return f"{'success' if success else 'failure'} after {steps} steps"
