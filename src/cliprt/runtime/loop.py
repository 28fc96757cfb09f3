"""The one loop: teaching, collecting, augmenting, running and evaluating differ only in the agent.

Look, ask the agent, pass the gate, move, record, judge; again until something ends the episode.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cliprt.registry import entries
from cliprt.robots.world import World
from cliprt.runtime.agents import Agent, Choice
from cliprt.runtime.gate import Gate
from cliprt.tasks.interface import Task
from cliprt.types import Episode, Layout, PlannedStep, Step

MAX_REFUSALS = 5
"""Refused steps in a row after which an episode ends."""

ENDS = {"done": "done", "stop": "stopped", "give_up": "gave_up"}
"""An agent's last decision -> ``Episode.meta["end"]``.

The other ends are ``"success"``, ``"max_steps"``, ``"refused"`` and ``"fault"``.
"""


class Journal(Protocol):
    """Where an episode is written down while it happens."""

    def append(self, step: Step) -> None:
        """Keep one step, whatever happens afterwards."""

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """The episode is complete."""


def prepare_scene(task: Task | None, robot: Gate, seed: int) -> None:
    """A new start: connect the robot where needed and build the task's scene.

    The same task and seed give the same scene.  On hardware a person arranges the scene.

    Raises:
        RobotError: The robot cannot be reached.
    """
    if robot.state != "ready":
        robot.connect()
    if robot.world is not None and task is not None:
        robot.world.clear(seed)
        task.reset(robot.world, np.random.default_rng(seed))


def look_around(world: World) -> Layout:
    """Where hand and things are now."""
    return Layout(world.tcp_pose, {name: world.pose(name) for name in world.bodies})


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
) -> Episode:
    """One attempt at one task, from the state the robot and scene are in.

    With a task and a simulated world, success means that the task's condition holds after a step
    and still holds after ``task.hold_s`` seconds in which the robot keeps still.

    Why it ended is in ``meta["end"]``: ``"success"``, ``"max_steps"``, ``"done"`` (the agent says
    so), ``"stopped"`` (a person said stop), ``"gave_up"``, ``"refused"`` (5 refusals in a row) or
    ``"fault"``; ``meta["reason"]`` says more, or is "".

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

    Raises:
        RobotError: The robot failed or was stopped from outside.  This and any other exception,
            Ctrl-C included, stops the robot first; what was journalled stays.
    """
    steps: list[Step] = []
    pending: deque[PlannedStep] = deque()
    choice, end, reason, refusals = Choice("move"), "", "", 0
    judged = task if robot.world is not None else None
    try:
        agent.start(instruction, seed, task, robot.world)
        while not end:
            if len(steps) == max_steps:
                end = "max_steps"
                break
            observation = robot.observe()
            if not pending:
                choice = agent.decide(observation)
                if choice.decision != "move":
                    end, reason = ENDS[choice.decision], choice.reason
                    break
                pending.extend(choice.steps)
            planned = pending.popleft()
            time.sleep(robot.wait_s)
            outcome = robot.execute(planned.primitive.motion, planned.primitive.gripper)
            step = Step(
                index=len(steps),
                observation=observation,
                supervision=choice.supervision,
                primitive=planned.primitive,
                outcome=outcome,
                source=choice.source or source,
                train=planned.train,
                trace=choice.trace,
            )
            if journal:
                journal.append(step)
            steps.append(step if keep_images else _without_images(step))
            if on_step:
                on_step(step)
            agent.notice(outcome)
            if outcome.refused:
                pending.clear()
            refusals = refusals + 1 if outcome.refused else 0
            if robot.state != "ready":
                end, reason = "stopped" if robot.state == "stopped" else "fault", robot.reason
            elif refusals == MAX_REFUSALS:
                end, reason = "refused", str(outcome.refused)
            elif check_success and judged and not outcome.refused and has_succeeded(judged, robot):
                end = "success"
        if end == "stopped":
            robot.stop()
        success = choice.success
        if judged:
            success = end == "success" or (robot.state == "ready" and has_succeeded(judged, robot))
    except BaseException:
        robot.stop()
        raise
    meta = {"end": end, "reason": reason}
    if journal:
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
    world = robot.world
    if world is None or not task.is_success(world):
        return False
    world.settle(task.hold_s)
    return task.is_success(world)


def _without_images(step: Step) -> Step:
    return dataclasses.replace(step, observation=dataclasses.replace(step.observation, images={}))


def _registry_name(task: Task | None) -> str:
    target = f"{type(task).__module__}:{type(task).__qualname__}"
    return next((entry.name for entry in entries("task") if entry.target == target), "")
