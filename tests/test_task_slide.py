"""Slide the car to Piglet: near, on its wheels, and Piglet still standing."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, Z
from cliprt.tasks.slide import CAR, NEAR_GAP_M, PIGLET, TOUCHING_M, SlideTask


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = SlideTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def follow(task, robot):
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None:
            return
        robot.execute(advice.motion, advice.gripper)


def put(robot, gap_m, roll_rad=0.0, aside_m=0.0):
    x, y = robot.simulation.pose(PIGLET)[:2]
    z = 0.06 if roll_rad else 0.001
    spot = (x - TOUCHING_M - gap_m, y + aside_m, z, roll_rad, 0.0, 0.0)
    robot.simulation.set_pose(CAR, spot)
    robot.simulation.settle(0.3)


@pytest.mark.parametrize(
    ("place", "arrived"),
    [
        ({"gap_m": NEAR_GAP_M - 0.01}, True),
        ({"gap_m": NEAR_GAP_M + 0.02}, False),
        ({"gap_m": 0.02, "aside_m": 0.12}, False),
        ({"gap_m": -2 * TOUCHING_M - 0.02}, False),
        ({"gap_m": 0.02, "roll_rad": math.pi / 2}, False),
    ],
    ids=["near", "far", "aside", "beyond", "on its side"],
)
def test_only_a_car_close_in_front_of_piglet_counts(place, arrived, robot):
    task = arrange(robot)
    put(robot, **place)
    assert task.is_success(robot.simulation) is arrived


def test_a_car_beside_a_fallen_piglet_is_no_success_and_given_up(robot):
    task = arrange(robot)
    x, y = robot.simulation.pose(PIGLET)[:2]
    robot.simulation.set_pose(PIGLET, (x, y, 0.04, 0.0, math.pi / 2, 0.0))
    put(robot, 0.0)
    assert not task.is_success(robot.simulation)
    assert task.advise(robot.simulation) is None


def test_the_car_stops_by_itself_and_piglet_stays(robot):
    task = arrange(robot)
    start = robot.simulation.pose(PIGLET)
    follow(task, robot)
    before = robot.simulation.pose(CAR)
    robot.simulation.settle(2.0)
    assert task.is_success(robot.simulation)
    assert math.dist(robot.simulation.pose(CAR)[:2], before[:2]) < 0.01
    assert math.dist(robot.simulation.pose(PIGLET)[:2], start[:2]) < 0.02


@pytest.mark.parametrize("height_m", [0.02, 0.055])
def test_the_height_of_the_push_does_not_matter(height_m, robot):
    task = arrange(robot)
    x, y = robot.simulation.pose(CAR)[:2]
    at = robot.simulation.tcp_pose
    robot.execute((x - 0.13 - at[X], y - at[1], 0, 0, 0, 0, 0), None)
    robot.execute((0, 0, height_m - at[Z], 0, 0, 0, 0), None)
    robot.execute((0.13, 0, 0, 0, 0, 0, 0), None)
    assert robot.simulation.pose(CAR)[X] - x > 0.06
    follow(task, robot)
    assert task.is_success(robot.simulation)
