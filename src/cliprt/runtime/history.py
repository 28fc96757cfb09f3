"""What was done in an episode, so that it can be taken back, made again, or made after a crash.

In a simulator a step is taken back exactly: the world is as it was before it, bit for bit, and the
same step made again has the same outcome.  On hardware the arm goes back the way it came, through
the gate, and what it moved stays where it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from cliprt.errors import RobotError
from cliprt.geometry import distance, invert_motion, motion_between
from cliprt.language.remarks import Remark
from cliprt.runtime.choices import Move
from cliprt.runtime.gate import Gate
from cliprt.runtime.record import Journal, Record
from cliprt.types import NO_MOTION, GripperState, Motion, PlannedStep, Pose, Step

AGREEMENT_M = 1e-4
AGREEMENT_RAD = 1e-3
"""A step that is made again must be measured this near to its record."""

STANDS_M = 5e-3
STANDS_RAD = 0.035
"""Hardware that is measured this near to where its record broke off has not been moved since."""

SAME_PLACE_M = 1e-5
SAME_PLACE_RAD = 1e-4
"""Commanded poses this near are one place."""


@dataclass(frozen=True, eq=False)
class _Moment:
    """A world before a step, and what tells whether it still is as it was."""

    snapshot: Any
    sign: tuple[float, Pose, GripperState]


class History(Record):
    """A record whose steps can be taken back and made again.

    A simulated world is rebuilt by every snapshot, so an episode with a history and one without it
    part company by micrometres.

    Args:
        robot: The gate to the robot, in the scene in which the episode begins.
        journal: Where the steps are kept; None = in memory, without images.
    """

    def __init__(self, robot: Gate, journal: Journal | None = None) -> None:
        super().__init__(journal)
        self._robot = robot
        self._before: list[_Moment | None] = []
        self._undone: list[Step] = []
        self._moment: _Moment | None = None
        self._is_redoing = False

    @property
    def can_redo(self) -> bool:
        """Whether a step that was taken back can be made again."""
        return bool(self._undone)

    def mark(self) -> None:
        """Remember this moment.

        A moment at which nothing has happened since the last one is that one.
        """
        self._is_redoing = False
        world = self._robot.simulation
        if world is None:
            return
        sign = (world.time_s, world.commanded_pose, world.gripper)
        if self._moment is None or self._moment.sign != sign:
            self._moment = _Moment(world.snapshot(), sign)

    def append(self, step: Step) -> None:
        """Keep a step that was made since `mark`; what was undone before is redone no more."""
        super().append(step)
        self._remember(step)

    def _remember(self, step: Step) -> None:
        self._before.append(self._moment)
        if step.outcome.refused is None:
            if self._is_redoing and step.outcome.stopped_after_s is None:
                self._undone.pop()
            else:
                self._undone.clear()

    def undo(self) -> Step | None:
        """Take back the last step that moved something, and refused ones after it.

        Returns:
            The step; None where there is none, or where the way back is refused: then nothing was
            retracted and `refusal` says why (also that the robot failed on it).

        Raises:
            StoreError: The journal cannot be written; nothing was taken back.
        """
        steps = self.steps
        made = [i for i, step in enumerate(steps) if step.outcome.refused is None]
        self.refusal = "" if made else Remark("There is nothing to undo.")
        world = self._robot.simulation
        if made and world is None:
            try:
                self.refusal = self._go_back(steps[made[-1]])
            except RobotError as error:
                self.refusal = str(error)
        if self.refusal:
            return None
        index = made[-1]
        step, moment = steps[index], self._before[index]
        for _ in steps[index:]:
            self._journal.retract()
            self._before.pop()
        if world is not None and moment is not None:
            world.restore(moment.snapshot)
            self._moment = moment
        if step.outcome.stopped_after_s is None:
            self._undone.append(step)
        else:  # nobody wants to see again what had to be stopped
            self._undone.clear()
        return step

    def redo(self) -> Move | None:
        """What makes the very same step again; None where nothing was taken back."""
        self.refusal = "" if self._undone else Remark("There is nothing to redo.")
        if not self._undone:
            return None
        self._is_redoing = True
        step = self._undone[-1]
        planned = PlannedStep(step.primitive, step.train)
        return Move((planned,), step.supervision, step.source, step.trace)

    def replay(self) -> None:
        """Come to where the journal's episode is, from the start of its scene.

        A simulation makes the steps again.  Hardware stands where it stood when the recording
        broke off, so nothing moves.

        Raises:
            RobotError: The robot is not where the record says; the record stays as it is.
        """
        steps = self.steps
        for step in steps:
            if self._robot.simulation is not None:
                self._repeat(step)
            self._remember(step)
        if self._robot.simulation is None and steps:
            measured = self._robot.observe().tcp_pose
            self._check_agrees(steps[-1], measured, STANDS_M, STANDS_RAD)

    def _repeat(self, step: Step) -> None:
        robot, world = self._robot, self._robot.simulation
        assert world is not None
        # While success was judged, time went on in which nothing moved.
        world.settle(max(0.0, step.observation.time_s - world.time_s))
        self.mark()
        if step.outcome.refused is not None:
            return
        if step.outcome.stopped_after_s is not None:
            robot.halt_after(step.outcome.stopped_after_s)
        time.sleep(robot.wait_s)
        again = robot.execute(step.primitive.motion, step.primitive.gripper)
        if again.refused:
            raise RobotError(f"{_name(step)} was made then and is refused now: {again.refused}")
        self._check_agrees(step, again.measured)

    def _check_agrees(
        self,
        step: Step,
        measured: Pose,
        most_m: float = AGREEMENT_M,
        most_rad: float = AGREEMENT_RAD,
    ) -> None:
        metres, radians = distance(step.outcome.measured, measured)
        if metres > most_m or radians > most_rad:
            raise RobotError(
                f"{_name(step)} ended {1000 * metres:.1f} mm and {radians:.3f} rad from where the"
                f" robot is now (at most {1000 * most_m:.1f} mm and {most_rad} rad are"
                " alike), so the episode cannot be gone on with. Its record is whole: keep it with"
                " cliprt episodes repair, or discard it."
            )

    def _go_back(self, step: Step) -> str:
        """Fingers first, then the arm, to where they were before a step; why not, or ""."""
        begin, now = step.observation, self._robot.observe()
        if now.gripper != begin.gripper:
            refusal = self._execute(NO_MOTION, begin.gripper)
            if refusal:
                return refusal
        if _is_same_place(begin.commanded_pose, now.commanded_pose):
            return ""
        return self._execute(_way_back(step, now.commanded_pose), None)

    def _execute(self, motion: Motion, gripper: GripperState | None) -> str:
        time.sleep(self._robot.wait_s)
        outcome = self._robot.execute(motion, gripper)
        if outcome.stopped_after_s is not None:
            return Remark("The way back was stopped.")
        return outcome.refused or ""


def _way_back(step: Step, now: Pose) -> Motion:
    """From where the arm is commanded to be, to where it was before a step."""
    try:
        if step.outcome.sent is not None and _is_same_place(step.outcome.sent, now):
            return invert_motion(step.primitive.motion)
    except ValueError:  # several rotations at once
        pass
    return motion_between(now, step.observation.commanded_pose)


def _is_same_place(a: Pose, b: Pose) -> bool:
    metres, radians = distance(a, b)
    return metres < SAME_PLACE_M and radians < SAME_PLACE_RAD


def _name(step: Step) -> str:
    return f"step {step.index} ({step.primitive.phrase!r})"
