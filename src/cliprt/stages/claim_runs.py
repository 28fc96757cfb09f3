"""The arms of claims, taught, trained and judged: one training seed is one job.

All arms of a seed are made one after the other by one worker, so that what they share (episodes,
what was generated, policies that others begin with) is made once and nobody waits for anybody. What
is finished is found again; a job that was cut off goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cliprt.evaluation.files import append_trial, missing_jobs
from cliprt.policies.description import CHECKPOINT
from cliprt.recipe.schema import Component
from cliprt.stages.calibrate import calibrate
from cliprt.stages.claims import CLAIMS, Claim, build_arms, find_claims, plan_seeds
from cliprt.stages.costs import note_cost, used_cpu_s
from cliprt.stages.judging import try_part
from cliprt.stages.keys import digest, evaluation_key, help_key
from cliprt.stages.learn import learn
from cliprt.stages.models import CLAIMS as SUITE
from cliprt.stages.parts import Part, build_suite
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.progress import show_progress, watch_progress
from cliprt.stages.reproduce import Prepared, prepare
from cliprt.stages.run_folder import RunFolder, load_record, open_run, save_record
from cliprt.stages.train import find_trained
from cliprt.stages.workers import Bench, run_jobs

ARMS = "arms"
"""In a run folder: a record of every arm that is trained, named by what determines it."""


def run_claims(
    claims: Sequence[Claim],
    folder: Path,
    overrides: Sequence[str] = (),
    most: int | None = None,
    portion: Portion = WHOLE,
) -> None:
    """Have all arms of some claims trained and judged, with every seed that is planned.

    Args:
        claims: Those to decide.
        folder: Run folders are made below it, one for each seed and number of episodes.
        overrides: Changes of the recipe ``claims``.
        most: Of all seeds, for now; None = all.
        portion: Which of the seeds are done here.
    """
    count = max(len(seeds) for seeds in plan_seeds(claims, most).values())
    names = tuple(claim.name for claim in claims)
    own = portion.pick(range(count))
    parts = build_arms(claims, overrides, own, most)
    left = {part.recipe.seed for part in parts if not is_finished(find_arm(part, folder))}
    missing = [(str(folder), names, tuple(overrides), seed, most) for seed in own if seed in left]
    recipe = build_suite(SUITE, SUITE, overrides)
    with show_progress("Training seeds", len(missing)) as advance:
        for seed in run_jobs(recipe, run_seed, missing, {}, folder=folder):
            advance(f"seed {seed}")


def gather_arms(folder: Path, overrides: Sequence[str] = ()) -> tuple[Prepared, ...]:
    """The arms of all claims that are finished, whoever made them; of a model, seed after seed.

    A seed of which a policy is missing is left out.
    """
    found: dict[str, dict[int, list[Prepared | None]]] = {}
    for part in build_arms(CLAIMS, overrides, range(max(claim.seeds for claim in CLAIMS))):
        own = found.setdefault(part.model.name, {}).setdefault(part.recipe.seed, [])
        own.append(find_arm(part, folder))
    return tuple(
        arm
        for seeds in found.values()
        for arms in seeds.values()
        if all(map(is_finished, arms))
        for arm in arms
        if arm is not None
    )


def run_seed(
    bench: Bench,
    folder: str,
    names: Sequence[str],
    overrides: Sequence[str],
    seed: int,
    most: int | None,
) -> int:
    """All arms of one training seed, in a worker; returns the seed."""
    with watch_progress(lambda stage, done, total: None):
        for part in build_arms(find_claims(names), overrides, [seed], most):
            arm = find_arm(part, Path(folder))
            if arm is None or not (is_finished(arm) or find_trained(arm.run, arm.policy)):
                arm = _learn(part, Path(folder))
            _judge(bench, arm)
    return seed


def find_arm(part: Part, folder: Path) -> Prepared | None:
    """An arm that was trained once; None for one that was not."""
    run = RunFolder(folder / part.folder)
    record = load_record(record_file(run, part))
    if not record:
        return None
    policy = record["policy"]
    checkpoint = run.policy(policy) / CHECKPOINT
    return Prepared(part, run, (), policy, checkpoint, record["data"], record["judged"])


def is_finished(arm: Prepared | None) -> bool:
    """Whether all its trials are there."""
    return arm is not None and not missing_jobs(arm.jobs, arm.trials)


def record_file(run: RunFolder, part: Part) -> Path:
    """Where an arm that is trained is noted; named by its recipe, whoever does the work."""
    data = replace(part.recipe.data, workers=0, engine=Component("local"))
    return run.path / ARMS / f"{digest('arm', replace(part.recipe, data=data))}.json"


def _learn(part: Part, folder: Path) -> Prepared:
    """Have an arm taught and trained, here, and noted."""
    recipe = part.recipe
    here = replace(recipe, data=replace(recipe.data, workers=1, engine=Component("local")))
    run = open_run(replace(here, name=part.folder), folder / part.folder)
    wall_s, cpu_s = time.monotonic(), used_cpu_s()
    made = prepare(replace(part, recipe=here), run)
    learned = learn(here, run, made.episode_ids)
    key = learned.trained.key
    judged = evaluation_key(recipe, key)
    if recipe.collaboration.interventions:
        known = calibrate(here, run, learned.trained, made.episode_ids).calibration
        judged = evaluation_key(recipe, f"{key} {help_key(recipe, known.to_dict())}")
    cost = {"cpu_s": used_cpu_s() - cpu_s, "wall_s": time.monotonic() - wall_s}
    note_cost(run, {"policy": key, **cost})
    file = record_file(run, part)
    file.parent.mkdir(exist_ok=True)
    save_record({"policy": key, "judged": judged, "data": dict(made.data)}, file)
    checkpoint = learned.trained.checkpoint
    return replace(made, part=part, policy=key, checkpoint=checkpoint, judged=judged)


def _judge(bench: Bench, arm: Prepared) -> None:
    """The trials that are missing, one by one, as each is judged."""
    for job in missing_jobs(arm.jobs, arm.trials):
        _, trials, cpu_s, wall_s = try_part(bench, "", str(arm.checkpoint), job)
        cost = {"trials": arm.judged, "task": job.task, "cpu_s": cpu_s, "wall_s": wall_s}
        note_cost(arm.run, cost)
        append_trial(arm.file, trials[0])
