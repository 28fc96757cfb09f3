"""The contract of a task as code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from cliprt.robots.interface import RobotBackend
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Advises, Task
from cliprt.testing.simulation import moment_of
from cliprt.types import NO_MOTION, GripperState, Primitive


def check_task(task: Task, robot: RobotBackend, seeds: Sequence[int] = (0, 1, 2)) -> None:
    """Raise unless `task` keeps the contract of a task.

    Args:
        task: The task.
        robot: A simulated robot, connected; its scene is cleared.
        seeds: Scenes that have to differ, and in which the teacher has to succeed where the task
            gives advice.

    Raises:
        AssertionError: What is broken.
    """
    name = type(task).__name__
    assert isinstance(task, Task), f"{_show(task)} is no object of a Task; give one: MyTask()"
    assert isinstance(robot, RobotBackend), f"{_show(robot)} is no robot; give one, connected"
    world = robot.simulation
    assert world is not None, f"{name} can only be checked on a simulated robot, this is none"
    _check_facts(task)
    seen = [_check_reset(task, robot, world, seed) for seed in seeds]
    assert len(seen) < 2 or any(one != seen[0] for one in seen), (
        f"{name}.reset builds the same scene for each of the seeds {', '.join(map(str, seeds))}"
    )
    for seed in seeds:
        _arrange(task, world, seed)
        _check_looking(task, world)
        if isinstance(task, Advises):
            _check_memoryless(task, robot, world, seed)
            _check_teacher(task, robot, world, seed)


def _check_facts(task: Task) -> None:
    """Its words and numbers are usable."""
    name = type(task).__name__
    for what in ("instruction", "suite"):
        words = getattr(task, what, None)
        assert str(words or "").strip(), f"{name}.{what} is {words!r}, it must be words"
    assert task.max_steps > 0, f"{name}.max_steps is {task.max_steps}, it must be above 0"
    assert task.hold_s > 0, f"{name}.hold_s is {task.hold_s}, it must be above 0"


def _check_reset(task: Task, robot: RobotBackend, world: Simulation, seed: int) -> object:
    """A seed gives one scene, in which there is something to do; what is known and seen of it."""
    name = type(task).__name__
    scenes, advices = [], []
    for _ in range(2):
        _arrange(task, world, seed)
        scenes.append(moment_of(world))
        advices.append(_advice(task, world))
    assert scenes[0] == scenes[1], f"{name}.reset with seed {seed} gave two different scenes"
    assert advices[0] == advices[1], (
        f"{name}.advise says something else in the same scene (seed {seed}): {advices}"
    )
    assert not task.is_success(world), f"{name} is already successful after reset, seed {seed}"
    assert not isinstance(task, Advises) or advices[0] is not None, (
        f"{name}.advise has nothing to do after reset, seed {seed}"
    )
    images = robot.observe().images
    return scenes[0], {camera: image.tobytes() for camera, image in images.items()}


def _check_looking(task: Task, world: Simulation) -> None:
    """Judging and advising leave the world as it is, and say the same when asked again."""
    name = type(task).__name__
    before = moment_of(world)
    answers = [(task.is_success(world), _advice(task, world)) for _ in range(2)]
    assert answers[0] == answers[1], f"{name} answers differently when asked twice: {answers}"
    assert moment_of(world) == before, f"{name}.is_success or .advise changed the world"


def _check_memoryless(task: Task, robot: RobotBackend, world: Simulation, seed: int) -> None:
    """What it advises depends on where things are, not on what it said before."""
    _arrange(task, world, seed)
    start = world.snapshot()
    first = _advice(task, world)
    if first is not None:
        robot.execute(first.motion, first.gripper)
        _advice(task, world)
    world.restore(start)
    again = _advice(task, world)
    assert again == first, (
        f"{type(task).__name__}.advise is not a function of the world: it said {first} and, back in"
        f" the same state (seed {seed}), {again}"
    )


def _check_teacher(task: Task, robot: RobotBackend, world: Simulation, seed: int) -> None:
    """Who follows its advice succeeds in time, and the success lasts."""
    name = type(task).__name__
    _arrange(task, world, seed)
    for step in range(task.max_steps):
        advice = _advice(task, world)
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


def _arrange(task: Task, world: Simulation, seed: int) -> None:
    """Build the scene that a seed stands for."""
    world.clear(seed)
    task.reset(world, np.random.default_rng(seed))


def _advice(task: Task, world: Simulation) -> Primitive | None:
    return task.advise(world) if isinstance(task, Advises) else None


def _show(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
