"""Stage 6: the same scenes again, with a helper who may speak a few times in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import TrialJob, plan_trials, run_trial
from cliprt.policies.calibration import Calibration
from cliprt.recipe.build import build_helper, build_task
from cliprt.recipe.schema import Recipe
from cliprt.stages.agree import with_agreed_mode
from cliprt.stages.collaborate import accompany, build_collaborator, load_actor_once
from cliprt.stages.evaluate import Evaluated, have_trials
from cliprt.stages.keys import evaluation_key, help_key
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.workers import Bench, check_judged


def assist(
    recipe: Recipe,
    run: RunFolder,
    policy: str,
    checkpoint: Path,
    calibration: Calibration | None,
) -> Evaluated:
    """Have the trials with each number of ``collaboration.interventions`` done.

    Args:
        recipe: Which tasks, scenes, helper and numbers.
        run: Where the trials are kept.
        policy: What names the policy (its key).
        checkpoint: The policy's folder.
        calibration: The policy's; None for a person who speaks first.
    """
    recipe = with_agreed_mode(recipe, checkpoint)
    jobs = [(job,) for job in plan_helped_trials(recipe)]
    facts = calibration.to_dict() if calibration else {}
    folder = run.evaluation(evaluation_key(recipe, policy))
    file = folder / f"helped-{help_key(recipe, facts)}.jsonl"
    context = {"checkpoint": str(checkpoint), "calibration": facts, "run": str(run.path)}
    here = bool(jobs) and build_helper(recipe).is_person
    return have_trials(recipe, file, jobs, attempt_with_help, context, here, run.portion)


def plan_helped_trials(recipe: Recipe) -> list[TrialJob]:
    """The recipe's own trials, once for each number of interventions."""
    own = [j for j in plan_trials(recipe) if j.break_loops == recipe.evaluation.break_loops]
    return [
        replace(job, interventions=number, record_video=False, keep="none")
        for number in sorted(set(recipe.collaboration.interventions))
        for job in own
    ]


def attempt_with_help(bench: Bench, job: TrialJob) -> tuple[Trial, ...]:
    """One trial in a worker."""
    recipe = bench.recipe
    facts: Mapping[str, Any] = bench.context["calibration"]
    agent = build_collaborator(
        recipe,
        bench.vocabulary,
        load_actor_once(bench, bench.context["checkpoint"]),
        Calibration.from_dict(facts) if facts else None,
        initiative=recipe.collaboration.initiative,
        interventions=job.interventions,
    )
    task = build_task(recipe.tasks[job.number])
    company = accompany(bench, agent, task.instruction, Path(bench.context["run"]))
    check_judged(bench)
    bench.arrange(task.instruction)
    trial = run_trial(job, agent, bench.robot, task, company=company)
    return (replace(trial, helped=agent.interventions),)
