"""What a policy is told in a trial: what was taught, the same in other words, or another task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from cliprt.data.plain_yaml import PlainLoader, read_yaml
from cliprt.errors import UsageError, VocabularyError
from cliprt.evaluation.results import Told, Trial
from cliprt.evaluation.rollout import TrialJob, plan_trials
from cliprt.evaluation.statistics import tally
from cliprt.recipe.build import build_task
from cliprt.recipe.schema import Recipe

OWN_FILE = Path(__file__).with_name("rewordings.yaml")
"""What comes with cliprt: three rewordings of each common and each novel task, and of some that can
be asked in a household."""

MANNERS = {
    "mild": "in other words, mildly",
    "strong": "in other words, strongly",
    "third_party": "in other words, to a third party",
    "wrong": "another task's instruction",
}
"""How a trial may be told -> the same in words."""
REWORDED = tuple(MANNERS)[:3]

Rewordings = Mapping[str, Mapping[str, str]]
"""Instruction -> manner -> words."""

_ALLOWED = "Allowed: INSTRUCTION: {" + ": ..., ".join(REWORDED) + ": ...}, all of them words."


def manner_group(manner: str) -> str:
    """What ``evaluation.instructions`` calls a manner: ``"reworded"`` or ``"wrong"``."""
    return "reworded" if manner in REWORDED else manner


def load_rewordings(own: str = "") -> Rewordings:
    """Those that come with cliprt, and those of a file before them.

    Args:
        own: Path of the file; "" = none.

    Raises:
        UsageError: It cannot be read, or says something else.
    """
    return {**_load(OWN_FILE), **(_load(Path(own)) if own else {})}


def _load(path: Path) -> Rewordings:
    try:
        found = read_yaml(path, _parse, "file of rewordings")
    except VocabularyError as error:
        raise UsageError(str(error)) from error
    if not isinstance(found, dict):
        raise UsageError(f"{path}: {_ALLOWED}")
    for instruction, words in found.items():
        is_right = isinstance(words, dict) and set(words) == set(REWORDED)
        if not is_right or not all(isinstance(text, str) and text for text in words.values()):
            raise UsageError(f"{path}: {str(instruction)[:80]!r} is not reworded so. {_ALLOWED}")
    return found


def _parse(text: str) -> Any:
    return yaml.load(text, Loader=PlainLoader)


def plan_told(recipe: Recipe) -> list[TrialJob]:
    """The recipe's own trials once more for each of ``evaluation.instructions``.

    A scene has one of its task's rewordings, the next scene the next; and one of the other tasks'
    instructions.

    Raises:
        UsageError: No task is reworded, or there is no other task.
    """
    said = [build_task(task).instruction for task in recipe.tasks]
    own = [j for j in plan_trials(recipe) if j.break_loops == recipe.evaluation.break_loops]
    own = [replace(job, record_video=False, keep="none") for job in own]
    jobs: list[TrialJob] = []
    if "reworded" in recipe.evaluation.instructions:
        jobs += _reworded(own, said, load_rewordings(recipe.evaluation.rewordings))
    if "wrong" in recipe.evaluation.instructions:
        jobs += _wrong(own, said)
    return jobs


def _reworded(
    own: Sequence[TrialJob], said: Sequence[str], rewordings: Rewordings
) -> list[TrialJob]:
    jobs = []
    for job in own:
        if words := rewordings.get(said[job.number]):
            manner = REWORDED[job.seed % len(REWORDED)]
            jobs.append(replace(job, manner=manner, told=words[manner]))
    if not jobs:
        raise UsageError(
            f"evaluation.instructions: nobody has written other words for {said[0]!r}. Give a file"
            " of them: evaluation.rewordings=FILE (docs/recipes.md)"
        )
    return jobs


def _wrong(own: Sequence[TrialJob], said: Sequence[str]) -> list[TrialJob]:
    jobs = []
    for job in own:
        others = [text for text in said if text != said[job.number]]
        if not others:
            raise UsageError(
                "evaluation.instructions: 'wrong' tells the policy another of the recipe's tasks,"
                " and there is only one. Give two or more, or leave it out"
            )
        told = others[(job.seed + job.number) % len(others)]
        jobs.append(replace(job, manner="wrong", told=told))
    return jobs


def sum_up(alone: Sequence[Trial], told: Sequence[Trial]) -> tuple[Told, ...]:
    """How each manner went, beside the same scenes as taught; none without trials.

    Args:
        alone: Trials with the taught instructions, of the recipe's own loop-breaking.
        told: Trials that were told otherwise.
    """
    taught = {(trial.task, trial.seed): trial for trial in alone}
    results = []
    for manner in MANNERS:
        own = [t for t in told if t.manner == manner and (t.task, t.seed) in taught]
        if own:
            same = [taught[trial.task, trial.seed] for trial in own]
            results.append(Told(manner, tally(own), tally(same)))
    return tuple(results)
