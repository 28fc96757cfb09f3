"""The one loop: teaching, collecting, augmenting, running and evaluating differ only in the agent.

Look, ask the agent, pass the gate, move, record, judge; again until something ends the episode.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np

from cliprt.errors import RobotError
from cliprt.registry import entries
from cliprt.runtime.agents import Agent, Choice
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History, Journal
from cliprt.tasks.interface import Task
from cliprt.types import NO_MOTION, Episode, Observation, Outcome, PlannedStep, Step

OnStop = Callable[[str], bool]
"""Told why the robot stands; whether a person wants to go on."""

MAX_REFUSALS = 5
"""Refused steps in a row after which an episode ends."""

ENDS = {"done": "done", "give_up": "gave_up", "discard": "discarded"}
"""An agent's last decision -> ``Episode.meta["end"]``.

The other ends are ``"success"``, ``"max_steps"``, ``"stopped"``, ``"refused"`` and ``"fault"``.
"""


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
    *,
    instruction: str,
    task: Task | None = None,
    seed: int = 0,
    journal: Journal | None = None,
    max_steps: int,
    episode_id: str,
    source: str,
    on_step: Callable[[Step], None] | None = None,
    check_success: bool = True,
    keep_images: bool = True,
    history: History | None = None,
    on_stop: OnStop | None = None,
    judge: Callable[[], bool | None] | None = None,
) -> Episode:
    """One attempt at one task, from the state the robot and scene are in.

    With a task and a simulated world, success means that the task's condition holds after a step
    and still holds after ``task.hold_s`` seconds in which the robot keeps still.

    Why it ended is in ``meta["end"]``: ``"success"``, ``"max_steps"``, ``"done"`` (the agent says
    so), ``"stopped"`` (a person said stop, or the gate was halted), ``"gave_up"``, ``"refused"`` (5
    refusals in a row), ``"fault"`` or ``"discarded"`` (nothing is kept); ``meta["reason"]`` says
    more, or is "".

    An agent may take back its last step and make it again where there is a history.  What cannot
    be taken back is noticed as a refusal.

    Args:
        agent: Who answers "what next?".
        robot: The gate to the robot, ready.
        instruction: The task in words.
        task: For judging success and for simulated speakers; None = nobody judges.
        seed: The scene's, kept in the episode and given to the agent.
        journal: Keeps every step at once and the episode at the end.
        max_steps: Primitives (refused ones count) before giving up.
        episode_id: The episode's name.
        source: Who acts, kept in every step: registry name of a teleoperator, policy or augmenter;
            an agent may name another for a step.
        on_step: Called with every recorded step, e.g. to show it.
        check_success: True ends the episode as soon as the task succeeds; False judges only once,
            after its last step.
        keep_images: False returns steps whose observations have no images, to save memory; the
            journal gets them all the same.
        history: Makes undo and redo possible, any number of times; the episode goes on after the
            steps that it holds.  Its journal is the one above.
        on_stop: Told why, when a stop was said, the gate was halted or the robot stopped by itself;
            blocks until a person has decided.  True: the robot may move again, and the rest of what
            was asked for is dropped.  A robot that cannot yet is asked about again.
        judge: Who says whether it succeeded, where neither a simulator nor the agent can.

    Raises:
        RobotError: A simulated robot failed, or none was connected; of hardware a person is told by
            `on_stop`, or the episode ends.  This and any other exception, Ctrl-C included, stops
            the robot first; what was journalled stays.
    """
    steps: list[Step] = list(history.steps) if history else []
    pending: deque[PlannedStep] = deque()
    choice, end, reason, refusal, refusals = Choice("move"), "", "", "", 0
    is_real = robot.simulation is None  # a simulator that was stopped has no world any more
    judged = None if is_real else task
    is_due = bool(steps)  # whether something happened since success was judged
    try:
        agent.start(instruction, seed, task, robot.simulation)
        while not end:
            if robot.state in ("stopped", "faulted"):
                if _goes_on(robot, is_real, on_stop):
                    pending.clear()
                else:
                    end = "stopped" if robot.state == "stopped" else "fault"
                    reason = robot.reason
                continue
            if refusals == MAX_REFUSALS:
                end, reason = "refused", refusal
            elif is_due and check_success and judged and has_succeeded(judged, robot):
                end = "success"
            elif len(steps) == max_steps:
                end = "max_steps"
            if end:
                break
            is_due = False
            if history:
                history.mark()
            observation = _look(robot, is_real)
            if observation is None:
                continue
            if not pending:
                choice = agent.decide(observation)
                if robot.state != "ready":  # who halts wins over who was still thinking
                    continue
                if choice.decision == "redo" and history:
                    choice = history.redo() or choice
                if choice.decision in ENDS:
                    end, reason = ENDS[choice.decision], choice.reason
                elif choice.decision == "stop":
                    robot.halt(choice.reason)
                elif choice.decision == "undo" and history and (undone := history.undo()):
                    del steps[undone.index :]
                elif choice.decision != "move":
                    refusal = history.refusal if history else "Nothing can be taken back here."
                    refusals += history is None
                    agent.notice(_refuse(observation, refusal))
                if choice.decision != "move":
                    continue
                pending.extend(choice.steps)
            planned = pending.popleft()
            time.sleep(robot.wait_s)
            outcome = _execute(robot, is_real, planned, observation)
            step = Step(
                index=len(steps),
                observation=observation,
                supervision=choice.supervision,
                primitive=planned.primitive,
                outcome=outcome,
                source=choice.source or source,
                train=planned.train,
                trace=_trace(choice, steps, source),
            )
            if journal:
                journal.append(step)
            if history:
                history.add(step)
            steps.append(step if keep_images else _without_images(step))
            if on_step:
                on_step(step)
            agent.notice(outcome)
            is_due, refusal = not outcome.refused, outcome.refused or ""
            refusals = refusals + 1 if outcome.refused else 0
            if outcome.refused:
                pending.clear()
        if end == "stopped":
            robot.stop()
        success = choice.success
        if judged and end != "discarded":
            success = end == "success" or (robot.state == "ready" and has_succeeded(judged, robot))
        elif success is None and judge and end != "discarded":
            success = judge()
    except BaseException:
        robot.stop()
        raise
    meta = {"end": end, "reason": reason}
    if journal and end == "discarded":
        journal.abandon()
    elif journal:
        journal.commit(success, meta)
    return Episode(
        id=episode_id,
        task=_registry_name(task),
        instruction=instruction,
        seed=seed,
        source=source,
        steps=tuple(steps),
        success=success,
        meta=meta,
    )


def has_succeeded(task: Task, robot: Gate) -> bool:
    """Whether the condition holds now and after the robot kept still; time goes on from there."""
    world = robot.simulation
    if world is None or not task.is_success(world):
        return False
    world.settle(task.hold_s)
    return task.is_success(world)


def _stands(robot: Gate, is_real: bool) -> bool:
    """Whether it was stopped, or is hardware that failed; a simulator has failed for good."""
    return robot.state == "stopped" or (robot.state == "faulted" and is_real)


def _goes_on(robot: Gate, is_real: bool, on_stop: OnStop | None) -> bool:
    """Whether a person wants to go on and the robot can; they are asked until both agree."""
    while on_stop and _stands(robot, is_real) and on_stop(robot.reason):
        try:
            robot.connect()
        except RobotError:  # the gate keeps the reason, and the person reads it
            continue
        return True
    return False


def _look(robot: Gate, is_real: bool) -> Observation | None:
    """What is seen; None if the robot stands."""
    try:
        return robot.observe()
    except RobotError:
        if not _stands(robot, is_real):
            raise
        return None


def _execute(robot: Gate, is_real: bool, planned: PlannedStep, observation: Observation) -> Outcome:
    """What became of a step; nobody knows that of hardware that failed, so it counts as refused."""
    motion, gripper = planned.primitive.motion, planned.primitive.gripper
    try:
        return robot.execute(motion, gripper)
    except RobotError as error:
        if not _stands(robot, is_real):
            raise
        refused = _refuse(observation, str(error))
        return replace(refused, commanded=motion, gripper=gripper, stopped_because=str(error))


def _refuse(observation: Observation, why: str) -> Outcome:
    """Nothing was done, said in the way of a refused step."""
    return Outcome(NO_MOTION, None, None, observation.tcp_pose, observation.joints, refused=why)


def _trace(choice: Choice, steps: list[Step], source: str) -> Mapping[str, Any]:
    """How a sentence was read; a correction's also names the steps that led to it."""
    if not choice.is_correction:
        return choice.trace
    led = takewhile(lambda step: step.source == source, reversed(steps))
    return {**choice.trace, "corrects": sorted(s.index for s in led if not s.outcome.refused)}


def _without_images(step: Step) -> Step:
    return replace(step, observation=replace(step.observation, images={}))


def _registry_name(task: Task | None) -> str:
    target = f"{type(task).__module__}:{type(task).__qualname__}"
    return next((entry.name for entry in entries("task") if entry.target == target), "")
