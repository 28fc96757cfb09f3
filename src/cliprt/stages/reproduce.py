"""The paper's tables, made here: every model taught, trained and judged, as far as it is missing.

All models of a suite share one run folder, in which everything is named by what determines it: what
is taught once serves all of them, and a reproduction that was cut off goes on where it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cliprt.evaluation.files import (
    append_trial,
    gather_trials,
    load_trials,
    missing_jobs,
    portion_file,
)
from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import TrialJob, in_scenes, plan_trials
from cliprt.evaluation.statistics import count_data
from cliprt.policies.description import CHECKPOINT
from cliprt.recipe.schema import Recipe
from cliprt.stages.augment import augment
from cliprt.stages.collect import collect
from cliprt.stages.costs import note_cost, used_cpu_s
from cliprt.stages.judging import plan_judged, try_part
from cliprt.stages.keys import evaluation_key, taught_key
from cliprt.stages.models import check_models, find_models
from cliprt.stages.naming import name_policy
from cliprt.stages.parts import Part, build_parts, build_suite
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.pretrain import begin_pretrained
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import RunFolder, open_run
from cliprt.stages.train import find_trained, train
from cliprt.stages.waiting import UnfinishedError, wait_for_others
from cliprt.stages.workers import Bench, run_jobs


@dataclass(frozen=True)
class Prepared:
    """A part with what it learns from.

    Attributes:
        policy: Key of the policy; for the teacher, of who speaks.
        checkpoint: Folder of the policy; None for the teacher.
        data: Counts of what was taught and generated.
        judged: Name of the folder of its trials.
    """

    part: Part
    run: RunFolder
    episode_ids: tuple[str, ...]
    policy: str
    checkpoint: Path | None
    data: Mapping[str, int]
    judged: str

    @property
    def file(self) -> Path:
        """Where its trials are kept."""
        return self.run.evaluation(self.judged) / "trials.jsonl"

    @property
    def jobs(self) -> list[TrialJob]:
        """The trials that the recipe asks for; of a policy that may ask, only those with help."""
        return plan_judged(self.part.recipe)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Those of them that were run."""
        wanted = {job.key for job in self.jobs}
        return tuple(trial for trial in load_trials(self.file) if trial.key in wanted)


def reproduce(
    suite: str,
    models: Sequence[str],
    profile: str,
    folder: Path,
    overrides: Sequence[str] = (),
    portion: Portion = WHOLE,
) -> tuple[Prepared, ...]:
    """Have every trial of the models of a suite done.

    Args:
        suite: One of :data:`cliprt.stages.models.SUITES`.
        models: Names; none = all.
        profile: A key of :data:`cliprt.stages.profiles.PROFILES`.
        folder: Run folders are made below it.
        overrides: Changes of the suite's recipe.
        portion: Which of the jobs are done here; those of others are waited for while somebody
            works on them.

    Raises:
        UsageError: There is no such model.
        UnfinishedError: This portion is through with what it can do, and other portions are not.
    """
    opened = open_parts(suite, models, profile, folder, overrides, portion)
    if not opened:
        return ()
    opened = begin_pretrained(opened, profile, overrides, folder, portion)
    print(f"{suite}: teaching and diversifying", file=sys.stderr)
    prepared = tuple(prepare(part, run) for part, run in opened)
    recipe = build_suite(suite, profile, overrides)
    _train_all(recipe, prepared, folder)
    _judge_all(recipe, prepared, folder)
    return prepared


def open_parts(
    suite: str,
    models: Sequence[str],
    profile: str,
    folder: Path,
    overrides: Sequence[str] = (),
    portion: Portion = WHOLE,
) -> list[tuple[Part, RunFolder]]:
    """The policies that `reproduce` makes, each with its run folder, claimed.

    Raises:
        UsageError: There is no such model.
        StoreError: Another process works there.
    """
    check_models(models)
    chosen = find_models(models, suite)
    parts = [part for model in chosen for part in build_parts(model, suite, profile, overrides)]
    for part in parts:
        plan_trials(part.recipe)  # seeds that overlap are found before anything is taught
    return [
        (part, open_run(replace(part.recipe, name=part.folder), folder / part.folder, portion))
        for part in parts
    ]


def prepare(part: Part, run: RunFolder) -> Prepared:
    """Have everything taught and generated that a part learns from."""
    recipe = part.recipe
    if not part.model.policy:
        keys = "-".join(taught_key(recipe, task) for task in recipe.tasks)
        return Prepared(part, run, (), keys, None, {}, evaluation_key(recipe, keys))
    if not recipe.data.are_taught:
        return _named(part, run, (), {})
    taught = collect(recipe, run)
    generated = augment(recipe, run, taught)
    ids = (*taught.all_ids, *generated.ids)
    store = run.store()
    counts = count_data(map(store.load, taught.all_ids), map(store.load, generated.ids), "")
    numbers = {name: value for name, value in counts.items() if isinstance(value, int)}
    return _named(part, run, ids, numbers)


def _named(
    part: Part, run: RunFolder, ids: tuple[str, ...], numbers: Mapping[str, int]
) -> Prepared:
    key = name_policy(part.recipe, run, ids)
    judged = evaluation_key(part.recipe, key)
    return Prepared(part, run, ids, key, run.policy(key) / CHECKPOINT, numbers, judged)


def _train_all(recipe: Recipe, prepared: Sequence[Prepared], root: Path) -> None:
    """Train side by side, long trainings first."""
    jobs = list({(one.run.path, one.policy): one for one in prepared if one.checkpoint}.values())
    jobs.sort(key=lambda one: -one.part.recipe.trainer.max_steps)
    run = prepared[0].run
    missing = _untrained(run.portion.pick(jobs))
    arguments = [(one.part.recipe, one.run, one.episode_ids) for one in missing]
    with show_progress("Training", len(missing)) as advance:
        done = run_jobs(recipe, train_part, arguments, {}, folder=root)
        for folder, policy, cpu_s, wall_s in done:
            cost = {"policy": policy, "cpu_s": cpu_s, "wall_s": wall_s}
            note_cost(replace(run, path=folder), cost)
            advance(f"{policy}: {wall_s:.0f} s")
    left = jobs

    def are_trained() -> bool:
        nonlocal left
        left = _untrained(left)  # what was found whole is not read again
        return not left

    wait_for_others(run, "Training", are_trained)


def _untrained(jobs: Sequence[Prepared]) -> list[Prepared]:
    return [one for one in jobs if not find_trained(one.run, one.policy)]


def train_part(
    bench: Bench, recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]
) -> tuple[Path, str, float, float]:
    """One training in a worker; (run folder, policy, CPU seconds, seconds)."""
    wall_s, cpu_s = time.monotonic(), used_cpu_s()
    trained = train(recipe, run, episode_ids, progress=False)
    return run.path, trained.key, used_cpu_s() - cpu_s, time.monotonic() - wall_s


def _judge_all(recipe: Recipe, prepared: Sequence[Prepared], root: Path) -> None:
    """All models' trials in one set of workers."""
    portion = prepared[0].run.portion
    plans = [one.jobs for one in prepared]
    own = portion.pick(
        (place, together) for place, plan in enumerate(plans) for together in in_scenes(plan)
    )
    jobs = []
    for place, one in enumerate(prepared):
        if portion.is_whole:
            gather_trials(one.file)
        there = one.trials
        for together in (scene for where, scene in own if where == place):
            missing = missing_jobs(together, there)
            jobs += [(str(place), str(one.checkpoint or ""), *missing)] if missing else []
    for place in sorted({int(number) for number, checkpoint, *_ in jobs if checkpoint}):
        one = prepared[place]
        print(f"{one.part.model.name}: the policy in {one.checkpoint}", file=sys.stderr)
    with show_progress("Evaluating", sum(len(together) - 2 for together in jobs)) as advance:
        for number, trials, cpu_s, wall_s in run_jobs(recipe, try_part, jobs, {}, folder=root):
            one = prepared[int(number)]
            file = one.file if portion.is_whole else portion_file(one.file, str(portion))
            cost = {"trials": one.judged, "task": trials[0].task}
            note_cost(one.run, cost | {"cpu_s": cpu_s, "wall_s": wall_s})
            for trial in trials:
                append_trial(file, trial)
                result = "success" if trial.success else trial.end
                advance(f"{one.part.model.name}, {trial.task}: {result}")
    if any(len(one.trials) < len(plan) for one, plan in zip(prepared, plans, strict=True)):
        raise UnfinishedError(
            f"Evaluating: portion {portion} is through, others are not. Once they are, the same"
            " command without --shard makes the table"
        )
