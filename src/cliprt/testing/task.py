"""The contract of a task as code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import World
from cliprt.tasks.interface import Task
from cliprt.types import NO_MOTION, GripperState, Primitive

Moment = tuple[tuple[float, ...], tuple[float, ...], str, float, float]
"""All that can be read off a world without knowing what is in it."""


def check_task(task: Task, robot: RobotBackend, seeds: Sequence[int] = (0, 1, 2)) -> None:
    """Raise unless `task` keeps the contract of a task.

    Args:
        task: The task.
        robot: A simulated robot, connected; its world is cleared.
        seeds: Scenes in which its teacher has to succeed.

    Raises:
        AssertionError: What is broken.
    """
    name = type(task).__name__
    world = robot.world
    assert world is not None, f"{name} can only be checked in a simulator, this robot has no world"
    _check_facts(task)
    for seed in seeds:
        _check_reset(task, world, seed)
        _check_looking(task, world)
        _check_memoryless(task, robot, seed)
        _check_teacher(task, robot, seed)


def _check_facts(task: Task) -> None:
    """Its words and numbers are usable."""
    name = type(task).__name__
    suites = ("novel", "common")
    assert task.instruction.strip(), f"{name}.instruction is empty"
    assert task.suite in suites, f"{name}.suite is {task.suite!r}, allowed: {', '.join(suites)}"
    assert task.max_steps > 0, f"{name}.max_steps is {task.max_steps}, it must be above 0"
    assert task.hold_s >= 0, f"{name}.hold_s is {task.hold_s}, it must not be negative"


def _check_reset(task: Task, world: World, seed: int) -> None:
    """A seed gives one scene, in which there is something to do."""
    name = type(task).__name__
    scenes = []
    for _ in range(2):
        _arrange(task, world, seed)
        scenes.append((_moment_of(world), task.advise(world)))
    assert scenes[0] == scenes[1], f"{name}.reset with seed {seed} gave two different scenes"
    assert not task.is_success(world), f"{name} is already successful after reset, seed {seed}"
    assert scenes[0][1] is not None, f"{name}.advise has nothing to do after reset, seed {seed}"


def _check_looking(task: Task, world: World) -> None:
    """Judging and advising leave the world as it is, and say the same when asked again."""
    name = type(task).__name__
    before = _moment_of(world)
    answers = [(task.is_success(world), task.advise(world)) for _ in range(2)]
    assert answers[0] == answers[1], f"{name} answers differently when asked twice: {answers}"
    assert _moment_of(world) == before, f"{name}.is_success or .advise changed the world"


def _check_memoryless(task: Task, robot: RobotBackend, seed: int) -> None:
    """What it advises depends on where things are, not on what it said before."""
    world = robot.world
    assert world is not None
    _arrange(task, world, seed)
    start = world.snapshot()
    first = task.advise(world)
    if first is not None:
        robot.execute(first.motion, first.gripper)
        task.advise(world)
    world.restore(start)
    again = task.advise(world)
    assert again == first, (
        f"{type(task).__name__}.advise is not a function of the world: it said {first} and, back in"
        f" the same state (seed {seed}), {again}"
    )


def _check_teacher(task: Task, robot: RobotBackend, seed: int) -> None:
    """Who follows its advice succeeds in time, and the success lasts."""
    name = type(task).__name__
    world = robot.world
    assert world is not None
    _arrange(task, world, seed)
    for step in range(task.max_steps):
        advice = task.advise(world)
        if advice is None:
            break
        _check_advice(name, advice)
        outcome = robot.execute(advice.motion, advice.gripper)
        assert outcome.refused is None, (
            f"{name}, seed {seed}, step {step}: the robot refuses the advised"
            f" {advice.motion}: {outcome.refused}"
        )
    assert task.is_success(world), (
        f"{name}, seed {seed}: following its advice does not succeed in {task.max_steps} steps"
    )
    world.settle(task.hold_s)
    assert task.is_success(world), f"{name}, seed {seed}: success does not last {task.hold_s} s"


def _check_advice(name: str, advice: Primitive) -> None:
    """Something that can be executed."""
    numbers = np.asarray(advice.motion, dtype=float)
    assert numbers.shape == (7,), f"{name}.advise gave {advice.motion}, seven numbers are needed"
    assert np.isfinite(numbers).all(), f"{name}.advise gave {advice.motion}, which is not finite"
    assert advice.motion != NO_MOTION or advice.gripper in get_args(GripperState), (
        f"{name}.advise gave {advice}, which does nothing"
    )


def _arrange(task: Task, world: World, seed: int) -> None:
    """Build the scene that a seed stands for."""
    world.clear(seed)
    task.reset(world, np.random.default_rng(seed))


def _moment_of(world: World) -> Moment:
    """What is the same in two worlds that are in the same state."""
    return (
        world.tcp_pose,
        world.commanded_pose,
        world.gripper,
        world.gripper_opening_m,
        world.time_s,
    )
