"""Pointing, placing, pulling and pushing: what a bystander would and would not accept."""

import math

import numpy as np
import pytest

from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, Y, Z, set_gripper, slide
from cliprt.things.cubes import EDGE_M
from cliprt.things.dishes import PLATE_HEIGHT_M, PLATE_RADIUS_M
from cliprt.things.tissues import BOX_M, HOLE_M


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(name, robot, seed=4):
    task = load("task", name)()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def do(robot, *primitives):
    for primitive in primitives:
        robot.execute(primitive.motion, primitive.gripper)


def follow(task, robot, until=lambda world: False):
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None or until(robot.simulation):
            return
        do(robot, advice)


def beside(world, name, dx=0.0, dy=0.0, z=0.0):
    x, y = world.pose(name)[:2]
    return (x + dx, y + dy, z, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("state", ["open", "closed"])
def test_pointing_counts_with_open_and_closed_fingers(state, robot):
    task = arrange("point", robot)
    do(robot, set_gripper(state))
    follow(task, robot)
    assert task.is_success(robot.simulation)


def test_pointing_at_another_cube_does_not_count(robot):
    task = arrange("point", robot)
    follow(task, robot)
    blue, red = robot.simulation.pose("blue cube"), robot.simulation.pose("red cube")
    robot.simulation.set_pose("blue cube", red)
    robot.simulation.set_pose("red cube", blue)
    assert not task.is_success(robot.simulation)


def test_pointing_from_high_above_does_not_count(robot):
    task = arrange("point", robot)
    follow(task, robot)
    do(robot, slide(Z, 0.05))
    assert not task.is_success(robot.simulation)


def test_a_cube_that_is_still_held_is_not_placed(robot):
    task = arrange("place", robot)
    follow(task, robot, until=lambda world: world.gripper == "closed")
    follow(task, robot, until=lambda world: task.advise(world).gripper == "open")
    assert not task.is_success(robot.simulation)
    do(robot, set_gripper("open"))
    assert task.is_success(robot.simulation)


@pytest.mark.parametrize(("share", "is_placed"), [(0.0, True), (0.6, True), (1.5, False)])
def test_a_cube_is_placed_where_the_plate_is(share, is_placed, robot):
    task = arrange("place", robot)
    world = robot.simulation
    z = PLATE_HEIGHT_M + EDGE_M / 2 if is_placed else EDGE_M / 2
    world.set_pose("yellow cube", beside(world, "plate", dy=share * PLATE_RADIUS_M, z=z))
    world.settle(0.3)
    assert task.is_success(world) is is_placed


def test_a_cube_that_was_dropped_on_the_way_is_fetched_again(robot):
    task = arrange("place", robot)
    follow(task, robot, until=lambda world: world.pose("yellow cube")[2] > 0.08)
    do(robot, set_gripper("open"))
    follow(task, robot)
    assert task.is_success(robot.simulation)


def test_the_tissue_comes_and_the_box_stays(robot):
    task = arrange("pull", robot)
    before = robot.simulation.pose("tissue box")
    follow(task, robot)
    assert task.is_success(robot.simulation)
    assert robot.simulation.gripper == "closed"
    assert robot.simulation.pose("tissue box") == pytest.approx(before, abs=0.01)


def test_a_tissue_that_is_half_out_is_not_pulled_out(robot):
    task = arrange("pull", robot)
    follow(task, robot, until=lambda world: world.gripper == "closed")
    do(robot, slide(Z, 0.05))
    assert not task.is_success(robot.simulation)
    do(robot, slide(Z, 0.05))
    assert task.is_success(robot.simulation)


def test_a_tissue_lies_beside_the_box_or_in_it(robot):
    task = arrange("pull", robot)
    world = robot.simulation
    world.set_pose("tissue", beside(world, "tissue box", dx=HOLE_M[0] / 8, z=0.01))
    assert not task.is_success(world)
    world.set_pose("tissue", beside(world, "tissue box", dy=1.4 * BOX_M[0]))
    assert task.is_success(world)


def test_pulling_opens_again_after_a_missed_grasp(robot):
    task = arrange("pull", robot)
    do(robot, set_gripper("closed"))
    assert task.advise(robot.simulation).gripper == "open"


def test_a_box_is_pushed_until_it_has_left_its_mat(robot):
    task = arrange("push", robot)
    world = robot.simulation
    world.set_pose("red box", beside(world, "mat", dx=0.06))
    assert not task.is_success(world)
    world.set_pose("red box", beside(world, "mat", dx=0.10))
    assert task.is_success(world)


@pytest.mark.parametrize("wrong", ["tipped", "backward", "sideways"])
def test_a_box_has_to_be_pushed_forward_and_stay_upright(wrong, robot):
    task = arrange("push", robot)
    world = robot.simulation
    if wrong == "tipped":
        x, y = world.pose("mat")[:2]
        world.set_pose("red box", (x + 0.15, y, 0.03, 0.0, math.pi / 2, 0.0))
    else:
        world.set_pose(
            "red box",
            beside(world, "mat", dx=-0.1 if wrong == "backward" else 0.0, dy=0.15),
        )
    assert not task.is_success(world)


def test_a_push_starts_again_from_the_front_of_the_box(robot):
    task = arrange("push", robot)
    follow(task, robot, until=lambda world: world.tcp_pose[2] < 0.06)
    do(robot, slide(X, -0.05), slide(Y, 0.10))
    follow(task, robot)
    assert task.is_success(robot.simulation)
