"""Open the trash can: only a lid that stays open counts."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import Z, slide
from cliprt.tasks.open_trash_can import OPEN_RAD, OpenTrashCanTask


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = OpenTrashCanTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def test_a_lid_that_is_open_stays_open_without_the_hand(robot):
    task = arrange(robot)
    robot.simulation.set_joint("trash can", "lid", OPEN_RAD + math.radians(1))
    robot.simulation.settle(1.0)
    assert task.is_success(robot.simulation)


def test_a_lid_that_is_half_open_falls_shut(robot):
    task = arrange(robot)
    robot.simulation.set_joint("trash can", "lid", math.radians(50))
    assert not task.is_success(robot.simulation)
    robot.simulation.settle(1.0)
    assert robot.simulation.joint("trash can", "lid") < math.radians(5)


def test_stays_open_when_the_hand_leaves(robot):
    task = arrange(robot)
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None:
            break
        robot.execute(advice.motion, advice.gripper)
    robot.execute(slide(Z, 0.2).motion, None)
    robot.simulation.settle(1.0)
    assert task.is_success(robot.simulation)
