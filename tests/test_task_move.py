"""Move the block: only in the green tray, lying and let go, is it moved."""

import numpy as np
import pytest

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.cubes import EDGE_M
from cliprt.tasks.guide import Z, set_gripper, slide
from cliprt.tasks.move import BLOCK, FLOOR_M, FROM, TO, MoveTask
from cliprt.tasks.scene import point_of


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, seed=3):
    task = MoveTask()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def follow(task, robot, until=lambda world: False):
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None or until(robot.simulation):
            return
        robot.execute(advice.motion, advice.gripper)


def put(robot, tray, offset_m):
    x, y, z = point_of(robot.simulation.pose(tray), (offset_m, 0.0, FLOOR_M + EDGE_M / 2))
    robot.simulation.set_pose(BLOCK, (x, y, z, *robot.simulation.pose(tray)[3:]))
    robot.simulation.settle(0.5)


@pytest.mark.parametrize(
    ("tray", "offset_m", "moved"), [(TO, 0.0, True), (TO, 0.085, False), (FROM, 0.0, False)]
)
def test_only_a_block_inside_the_green_tray_counts(tray, offset_m, moved, robot):
    task = arrange(robot)
    put(robot, tray, offset_m)
    assert task.is_success(robot.simulation) is moved


def test_a_block_still_held_does_not_count(robot):
    task = arrange(robot)
    follow(task, robot, until=task.is_success)
    assert task.is_success(robot.simulation)
    robot.execute(set_gripper("closed").motion, "closed")
    assert not task.is_success(robot.simulation)


def test_a_missed_grasp_is_opened_again(robot):
    task = arrange(robot)
    robot.execute(set_gripper("closed").motion, "closed")
    robot.execute(slide(Z, 0.05).motion, None)
    assert task.advise(robot.simulation).gripper == "open"
    follow(task, robot)
    assert task.is_success(robot.simulation)
