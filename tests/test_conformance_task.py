"""Every registered task keeps the contract; a broken one is caught."""

import numpy as np
import pytest
from fake_robot import FakeRobot

from cliprt.registry import load, names
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, slide
from cliprt.tasks.pick import PickTask
from cliprt.testing.task import check_task


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


SKILL = {"instruction": "Put the spoon in the mug", "scene": ["spoon", "mug"]}


@pytest.mark.parametrize("name", names("task"))
def test_registered_tasks_conform(name, robot):
    check_task(load("task", name)(**(SKILL if name == "skill" else {})), robot)


class BrokenPickTask(PickTask):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        super().__init__()
        self.fault = fault
        self.calls = 0
        if fault == "suite":
            self.suite = ""
        if fault == "words":
            self.instruction = " "
        if fault == "speechless":
            self.instruction = None
        if fault == "hasty":
            self.hold_s = 0.0

    def _start(self, world, rng):
        super()._start(world, np.random.default_rng(0) if self.fault == "same" else rng)

    def arrange(self, world, rng):
        super().arrange(world, np.random.default_rng(0) if self.fault == "same" else rng)

    def is_success(self, world):
        if self.fault == "touch":
            world.settle(0.1)
        return self.fault == "success" or super().is_success(world)

    def advise(self, world):
        self.calls += 1
        if self.fault == "memory" and self.calls % 5 == 0:
            return slide(X, 0.05)
        return (
            slide(X, 0.05 if self.calls % 2 else -0.05)
            if self.fault == "lost"
            else (super().advise(world))
        )


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("suite", "suite is '', it must be words"),
        ("words", "instruction is ' ', it must be words"),
        ("speechless", "instruction is None, it must be words"),
        ("hasty", r"hold_s is 0\.0, it must be above 0"),
        ("success", "already successful"),
        ("touch", "changed the world"),
        ("lost", "says something else in the same scene"),
        ("memory", "not a function of the world|asked twice"),
    ],
)
def test_broken_tasks_are_caught(fault, text, robot):
    with pytest.raises(AssertionError, match=text):
        check_task(BrokenPickTask(fault), robot, seeds=(0,))


def test_a_task_with_one_scene_for_all_seeds_is_caught(robot):
    with pytest.raises(AssertionError, match="builds the same scene for each of the seeds 0, 1"):
        check_task(BrokenPickTask("same"), robot, seeds=(0, 1))


def test_a_class_and_a_world_are_told_from_a_task_and_a_robot(robot):
    with pytest.raises(AssertionError, match="the class PickTask is no object of a Task"):
        check_task(PickTask, robot)
    with pytest.raises(AssertionError, match="PyBulletWorld is no robot; give one, connected"):
        check_task(PickTask(), robot.simulation)
    with pytest.raises(AssertionError, match="only be checked on a simulated robot"):
        check_task(PickTask(), FakeRobot(simulated=False))
