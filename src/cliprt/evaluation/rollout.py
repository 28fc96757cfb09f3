"""Closed-loop trials of a policy in scenes that it has never seen: which ones, and one of them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cliprt.augmenters.interface import SCENE_SEEDS_FROM
from cliprt.errors import UsageError
from cliprt.evaluation.failures import failure_reason
from cliprt.evaluation.results import Trial
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import Agent, PolicyAgent, Score
from cliprt.runtime.confirm import Attendant
from cliprt.runtime.explanation import Explanation, explain_step
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.video import VideoRecorder
from cliprt.tasks.interface import Task
from cliprt.types import Step
from cliprt.vocabularies.interface import ActionVocabulary

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
    """

    task: str
    number: int
    seed: int
    break_loops: bool
    record_video: bool
    max_steps: int
    interventions: int = 0

    @property
    def key(self) -> tuple[str, int, bool, int]:
        """The same as the key of its :class:`Trial`."""
        return self.task, self.seed, self.break_loops, self.interventions

    @property
    def episode(self) -> str:
        """Id of the episode, also a good name for its video."""
        return f"{self.task}-{self.seed}{'' if self.break_loops else '-without-loop-breaking'}"


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
        )
        for setting in settings
        for seed in unseen
        for number, task in enumerate(recipe.tasks)
    ]


def run_trial(
    job: TrialJob,
    robot: Gate,
    task: Task,
    vocabulary: ActionVocabulary,
    score: Score,
    video_path: Path | None = None,
    attendant: Attendant | None = None,
) -> Trial:
    """Let the policy act alone in one scene and judge it; as :func:`judge_agent`.

    Args:
        job: Which scene, and how.
        robot: Behind its gate; connected where needed.
        task: The task that the job names.
        vocabulary: What the scores are about.
        score: The policy as a plain function.
        video_path: Where to record the rollout; None = nowhere.
        attendant: The person at the robot, who has arranged the scene, and judges on hardware.

    Raises:
        RobotError: The robot failed.
        CheckpointError: The policy answers with NaN, or with the wrong number of scores.
    """
    agent = PolicyAgent(score, vocabulary, job.break_loops)
    return judge_agent(job, agent, robot, task, video_path, attendant)


def judge_agent(
    job: TrialJob,
    agent: Agent,
    robot: Gate,
    task: Task,
    video_path: Path | None = None,
    attendant: Attendant | None = None,
) -> Trial:
    """Let somebody act in one scene and judge it.

    Args:
        job: Which scene, and how.
        agent: Who acts.
        robot: Behind its gate; connected where needed.
        task: The task that the job names.
        video_path: Where to record the rollout; None = nowhere.
        attendant: The person at the robot, who has arranged the scene, and judges on hardware.

    Raises:
        RobotError: The robot failed.
    """
    prepare_scene(task, robot, job.seed)
    explain = partial(explain_step, agent)
    decisions: list[Explanation | None] = []
    recorder = None
    if video_path:
        recorder = VideoRecorder(video_path, robot, title=task.instruction, explain=explain)

    def on_step(step: Step) -> None:
        if recorder:
            recorder(step)
            decisions.append(explain(step))

    with recorder or nullcontext():
        episode = run_episode(
            agent,
            robot,
            instruction=task.instruction,
            task=task,
            seed=job.seed,
            max_steps=job.max_steps or task.max_steps,
            episode_id=job.episode,
            source="policy",
            on_step=on_step,
            keep_images=False,
            on_stop=attendant.go_on if attendant else None,
            judge=attendant.judge if attendant else None,
        )
        if recorder and robot.state == "ready":
            recorder.add(robot.observe(), "Success" if episode.success else "Failed")
    success = bool(episode.success)
    return Trial(
        task=job.task,
        instruction=episode.instruction,
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
        decisions=tuple(decisions),
    )
