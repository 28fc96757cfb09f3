"""The one loop: teaching, collecting, augmenting, running and evaluating differ only in the agent.

Look, ask the agent, pass the gate, move, record, judge; again until something ends the episode.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np

from cliprt.errors import RobotError
from cliprt.language.remarks import Remark
from cliprt.runtime.agents import Agent, Recalls
from cliprt.runtime.choices import Discard, Finish, GiveUp, Halt, Move, Redo, Undo
from cliprt.runtime.company import NOBODY, Company
from cliprt.runtime.gate import Gate
from cliprt.runtime.looking import look_at
from cliprt.runtime.record import Record
from cliprt.tasks.interface import Task
from cliprt.types import (
    NO_MOTION,
    Attempt,
    Episode,
    Observation,
    Outcome,
    PlannedStep,
    Primitive,
    Step,
)

MAX_REFUSALS = 5
"""Refused steps in a row after which an episode ends; an undo that cannot be made is one, too."""


def prepare_scene(task: Task | None, robot: Gate, seed: int) -> None:
    """A new start: connect the robot where needed and build the task's scene.

    The same task and seed give the same scene.  On hardware a person arranges the scene.

    Raises:
        RobotError: The robot cannot be reached.
    """
    if robot.state != "ready":
        robot.connect()
    if robot.simulation is not None and task is not None:
        robot.simulation.clear(seed)
        task.reset(robot.simulation, np.random.default_rng(seed))


def run_episode(
    agent: Agent,
    robot: Gate,
    attempt: Attempt,
    *,
    task: Task | None = None,
    record: Record | None = None,
    company: Company = NOBODY,
) -> Episode:
    """One attempt at one task, from the state the robot and scene are in.

    With a task and a simulated world, success means that the task's condition holds after a step
    and still holds after ``task.hold_s`` seconds in which the robot keeps still.

    Why it ended is in ``meta["end"]``: ``"success"``, ``"max_steps"``, ``"done"`` (the agent says
    so), ``"stopped"`` (a person said stop, or the gate was halted), ``"gave_up"``, ``"refused"`` (5
    refusals in a row), ``"fault"`` or ``"discarded"`` (nothing is kept); ``meta["reason"]`` says
    more, or is "".

    Args:
        agent: Who answers "what next?".
        robot: The gate to the robot, ready.
        attempt: What the episode is called, and when it is given up.
        task: For judging success and for simulated speakers; None = nobody judges.
        record: Keeps every step at once and the episode at the end, which goes on after the steps
            that it holds; None = in memory, without images.
        company: Who is beside the robot.

    Raises:
        RobotError: A simulated robot failed, or none was connected; of hardware the company is
            told, or the episode ends.  This and any other exception, Ctrl-C included, stops the
            robot first; what was recorded stays, if anything was done.
    """
    record = record or Record()
    run = _Run(agent, robot, attempt, task, record, company)
    try:
        agent.start(attempt.instruction, attempt.seed, task, robot.simulation)
        while not run.end:
            run.turn()
        remarks = run.remarks()
        success = run.judge()
    except BaseException:
        robot.stop()
        if not record.steps and not record.can_redo:
            record.abandon()  # nothing was done: there is nothing to bring back
        raise
    meta = {**attempt.meta, **company.remarks(), **remarks, "end": run.end, "reason": run.reason}
    if run.end == "discarded":
        record.abandon()
    else:
        record.commit(success, meta)
    return Episode(
        id=attempt.id,
        task=attempt.task,
        instruction=attempt.instruction,
        seed=attempt.seed,
        source=attempt.source,
        steps=record.steps,
        success=success,
        meta=meta,
    )


class _Run:
    """An attempt that is going on, turn by turn."""

    def __init__(
        self,
        agent: Agent,
        robot: Gate,
        attempt: Attempt,
        task: Task | None,
        record: Record,
        company: Company,
    ) -> None:
        self._agent = agent
        self._robot = robot
        self._attempt = attempt
        self._record = record
        self._company = company
        # A simulator that was stopped has no world any more.
        self._is_real = robot.simulation is None
        self._task = None if self._is_real else task
        self._move = Move(())
        self._pending: deque[PlannedStep] = deque()
        self._is_due = bool(record.steps)  # whether something happened since success was judged
        self._stood = False
        self._refusal, self._refusals = "", 0
        self._verdict: bool | None = None
        self.end = self.reason = ""

    def turn(self) -> None:
        """One step, or why there is none."""
        if self._robot.state in ("stopped", "faulted"):
            self._stand()
            return
        self.end, self.reason = self._find_end()
        if self.end:
            return
        self._record.mark()
        seen = self._look()
        if seen is None:
            return
        if not self._pending:
            self._decide(seen)
        if self._pending:
            self._act(seen)

    def judge(self) -> bool | None:
        """Whether it succeeded; None = nobody can say."""
        if self.end == "stopped":
            self._robot.stop()
        if self.end == "discarded":
            return None
        if self.end == "success":
            return True
        if self._task:
            stands = self._robot.state == "ready"
            found = has_succeeded(self._task, self._robot) if stands else False
            if found is not None:
                return found
        return self._company.judge() if self._verdict is None else self._verdict

    def remarks(self) -> Mapping[str, Any]:
        """What the task says of its end."""
        task = self._task if self._robot.state == "ready" else None
        return task.remarks(self._robot.simulation) if task else {}

    def _find_end(self) -> tuple[str, str]:
        is_due, self._is_due = self._is_due, False
        if self._refusals >= MAX_REFUSALS and not self._company.is_patient:
            return "refused", self._refusal
        if is_due and self._task and has_succeeded(self._task, self._robot):
            return "success", ""
        return "max_steps" if len(self._record.steps) == self._attempt.max_steps else "", ""

    def _stand(self) -> None:
        """The robot stands until the company wants to go on and it can; else that is the end."""
        robot = self._robot
        while _stands(robot, self._is_real) and self._company.go_on(robot.reason):
            try:
                robot.connect()
            except RobotError:  # the gate keeps the reason, and the person reads it
                continue
            self._pending.clear()
            self._stood = True
            return
        self.end = "stopped" if robot.state == "stopped" else "fault"
        self.reason = robot.reason

    def _look(self) -> Observation | None:
        """What is seen; None if the robot stands."""
        try:
            return self._robot.observe()
        except RobotError:
            if not _stands(self._robot, self._is_real):
                raise
            return None

    def _decide(self, seen: Observation) -> None:
        if isinstance(self._agent, Recalls):
            self._agent.recall(self._record.steps, self._stood, look_at(self._robot, seen))
        self._stood = False
        choice = self._company.ask(self._agent, seen)
        if self._robot.state != "ready":  # who halts wins over who was still thinking
            return
        if isinstance(choice, Redo):
            choice = self._record.redo() or choice
        match choice:
            case Move(steps=steps) if steps:
                self._move = choice
                self._pending.extend(steps)
            case Halt(reason):
                self._robot.halt(reason)
            case Undo() if undone := self._record.undo():
                self._company.see_undone(undone)
            case Finish(success, reason):
                self.end, self.reason, self._verdict = "done", reason, success
            case GiveUp(reason):
                self.end, self.reason = "gave_up", reason
            case Discard():
                self.end = "discarded"
            case _:
                is_empty = isinstance(choice, Move)
                self._refuse(
                    seen, Remark("No step was named.") if is_empty else self._record.refusal
                )

    def _refuse(self, seen: Observation, why: str) -> None:
        """What is no step, but asks for what cannot be done."""
        self._refusal = why
        self._refusals += 1
        self._agent.notice(_refused(seen, self._refusal))

    def _act(self, seen: Observation) -> None:
        planned, move, source = self._pending.popleft(), self._move, self._attempt.source
        outcome = act(self._robot, planned.primitive, seen, self._is_real)
        steps = self._record.steps
        step = Step(
            index=len(steps),
            observation=seen,
            supervision=move.supervision,
            primitive=planned.primitive,
            outcome=outcome,
            source=move.source or source,
            train=planned.train,
            trace=_trace(move, steps, source),
        )
        self._record.append(step)
        self._company.see(step)
        self._agent.notice(outcome)
        self._is_due, self._refusal = not outcome.refused, outcome.refused or ""
        self._refusals = self._refusals + 1 if outcome.refused else 0
        if outcome.refused:
            self._pending.clear()


def act(robot: Gate, primitive: Primitive, seen: Observation, is_real: bool = False) -> Outcome:
    """What became of a step; nobody knows that of hardware that failed, so it counts as refused.

    Raises:
        RobotError: A simulated robot failed.
    """
    motion, gripper = primitive.motion, primitive.gripper
    time.sleep(robot.wait_s)
    try:
        return robot.execute(motion, gripper)
    except RobotError as error:
        if not _stands(robot, is_real):
            raise
        refused = _refused(seen, str(error))
        return replace(refused, commanded=motion, gripper=gripper, stopped_because=str(error))


def has_succeeded(task: Task, robot: Gate) -> bool | None:
    """Whether the condition holds now and after the robot kept still; time goes on from there.

    None where only a person can say.
    """
    world = robot.simulation
    if world is None:
        return False
    found = task.is_success(world)
    if not found:
        return found
    world.settle(task.hold_s)
    return task.is_success(world)


def _stands(robot: Gate, is_real: bool) -> bool:
    """Whether it was stopped, or is hardware that failed; a simulator has failed for good."""
    return robot.state == "stopped" or (robot.state == "faulted" and is_real)


def _refused(seen: Observation, why: str) -> Outcome:
    """Nothing was done, said in the way of a refused step."""
    return Outcome(NO_MOTION, None, None, seen.tcp_pose, seen.joints, refused=why)


def _trace(move: Move, steps: tuple[Step, ...], source: str) -> Mapping[str, Any]:
    """How a sentence was read; a correction's also names the steps that led to it."""
    if not move.is_correction:
        return move.trace
    led = takewhile(lambda step: step.source == source, reversed(steps))
    return {**move.trace, "corrects": sorted(s.index for s in led if not s.outcome.refused)}
