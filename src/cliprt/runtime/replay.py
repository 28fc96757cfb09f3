"""Doing again what an episode did, and measuring how far the robot is from where it was then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cliprt.geometry import distance, motion_between
from cliprt.runtime.agents import Choice, PlanAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.tasks.interface import Task
from cliprt.types import Episode, Observation, Plan, PlannedStep, Primitive, Step


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

    Ends early where the task succeeds early or a step is refused.  A step that a stop cut short is
    cut short again; on hardware, the way that it went is commanded.  There, a person first brings
    the scene and the arm to where the episode began.

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

    prepare_scene(task, robot, episode.seed)
    again = run_episode(
        _RecordAgent(episode.id, recorded, robot),
        robot,
        instruction=episode.instruction,
        task=task,
        seed=episode.seed,
        max_steps=len(recorded),
        episode_id=f"{episode.id}-replay",
        source="replay",
        on_step=compare,
        keep_images=False,
    )
    return Replay(tuple(deviations), len(recorded), again.success)


class _RecordAgent(PlanAgent):
    """What was recorded, step by step, each for as long as it was made then."""

    def __init__(self, episode_id: str, recorded: Sequence[Step], robot: Gate) -> None:
        is_exact = robot.world is not None
        steps = [PlannedStep(s.primitive if is_exact else _made(s), s.train) for s in recorded]
        super().__init__(Plan(episode_id, "replay", "replay", tuple(steps)))
        self._cuts_s = iter([step.outcome.stopped_after_s for step in recorded])
        self._robot = robot

    def decide(self, observation: Observation) -> Choice:
        """The next step."""
        cut_s = next(self._cuts_s, None)
        if cut_s is not None and self._robot.world is not None:
            self._robot.halt_after(cut_s)
        return super().decide(observation)


def _made(step: Step) -> Primitive:
    """The primitive of a step, with the motion that was made of it."""
    if step.outcome.stopped_after_s is None:
        return step.primitive
    begin, gripper = step.observation.commanded_pose, step.primitive.gripper
    motion = motion_between(begin, step.outcome.measured)
    return replace(step.primitive, motion=motion, gripper=None if any(motion) else gripper)
