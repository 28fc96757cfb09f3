"""Closed-loop trials of a policy in scenes that it has never seen: which ones, and one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cliprt.augmenters.interface import SCENE_SEEDS_FROM
from cliprt.data.store import EpisodeStore
from cliprt.errors import ServerError, UsageError
from cliprt.evaluation.failures import failure_reason
from cliprt.evaluation.results import Trial
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import Agent
from cliprt.runtime.collaboration import CollaborativeAgent
from cliprt.runtime.company import NOBODY, Company, Together
from cliprt.runtime.explanation import explain_step
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.record import Journal, Record
from cliprt.runtime.video import VideoRecorder
from cliprt.tasks.interface import Task
from cliprt.types import Attempt, Step

FILM_PX = 320
"""Height of the filmed pictures; rendering an episode of them costs two seconds, of 480 px four."""

LAST_PHRASES = 6
"""How many of a trial's last primitives are kept in words."""


@dataclass(frozen=True)
class TrialJob:
    """One trial to run.

    Attributes:
        task: Registry name of the task.
        number: Position of the task in the recipe's ``tasks``.
        seed: Seed of the scene.
        break_loops: Whether the agent may not repeat a primitive at one commanded pose.
        record_video: Whether to record the rollout.
        max_steps: Primitives before giving up; 0 = the task's own limit.
        interventions: How often a helper may speak.
        keep: Whether its episode is kept: ``"failures"``, ``"all"`` or ``"none"``.
        manner: How the policy is told, see :mod:`cliprt.evaluation.telling`; "" = as taught.
        told: What it is told then.
    """

    task: str
    number: int
    seed: int
    break_loops: bool
    record_video: bool
    max_steps: int
    interventions: int = 0
    keep: str = "none"
    manner: str = ""
    told: str = ""

    @property
    def key(self) -> tuple[str, int, bool, int, str]:
        """The same as the key of its :class:`Trial`."""
        return self.task, self.seed, self.break_loops, self.interventions, self.manner

    @property
    def episode(self) -> str:
        """Id of the episode, also a good name for its video."""
        return f"{self.task}-{self.seed}{'' if self.break_loops else '-without-loop-breaking'}"

    def to_attempt(self, task: Task, source: str) -> Attempt:
        """What the trial is recorded as; `source` acts."""
        return Attempt(
            id=self.episode,
            task=self.task,
            instruction=self.told or task.instruction,
            seed=self.seed,
            source=source,
            max_steps=self.max_steps or task.max_steps,
            meta={"kind": "trial"},
        )


def plan_trials(recipe: Recipe) -> list[TrialJob]:
    """Every trial that the recipe asks for, in a fixed order.

    Scene by scene through all tasks, so that an evaluation that is cut off has judged all tasks
    alike; with both settings of loop-breaking in the same scenes, if they are to be compared.

    Raises:
        UsageError: The scenes would not be unseen: their seeds are among the taught ones, or among
            those of scenes that augmenters invent.
    """
    section = recipe.evaluation
    taught = range(recipe.data.first_seed, recipe.data.first_seed + recipe.data.episodes)
    unseen = range(section.first_seed, section.first_seed + section.trials)
    if max(taught.start, unseen.start) < min(taught.stop, unseen.stop):
        raise UsageError(
            f"evaluation.first_seed: scenes {unseen.start}..{unseen.stop - 1} overlap the taught"
            f" scenes {taught.start}..{taught.stop - 1}; set evaluation.first_seed to"
            f" {taught.stop} or more"
        )
    if unseen.stop > SCENE_SEEDS_FROM:
        raise UsageError(
            f"evaluation.first_seed: scenes {unseen.start}..{unseen.stop - 1} reach those that"
            f" augmenters invent, from {SCENE_SEEDS_FROM} on; set evaluation.first_seed to"
            f" {SCENE_SEEDS_FROM - len(unseen)} or less"
        )
    settings = [section.break_loops]
    if section.compare_loop_breaking:
        settings.append(not section.break_loops)
    return [
        TrialJob(
            task=task.key,
            number=number,
            seed=seed,
            break_loops=setting,
            record_video=setting == section.break_loops and seed - unseen.start < section.videos,
            max_steps=section.max_steps,
            keep=section.keep if setting == section.break_loops else "none",
        )
        for setting in settings
        for seed in unseen
        for number, task in enumerate(recipe.tasks)
    ]


def in_scenes(jobs: Iterable[TrialJob]) -> list[tuple[TrialJob, ...]]:
    """The trials that differ in nothing but loop-breaking together, in the order of their first."""
    scenes: dict[tuple[str, int, int], list[TrialJob]] = {}
    for job in jobs:
        scenes.setdefault((job.task, job.seed, job.interventions), []).append(job)
    return [tuple(same) for same in scenes.values()]


def as_twin(trial: Trial, job: TrialJob) -> Trial:
    """A trial as that of another setting of loop-breaking, where that made no difference."""
    return replace(
        trial,
        break_loops=job.break_loops,
        episode=job.episode,
        video=None,
        decisions=(),
        starts=(),
        kept=False,
    )


class _Later:
    """A journal in memory, written to a store at the end; nearly all trials are thrown away."""

    def __init__(self, store: EpisodeStore, attempt: Attempt) -> None:
        self.steps: list[Step] = []
        self._store, self._attempt = store, attempt

    def append(self, step: Step) -> None:
        self.steps.append(step)

    def retract(self) -> None:
        self.steps.pop()

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        journal = self._store.begin(self._attempt)
        for step in self.steps:
            journal.append(step)
        journal.commit(success, meta)

    def abandon(self) -> None:
        """Nothing is there."""


class TrialRecord(Record):
    """A record that is thrown away where only failures are kept, and this is none.

    Attributes:
        is_kept: Whether the episode is in the store, once it has ended.
    """

    def __init__(self, journal: Journal, keep: str) -> None:
        super().__init__(journal)
        self._keeps_success = keep == "all"
        self.is_kept = False

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """Keep the episode, or throw it away."""
        self.is_kept = self._keeps_success or not success
        if self.is_kept:
            super().commit(success, meta)
        else:
            self.abandon()


def record_trial(job: TrialJob, task: Task, source: str, store: EpisodeStore) -> TrialRecord | None:
    """Where a trial's episode is kept once it has ended; None where the job says nowhere.

    What an earlier call left of the same trial is replaced.

    Raises:
        StoreError: The store cannot be written.
    """
    if job.keep == "none":
        return None
    attempt = job.to_attempt(task, source)
    store.make_room(attempt.id)
    return TrialRecord(_Later(store, attempt), job.keep)


def run_trial(
    job: TrialJob,
    agent: Agent,
    robot: Gate,
    task: Task,
    *,
    video_path: Path | None = None,
    record: TrialRecord | None = None,
    company: Company = NOBODY,
) -> Trial:
    """Let somebody act in one scene and judge it.

    Args:
        job: Which scene, and how.
        agent: Who acts.
        robot: Behind its gate; connected where needed.
        task: The task that the job names.
        video_path: Where to film the rollout; None = nowhere.
        record: Where its episode is kept; None = nowhere.
        company: The person at the robot, who has arranged the scene, and judges on hardware.

    Raises:
        RobotError: The robot failed.
        CheckpointError: The agent is a policy that answers with NaN.
        StoreError: The record cannot be written.
        ServerError: The policy's server was late or lost, so that the trial says nothing of it.
    """
    prepare_scene(task, robot, job.seed)
    attempt = job.to_attempt(task, "policy")
    film = None
    if video_path:
        explain = partial(explain_step, agent)
        film = VideoRecorder(video_path, robot, FILM_PX, title=task.instruction, explain=explain)
    with film or nullcontext():
        beside = Together(company, film) if film else company
        episode = run_episode(agent, robot, attempt, task=task, record=record, company=beside)
        if isinstance(agent, PolicyAgent | CollaborativeAgent) and agent.lost:
            raise ServerError(f"{agent.lost} The same command goes on from the trials before.")
        if film and robot.state == "ready":
            film.add(robot.observe(), "Success" if episode.success else "Failed")
    success = bool(episode.success)
    return Trial(
        task=job.task,
        instruction=task.instruction,
        seed=job.seed,
        success=success,
        steps=len(episode.steps),
        end=str(episode.meta["end"]),
        break_loops=job.break_loops,
        episode=episode.id,
        suite=task.suite,
        failure=None if success else failure_reason(episode),
        video=str(video_path) if video_path else None,
        interventions=job.interventions,
        last_phrases=tuple(step.primitive.phrase for step in episode.steps[-LAST_PHRASES:]),
        decisions=tuple(film.decisions) if film else (),
        starts=tuple(film.starts) if film else (),
        kept=record is not None and record.is_kept,
        manner=job.manner,
        told=job.told,
        did=tuple(episode.meta.get("did", ())),
    )
