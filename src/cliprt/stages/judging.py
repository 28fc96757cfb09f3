"""The trials that a row of a table rests on: which ones, and those of one scene in a worker."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import TrialJob, as_twin, plan_trials, run_trial
from cliprt.recipe.build import build_interpreter, build_task, build_teleoperator
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import Agent, SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.stages.assist import plan_helped_trials
from cliprt.stages.calibrate import load_calibration
from cliprt.stages.collaborate import build_collaborator, load_actor_once
from cliprt.stages.costs import used_cpu_s
from cliprt.stages.workers import Bench


def plan_judged(recipe: Recipe) -> list[TrialJob]:
    """What a figure rests on: the trials alone, or with help where the recipe allows any."""
    if recipe.collaboration.interventions:
        return plan_helped_trials(recipe)
    return plan_trials(recipe)


def try_part(
    bench: Bench, name: str, checkpoint: str, *jobs: TrialJob
) -> tuple[str, tuple[Trial, ...], float, float]:
    """The trials of one scene in a worker; (`name`, what came out, CPU seconds, seconds).

    Where a policy never repeats itself, the trial with one setting of loop-breaking is that with
    the other.
    """
    wall_s, cpu_s = time.monotonic(), used_cpu_s()
    task = build_task(next(one for one in bench.recipe.tasks if one.key == jobs[0].task))
    trials: list[Trial] = []
    has_parted = True
    for job in jobs:
        if not has_parted:
            trials.append(as_twin(trials[-1], job))
            continue
        agent = _build_agent(bench, checkpoint, job)
        trial = run_trial(job, agent, bench.robot, task)
        has_parted = not isinstance(agent, PolicyAgent) or agent.has_repeated
        helped = agent.interventions if isinstance(agent, CollaborativeAgent) else 0
        trials.append(replace(trial, helped=helped))
    return name, tuple(trials), used_cpu_s() - cpu_s, time.monotonic() - wall_s


def _build_agent(bench: Bench, checkpoint: str, job: TrialJob) -> Agent:
    if not checkpoint:
        speaker = build_teleoperator(bench.recipe)
        return SpokenAgent(speaker, build_interpreter(bench.recipe, bench.vocabulary))
    actor = load_actor_once(bench, checkpoint)
    if not job.interventions:
        return PolicyAgent(actor, bench.vocabulary, job.break_loops)
    return build_collaborator(
        bench.recipe,
        bench.vocabulary,
        actor,
        load_calibration(Path(checkpoint)),
        initiative=bench.recipe.collaboration.initiative,
        interventions=job.interventions,
    )
