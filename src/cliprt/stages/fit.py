"""The whole run: collect, augment, train, evaluate and report, each only where it is missing."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from cliprt.errors import UsageError
from cliprt.evaluation.embeddings import embed_phrases, save_embeddings
from cliprt.evaluation.report import write_report
from cliprt.evaluation.results import Report, RunFacts
from cliprt.evaluation.rollout import plan_trials
from cliprt.evaluation.statistics import count_data
from cliprt.evaluation.telling import plan_told
from cliprt.policies.calibration import Calibration
from cliprt.recipe.load import to_dict
from cliprt.recipe.schema import Recipe, is_run
from cliprt.stages.assist import assist
from cliprt.stages.augment import Generated, augment, compare_with_teacher
from cliprt.stages.collect import Taught, collect
from cliprt.stages.evaluate import Evaluated, evaluate
from cliprt.stages.first_look import first_look, is_due
from cliprt.stages.forecast import GUESSED_S, Forecast, plan_run
from cliprt.stages.goals import without_unjudged
from cliprt.stages.learn import Learned, calibrate_if_possible, learn
from cliprt.stages.progress import LeftOfAll, show_left_of_all
from cliprt.stages.ready import check_acting, ensure_ready
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.tell import tell
from cliprt.stages.waiting import UnfinishedError, one_by_one

PACKAGES = ("cliprt", "torch", "lightning", "open_clip_torch", "pybullet", "numpy")
"""Whose versions a report states."""

WHO_TAUGHT = {
    "teacher": "a simulated teacher that sees the true state and speaks everyday English",
    "console": "a person at the keyboard",
    "web": "a person at the page",
    "script": "a prepared list of sentences",
}


def fit(recipe: Recipe, run: RunFolder) -> Report:
    """Run what is missing of a recipe, and write its report.

    Every stage's output is named by what determines it: a second call reuses all of it, a changed
    recipe redoes only what the change touches, and an interrupted call goes on where it was.

    Raises:
        UnfinishedError: One portion is done here, and other portions are not done elsewhere.
        UsageError: The policy cannot act here, or cannot be told what it shall be told.
    """
    check_acting(recipe)
    plan_told(recipe)  # what cannot be told is found before anything is taught
    ensure_ready(recipe, run)
    if is_due(recipe, run):
        steps = f"{recipe.evaluation.first_look} steps on {recipe.tasks[0].key} alone"
        _announce(0, f"a first look: {steps}")
        first_look(recipe, run)
    with show_left_of_all(_forecast(recipe)):
        return _fit(recipe, run)


def _forecast(recipe: Recipe) -> LeftOfAll:
    """Says how long the whole run will still take, by what it took so far."""
    episodes = recipe.data.episodes * len(recipe.tasks) if recipe.data.are_taught else 0
    trials = len(plan_trials(recipe))
    parts = plan_run(episodes, bool(recipe.augmenters), recipe.trainer.max_steps, trials)
    forecast = Forecast(parts)

    def left_of_all(stage: str, done: int, total: int) -> float | None:
        nonlocal forecast
        if stage not in GUESSED_S:
            return None
        forecast = forecast.follow(time.monotonic(), stage, done, total)
        return forecast.left_s

    return left_of_all


def _fit(recipe: Recipe, run: RunFolder) -> Report:
    taught, generated = Taught(), Generated()
    learned_from = ", ".join(source.name for source in recipe.data.sources if not is_run(source))
    if recipe.data.are_taught:
        _announce(1, f"teaching: {recipe.data.episodes} episodes of each task, by sentences")
        taught = _timed(run, "collect", lambda: collect(recipe, run))
        names = ", ".join(a.name for a in recipe.augmenters) or "nothing to do"
        _announce(2, f"augmenting: {names}")
        generated = _timed(run, "augment", lambda: augment(recipe, run, taught))
        episodes = f"{len(taught.all_ids) + len(generated.ids)} episodes"
        learned_from = f"{episodes}, {learned_from}" if learned_from else episodes
    ids = [*taught.all_ids, *generated.ids]
    rounds = recipe.collaboration.rounds
    more = f", then {rounds} rounds of corrections" if rounds else ""
    steps = f"{recipe.trainer.max_steps} steps on {learned_from}{more}"
    judged = recipe.trainer.start_from or f"the policy {recipe.policy.name!r}"
    as_it_is = f"none, {judged} is judged as it is"
    _announce(3, f"training: {steps if recipe.trainer.max_steps else as_it_is}")
    with one_by_one(run) as whole:
        learned = _timed(whole, "train", lambda: learn(recipe, whole, ids))
        trained = learned.trained
        calibrated = calibrate_if_possible(recipe, whole, trained, ids)
    calibration = calibrated.calibration if calibrated else None
    recipe = without_unjudged(recipe, run.path)
    trials = f"{recipe.evaluation.trials} unseen scenes of each task"
    _announce(4, f"evaluating: {trials}, with the policy in {trained.folder}")
    evaluated = _timed(
        run, "evaluate", lambda: evaluate(recipe, run, trained.key, trained.checkpoint)
    )
    assisted = _timed(
        run, "help", lambda: assist(recipe, run, trained.key, trained.checkpoint, calibration)
    )
    told = _timed(run, "tell", lambda: tell(recipe, run, trained.key, trained.checkpoint))
    judged_all = (evaluated, assisted, told)
    if any(len(one.trials) < one.planned for one in judged_all):
        raise UnfinishedError(
            f"Evaluating: portion {run.portion} is through, others are not; the last makes the"
            " report. Where none is left that works: the same command without --shard goes on"
        )
    _announce(5, "reporting")
    with one_by_one(run) as whole:
        return report_run(recipe, whole, taught, generated, learned, calibration, *judged_all)


def report_run(
    recipe: Recipe,
    run: RunFolder,
    taught: Taught,
    generated: Generated,
    learned: Learned,
    calibration: Calibration | None,
    evaluated: Evaluated,
    assisted: Evaluated,
    told: Evaluated,
) -> Report:
    """Put together what the stages made, and write report.html and report.json."""
    trained = learned.trained
    embeddings = trained.folder / "phrase_embeddings.npz"
    if not embeddings.exists():
        with suppress(UsageError):  # the policy has none
            save_embeddings(embeddings, embed_phrases(trained.checkpoint))
    store = run.store()
    speaker = recipe.teleoperator.name
    data = count_data(
        (store.load(i) for i in taught.all_ids),
        (store.load(i) for i in generated.ids),
        WHO_TAUGHT.get(speaker, f"the teleoperator {speaker!r}"),
    )
    section = recipe.evaluation
    agreement = compare_with_teacher(recipe, run, generated)
    facts = RunFacts(
        recipe=recipe.name,
        resolved_recipe=to_dict(recipe),
        data=data | {"tried_variants": generated.tried, "agreement": agreement},
        training={
            "steps": recipe.trainer.max_steps,
            "seconds": round(trained.wall_s, 1),
            "final_metrics": trained.metrics,
        },
        seeds={
            "recipe": recipe.seed,
            "taught": [recipe.data.first_seed, recipe.data.episodes],
            "evaluation": [section.first_seed, section.trials],
        },
        versions=_versions(),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        wall_s=run.times,
        command=f"cliprt fit --recipe {recipe.name}.yaml",
        sources={
            "trials": _within(run, evaluated.file),
            "metrics": _within(run, trained.folder),
            "embeddings": _within(run, embeddings),
            **({"helped": _within(run, assisted.file)} if assisted.planned else {}),
            **({"told": _within(run, told.file)} if told.planned else {}),
        },
        calibration=calibration.to_dict() if calibration else {},
        correction=learned.to_dict() if learned.corrections else {},
    )
    return write_report(run.path, facts)


Stage = TypeVar("Stage", Taught, Generated, Learned, Evaluated)


def _timed(run: RunFolder, name: str, stage: Callable[[], Stage]) -> Stage:
    """Run a stage and add its time to the run's, also when it is interrupted."""
    start, worked = time.monotonic(), True
    try:
        result = stage()
        worked = result.worked
        return result
    finally:
        if worked:
            run.add_time(name, time.monotonic() - start)


def _announce(number: int, text: str) -> None:
    print(f"[{number}/5] {text}", file=sys.stderr, flush=True)


def _within(run: RunFolder, path: Path) -> str:
    return path.relative_to(run.path).as_posix()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
