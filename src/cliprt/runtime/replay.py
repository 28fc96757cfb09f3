"""Doing again what an episode did, and measuring how far the robot is from where it was then."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliprt.errors import RobotError
from cliprt.geometry import distance, motion_between
from cliprt.runtime.choices import Choice
from cliprt.runtime.company import NOBODY, Company
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.tasks.interface import Task
from cliprt.types import (
    NO_MOTION,
    Attempt,
    Episode,
    GripperState,
    Motion,
    Observation,
    Plan,
    PlannedStep,
    Pose,
    Primitive,
    Step,
)

SAME_START_M = 2e-4
SAME_START_RAD = 2e-3
"""A robot that is commanded to be this near to where an episode began is there."""


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
        end: Why it ended, as in ``Episode.meta``.
        reason: The same in words, where there is more to say.
    """

    deviations: tuple[Deviation, ...]
    executed: int
    success: bool | None
    end: str
    reason: str

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
    person: Company = NOBODY,
) -> Replay:
    """Command the executed primitives of `episode` again, from its scene's start.

    Ends early where the task succeeds early, a step is refused or the robot stops.  A simulated
    robot is put where the episode began; hardware drives there if one motion through its gate is
    enough, after a person has arranged the scene.  A step that a stop cut short is cut short again;
    where the robot is another one than then, the way that it went is commanded.

    Args:
        episode: The record, of a simulated robot or of hardware.
        robot: The gate to the robot.
        task: For building the scene and judging; None = neither.
        person: Who says whether it succeeded, where no simulator can.

    Raises:
        RobotError: The robot failed, or cannot get to where the episode began.
    """
    recorded = executed_steps(episode)
    comparison = _Comparison(recorded, person)
    prepare_scene(task, robot, episode.seed)
    is_exact = _come_to_start(recorded, robot) if recorded else True
    again = run_episode(
        _RecordAgent(episode.id, recorded, robot, is_exact),
        robot,
        Attempt(
            id=f"{episode.id}-replay",
            task=episode.task,
            instruction=episode.instruction,
            seed=episode.seed,
            source="replay",
            max_steps=len(recorded) + 1,
        ),
        task=task,
        company=comparison,
    )
    end, reason = again.meta["end"], again.meta["reason"]
    return Replay(tuple(comparison.deviations), len(recorded), again.success, end, reason)


def executed_steps(episode: Episode) -> list[Step]:
    """The steps that moved something."""
    return [step for step in episode.steps if step.outcome.refused is None]


def distance_to_start(episode: Episode, robot: Gate) -> tuple[float, float]:
    """How far the robot is from where an episode began, (metres, radians); 0 without steps."""
    recorded = executed_steps(episode)
    if not recorded:
        return 0.0, 0.0
    return distance(robot.observe().commanded_pose, recorded[0].observation.commanded_pose)


def _come_to_start(recorded: Sequence[Step], robot: Gate) -> bool:
    """Bring arm and fingers to where a record begins; whether a simulated robot was there already.

    Raises:
        RobotError: It is out of reach, too far for one motion, or refused.
    """
    begin, now = recorded[0].observation, robot.observe()
    start = begin.commanded_pose
    metres, angle_rad = distance(now.commanded_pose, start)
    is_there = metres < SAME_START_M and angle_rad < SAME_START_RAD
    if robot.simulation is not None and not is_there and not robot.simulation.move_home(start):
        raise RobotError(
            f"this arm cannot reach where the episode began, {_place(start)}. Replay it on the"
            " robot that it was recorded on."
        )
    if robot.simulation is None and not is_there:
        _drive(robot, motion_between(now.commanded_pose, start), None, metres, start)
    if now.gripper != begin.gripper:
        _drive(robot, NO_MOTION, begin.gripper, metres, start)
    return is_there and robot.simulation is not None


def _drive(
    robot: Gate, motion: Motion, gripper: GripperState | None, metres: float, start: Pose
) -> None:
    time.sleep(robot.wait_s)
    outcome = robot.execute(motion, gripper)
    if outcome.refused or outcome.stopped_after_s is not None:
        why = outcome.refused or outcome.stopped_because or "stopped on its way"
        raise RobotError(
            f"the arm is {100 * metres:.1f} cm from where the episode began, {_place(start)}, and"
            f" does not drive there: {why}. Bring it there, e.g. by hand, and replay again."
        )


def _place(pose: Pose) -> str:
    return f"({', '.join(f'{100 * number:.1f}' for number in pose[:3])}) cm"


class _Comparison(Company):
    """Measures every step against its record; a person judges, and nobody goes on after a stop."""

    def __init__(self, recorded: Sequence[Step], person: Company) -> None:
        self._recorded = recorded
        self._person = person
        self.deviations: list[Deviation] = []

    def see(self, step: Step) -> None:
        then = self._recorded[step.index]
        position_m, angle_rad = distance(then.outcome.measured, step.outcome.measured)
        phrase, refused = then.primitive.phrase, step.outcome.refused
        self.deviations.append(Deviation(then.index, phrase, position_m, angle_rad, refused))

    def judge(self) -> bool | None:
        return self._person.judge()


class _RecordAgent(PlanAgent):
    """What was recorded, step by step, each for as long as it was made then."""

    def __init__(
        self, episode_id: str, recorded: Sequence[Step], robot: Gate, is_exact: bool
    ) -> None:
        steps = [PlannedStep(s.primitive if is_exact else _made(s), s.train) for s in recorded]
        super().__init__(Plan(episode_id, "replay", "replay", tuple(steps)))
        self._cuts_s = iter([step.outcome.stopped_after_s for step in recorded])
        self._robot = robot
        self._is_exact = is_exact

    def decide(self, observation: Observation) -> Choice:
        """The next step."""
        cut_s = next(self._cuts_s, None)
        if cut_s is not None and self._is_exact:
            self._robot.halt_after(cut_s)
        return super().decide(observation)


def _made(step: Step) -> Primitive:
    """The primitive of a step, with the motion that was made of it."""
    if step.outcome.stopped_after_s is None:
        return step.primitive
    begin, gripper = step.observation.commanded_pose, step.primitive.gripper
    motion = motion_between(begin, step.outcome.measured)
    return replace(step.primitive, motion=motion, gripper=None if any(motion) else gripper)
