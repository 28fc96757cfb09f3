"""Stage 4: the policy acts alone in scenes it has never seen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from cliprt.data.store import EpisodeStore
from cliprt.evaluation.files import append_trial, load_trials, missing_jobs
from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import TrialJob, plan_trials, record_trial, run_trial
from cliprt.recipe.build import build_task
from cliprt.recipe.schema import Recipe
from cliprt.runtime.company import NOBODY
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.stages.collaborate import load_actor_once
from cliprt.stages.keys import evaluation_key
from cliprt.stages.progress import LINE_EVERY_S, show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.workers import Bench, check_judged, is_attended, run_jobs


@dataclass(frozen=True)
class Evaluated:
    """Trials on disk."""

    file: Path
    trials: tuple[Trial, ...]
    planned: int
    wall_s: float
    worked: bool


def evaluate(recipe: Recipe, run: RunFolder, policy: str, checkpoint: Path) -> Evaluated:
    """Have every trial of the recipe done; those that were done before are kept.

    Args:
        recipe: Which tasks, scenes and settings.
        run: Where the trials are kept.
        policy: What names the policy (its key), so that trials of another are not mixed in.
        checkpoint: The policy's folder.
    """
    start = time.monotonic()
    folder = run.evaluation(evaluation_key(recipe, policy))
    file = folder / "trials.jsonl"
    jobs = plan_trials(recipe)
    missing = missing_jobs(jobs, load_trials(file))
    if missing:
        arguments = [(job, str(folder)) for job in missing]
        context = {"checkpoint": str(checkpoint)}
        pause_s = 0.0 if is_attended(recipe) else LINE_EVERY_S
        with show_progress("Evaluating", len(missing), pause_s) as advance:
            for trial in run_jobs(recipe, attempt, arguments, context):
                append_trial(file, trial)
                advance(f"{trial.task}: {'success' if trial.success else trial.end}")
    wanted = {job.key for job in jobs}
    trials = tuple(trial for trial in load_trials(file) if trial.key in wanted)
    return Evaluated(file, trials, len(jobs), time.monotonic() - start, bool(missing))


def attempt(bench: Bench, job: TrialJob, folder: str) -> Trial:
    """One trial in a worker, which loads the policy once."""
    recipe = bench.recipe
    task = build_task(recipe.tasks[job.number])
    actor = load_actor_once(bench, bench.context["checkpoint"])
    agent = PolicyAgent(actor, bench.vocabulary, job.break_loops)
    check_judged(bench)
    bench.arrange(task.instruction)
    store = EpisodeStore(Path(folder) / "episodes", durable=False)
    return run_trial(
        job,
        agent,
        bench.robot,
        task,
        video_path=Path(folder) / "videos" / f"{job.episode}.mp4" if job.record_video else None,
        record=record_trial(job, task, recipe.policy.name, store),
        company=bench.attendant or NOBODY,
    )
