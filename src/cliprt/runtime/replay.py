"""Doing again what an episode did, and measuring how far the robot is from where it was then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cliprt.geometry import distance
from cliprt.runtime.agents import PlanAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.tasks.interface import Task
from cliprt.types import Episode, Plan, PlannedStep, Step


@dataclass(frozen=True)
class Deviation:
    """How one step came out, compared with the record.

    Attributes:
        index: Of the recorded step.
        phrase: What was commanded.
        position_m: Distance of the two measured positions [m].
        angle_rad: Between the two measured orientations [rad].
        refused: Why it was refused this time; None when executed.
    """

    index: int
    phrase: str
    position_m: float
    angle_rad: float
    refused: str | None = None


@dataclass(frozen=True)
class Replay:
    """A replayed episode.

    Attributes:
        deviations: Of the steps that were reached, in order.
        executed: How many steps the record has, refused ones left out.
        success: Whether the task's condition held this time; None = nobody judged.
    """

    deviations: tuple[Deviation, ...]
    executed: int
    success: bool | None

    @property
    def max_position_m(self) -> float:
        """The largest deviation of the position [m]; 0 without steps."""
        return max((d.position_m for d in self.deviations), default=0.0)

    @property
    def max_angle_rad(self) -> float:
        """The largest deviation of the orientation [rad]; 0 without steps."""
        return max((d.angle_rad for d in self.deviations), default=0.0)


def replay(
    episode: Episode,
    robot: Gate,
    task: Task | None = None,
    on_step: Callable[[Deviation], None] | None = None,
) -> Replay:
    """Command the executed primitives of `episode` again, from its scene's start.

    Ends early where the task succeeds early or a step is refused.  On hardware a person first
    brings the scene and the arm to where the episode began.

    Args:
        episode: The record.
        robot: The gate to the robot.
        task: For building the scene and judging; None = neither.
        on_step: Called with every deviation as it is measured.

    Raises:
        RobotError: The robot failed or was stopped.
    """
    recorded = [step for step in episode.steps if step.outcome.refused is None]
    deviations: list[Deviation] = []

    def compare(step: Step) -> None:
        then = recorded[step.index]
        position_m, angle_rad = distance(then.outcome.measured, step.outcome.measured)
        deviations.append(
            Deviation(
                then.index, then.primitive.phrase, position_m, angle_rad, step.outcome.refused
            )
        )
        if on_step:
            on_step(deviations[-1])

    steps = tuple(PlannedStep(step.primitive, step.train) for step in recorded)
    prepare_scene(task, robot, episode.seed)
    again = run_episode(
        PlanAgent(Plan(episode.id, "replay", "replay", steps)),
        robot,
        instruction=episode.instruction,
        task=task,
        seed=episode.seed,
        max_steps=len(steps),
        episode_id=f"{episode.id}-replay",
        source="replay",
        on_step=compare,
        keep_images=False,
    )
    return Replay(tuple(deviations), len(recorded), again.success)
