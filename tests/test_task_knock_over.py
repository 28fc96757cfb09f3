"""Knock over the bottle: low pushes only shift it, only a lying bottle counts."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X
from cliprt.tasks.knock_over import KnockOverTask
from cliprt.tasks.scene import tilt_rad


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = KnockOverTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def follow(task, robot):
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None:
            return
        robot.execute(advice.motion, advice.gripper)


def test_a_leaning_bottle_is_no_success_and_stands_up_again(robot):
    task = arrange(robot)
    x, y, _ = robot.simulation.pose("bottle")[:3]
    robot.simulation.set_pose("bottle", (x, y, 0.005, 0.0, math.radians(8), 0.0))
    assert not task.is_success(robot.simulation)
    robot.simulation.settle(1.0)
    assert tilt_rad(robot.simulation.pose("bottle")) < math.radians(3)
    assert not task.is_success(robot.simulation)


def test_a_hand_beyond_the_bottle_comes_back_over_it(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("bottle")[:2]
    at = robot.simulation.tcp_pose
    robot.execute((0, 0, 0.26 - at[2], 0, 0, 0, 0), None)
    robot.execute((x + 0.08 - at[X], y - at[1], 0, 0, 0, 0, 0), None)
    assert task.advise(robot.simulation).motion[X] < 0
    follow(task, robot)
    assert task.is_success(robot.simulation)
