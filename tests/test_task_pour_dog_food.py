"""Pour the dog food: in the bowl, nowhere else."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.pour_dog_food import LAYERS, PER_LAYER, PourDogFoodTask

PIECES = [f"piece {number}" for number in range(LAYERS * PER_LAYER)]


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = PourDogFoodTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def drop(robot, pieces, x, y):
    """Let pieces fall one above the other."""
    for height, name in enumerate(pieces):
        robot.simulation.set_pose(name, (x, y + 0.001 * height, 0.05 + 0.025 * height, 0, 0, 0))
    robot.simulation.settle(1.5)


def test_the_food_starts_in_the_mug_and_stays_there_when_carried(robot):
    task = arrange(robot)
    while (advice := task.advise(robot.simulation)) and not any(advice.motion[3:]):
        robot.execute(advice.motion, advice.gripper)
    mug = robot.simulation.pose("mug")
    assert mug[2] > 0.07
    for name in PIECES:
        assert math.dist(robot.simulation.pose(name)[:2], mug[:2]) < 0.04
        assert robot.simulation.pose(name)[2] > mug[2]


def test_most_of_it_has_to_be_in_the_bowl(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("bowl")[:2]
    drop(robot, PIECES[:6], x, y)
    assert not task.is_success(robot.simulation)
    drop(robot, PIECES[6:], x, y)
    assert task.is_success(robot.simulation)


def test_food_on_the_table_is_no_success_and_given_up(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("bowl")[:2]
    drop(robot, PIECES, x, y - 0.15)
    assert not task.is_success(robot.simulation)
    assert task.advise(robot.simulation) is None


def test_a_fallen_mug_is_given_up(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose("mug")[:2]
    robot.simulation.set_pose("mug", (x, y, 0.05, 0.0, math.pi / 2, 0.0))
    robot.simulation.settle(0.5)
    assert task.advise(robot.simulation) is None
