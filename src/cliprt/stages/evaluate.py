"""Stage 4: the policy acts alone in scenes it has never seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.store import EpisodeStore
from cliprt.evaluation.files import (
    append_trial,
    gather_trials,
    load_trials,
    missing_jobs,
    portion_file,
)
from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import (
    TrialJob,
    as_twin,
    in_scenes,
    plan_trials,
    record_trial,
    run_trial,
)
from cliprt.recipe.build import build_task
from cliprt.recipe.schema import Recipe
from cliprt.runtime.company import NOBODY
from cliprt.runtime.instructions import answer_for
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.stages.agree import with_agreed_mode
from cliprt.stages.collaborate import load_actor_once
from cliprt.stages.goals import check_goals
from cliprt.stages.keys import evaluation_key
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.progress import LINE_EVERY_S, show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.workers import Bench, check_judged, is_attended, run_jobs


@dataclass(frozen=True)
class Evaluated:
    """Trials on disk; no file if none are planned."""

    file: Path
    trials: tuple[Trial, ...]
    planned: int
    worked: bool


def evaluate(recipe: Recipe, run: RunFolder, policy: str, checkpoint: Path) -> Evaluated:
    """Have every trial of the recipe done; those that were done before are kept.

    Args:
        recipe: Which tasks, scenes and settings.
        run: Where the trials are kept.
        policy: What names the policy (its key), so that trials of another are not mixed in.
        checkpoint: The policy's folder.
    """
    check_goals(recipe, run.path, "trials are judged by it")
    recipe = with_agreed_mode(recipe, checkpoint)
    folder = run.evaluation(evaluation_key(recipe, policy))
    context = {"checkpoint": str(checkpoint), "folder": str(folder)}
    file = folder / "trials.jsonl"
    scenes = in_scenes(plan_trials(recipe))
    return have_trials(recipe, file, scenes, attempt, context, portion=run.portion)


def have_trials(
    recipe: Recipe,
    file: Path,
    jobs: Sequence[tuple[TrialJob, ...]],
    attempt: Callable[..., tuple[Trial, ...]],
    context: Mapping[str, Any],
    here: bool = False,
    portion: Portion = WHOLE,
) -> Evaluated:
    """Have the trials of some jobs in a file, one line each as it is judged.

    Args:
        recipe: Of the workers.
        file: Trials of jobs that it has already are kept.
        jobs: What is wanted; trials that are made together are together.
        attempt: Makes one of `jobs` in a worker, or what lacks of it; a module-level function of
            the bench and the trials.
        context: Handed to every worker.
        here: Whether to work in this process, because a person speaks.
        portion: Which of the jobs are done here.
    """
    own_file = file
    if portion.is_whole:
        gather_trials(file)
    else:
        own_file = portion_file(file, str(portion))
    there = load_trials(file)
    left = (tuple(missing_jobs(together, there)) for together in portion.pick(jobs))
    missing = [together for together in left if together]
    wanted = {job.key: job for together in jobs for job in together}
    is_helped = any(job.interventions for job in wanted.values())
    title = "Evaluating with help" if is_helped else "Evaluating"
    if missing:
        pause_s = 0.0 if here or is_attended(recipe) else LINE_EVERY_S
        with show_progress(title, sum(map(len, missing)), pause_s) as advance:
            for done in run_jobs(recipe, attempt, missing, context, here, file.parent):
                for trial in done:
                    append_trial(own_file, trial)
                    helped = f", helped {trial.helped} times" if trial.interventions else ""
                    advance(f"{trial.task}: {'success' if trial.success else trial.end}{helped}")
    trials = tuple(trial for trial in load_trials(file) if trial.key in wanted)
    return Evaluated(file, trials, len(wanted), bool(missing))


def attempt(bench: Bench, *jobs: TrialJob) -> tuple[Trial, ...]:
    """The trials of one task in one scene, in a worker that loads the policy once.

    A simulated scene is the same each time, so two settings of loop-breaking part where the policy
    would first repeat itself: where it never does, one trial is both.
    """
    trials: list[Trial] = []
    has_parted = True
    for job in jobs:
        if has_parted:
            trial, has_parted = _attempt(bench, job)
        else:
            trial = as_twin(trials[-1], job)
        trials.append(trial)
    return tuple(trials)


def _attempt(bench: Bench, job: TrialJob) -> tuple[Trial, bool]:
    """One trial; and whether with another setting of loop-breaking it could be another."""
    recipe, folder = bench.recipe, Path(bench.context["folder"])
    task = build_task(recipe.tasks[job.number])
    actor = load_actor_once(bench, bench.context["checkpoint"])
    agent = PolicyAgent(actor, bench.vocabulary, job.break_loops)
    answer_for(actor.understand, job.to_attempt(task, "").instruction, task.instruction)
    check_judged(bench)
    bench.arrange(task.instruction)
    store = EpisodeStore(folder / "episodes", durable=False)
    trial = run_trial(
        job,
        agent,
        bench.robot,
        task,
        video_path=folder / "videos" / f"{job.episode}.mp4" if job.record_video else None,
        record=record_trial(job, task, recipe.policy.name, store),
        company=bench.attendant or NOBODY,
    )
    return trial, agent.has_repeated or not bench.is_simulated
