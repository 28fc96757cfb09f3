"""Play with the car: it has to drive, on its wheels."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, Z, slide
from cliprt.tasks.play_with_car import DRIVEN_M, PlayWithCarTask


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = PlayWithCarTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def follow(task, robot, limit):
    for _ in range(limit):
        advice = task.advise(robot.simulation)
        if advice is None:
            break
        robot.execute(advice.motion, advice.gripper)


def test_it_rolls_instead_of_sliding(robot):
    task = arrange(robot)
    start = robot.simulation.joint("car", "rear left wheel")
    follow(task, robot, task.max_steps)
    assert task.is_success(robot.simulation)
    assert robot.simulation.joint("car", "rear left wheel") - start > DRIVEN_M / 0.025


def test_a_car_on_its_side_is_no_success_and_given_up(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("car")[:2]
    robot.simulation.set_pose("car", (x + 0.2, y, 0.06, math.pi / 2, 0.0, 0.0))
    robot.simulation.settle(0.3)
    assert not task.is_success(robot.simulation)
    assert task.advise(robot.simulation) is None


def test_a_hand_before_the_car_goes_back_over_it(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("car")[:2]
    at = robot.simulation.tcp_pose
    robot.execute((x + 0.14 - at[X], y - at[1], 0, 0, 0, 0, 0), None)
    robot.execute(slide(Z, -(at[Z] - 0.04)).motion, None)
    assert task.advise(robot.simulation).motion[2] > 0
    follow(task, robot, task.max_steps)
    assert task.is_success(robot.simulation)
