"""Every registered task keeps the contract; a broken one is caught."""

import pytest

from cliprt.registry import load, names
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, slide
from cliprt.tasks.pick import PickTask
from cliprt.testing.task import check_task


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


@pytest.mark.parametrize("name", names("task"))
def test_registered_tasks_conform(name, robot):
    check_task(load("task", name)(), robot)


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
        ("success", "already successful"),
        ("touch", "changed the world"),
        ("lost", "says something else in the same scene"),
        ("memory", "not a function of the world|asked twice"),
    ],
)
def test_broken_tasks_are_caught(fault, text, robot):
    with pytest.raises(AssertionError, match=text):
        check_task(BrokenPickTask(fault), robot, seeds=(0,))
