"""Flip: only a lid that has turned right over counts."""

import math

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.flip import PUSH_Z_M, TAB, FlipTask
from cliprt.tasks.guide import Y, Z, slide
from cliprt.tasks.scene import point_of


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = FlipTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


@pytest.mark.parametrize(("angle_deg", "turned"), [(60, False), (100, True)])
def test_a_lid_falls_to_the_side_it_leans_to(robot, angle_deg, turned):
    task = arrange(robot)
    robot.simulation.set_joint("box", "lid", math.radians(angle_deg))
    assert not task.is_success(robot.simulation)
    robot.simulation.settle(1.0)
    assert task.is_success(robot.simulation) is turned


@pytest.mark.parametrize("off", [(0.04, -0.02, -0.01), (-0.04, 0.02, 0.01)])
def test_a_push_a_little_off_still_turns_it(robot, off):
    task = arrange(robot)
    x, y, _ = point_of(robot.simulation.pose("box"), TAB)
    start = np.array([x, y - 0.13, PUSH_Z_M]) + off
    assert robot.simulation.move_home((*map(float, start), *robot.simulation.tcp_pose[3:]))
    for _ in range(3):
        robot.execute(slide(Y, 0.1).motion, None)
    assert task.is_success(robot.simulation)


def test_stays_turned_over_on_a_box_that_still_stands(robot):
    task = arrange(robot)
    before = robot.simulation.pose("box")
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None:
            break
        robot.execute(advice.motion, advice.gripper)
    robot.execute(slide(Z, 0.1).motion, None)
    robot.simulation.settle(1.0)
    assert task.is_success(robot.simulation)
    assert robot.simulation.pose("box") == pytest.approx(before, abs=0.02)
