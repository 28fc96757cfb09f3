"""The simulated arm follows joint angles from elsewhere, and its fingers hold things meanwhile."""

import numpy as np
import pytest

from cliprt.errors import RobotError, UsageError
from cliprt.geometry import apply_motion, distance, to_matrix
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.kinematics import inverse, nearest
from cliprt.robots.pybullet.path import plan_line
from cliprt.robots.world import Body, Link, Part

pytest.importorskip("pybullet")

DOWN = (0.0, 0.0, -0.226, 0.0, 0.0, 0.0, 0.0)
UP = (0.0, 0.05, 0.15, 0.0, 0.0, 0.3, 0.0)
PERIOD_S = 1 / 60


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=32) as robot:
        yield robot


@pytest.fixture
def world(robot):
    robot.simulation.clear(0)
    return robot.simulation


def path_along(robot, motion, seconds=0.6):
    """Joint angles as a controller would make them, every 1/60 s."""
    world = robot.simulation
    start = world.commanded_pose
    joints = np.array(robot.commanded_joints)
    return plan_line(start, apply_motion(start, motion), joints, round(seconds / PERIOD_S), 0.06)


def lead(robot, motion, gripper=None):
    for joints in path_along(robot, motion):
        robot.follow(joints, PERIOD_S, gripper)
    robot.follow(joints, 0.1)
    return joints


def test_it_arrives_where_it_is_led(robot, world):
    goal = apply_motion(world.commanded_pose, UP)
    joints = lead(robot, UP)
    assert robot.commanded_joints == tuple(joints)
    for pose in (world.commanded_pose, world.tcp_pose):
        metres, radians = distance(pose, goal)
        assert metres < 1e-4
        assert radians < 1e-3
    assert np.abs(np.array(robot.observe().joints) - joints).max() < 1e-4


def test_time_passes_in_whole_physics_steps(robot, world):
    joints = robot.commanded_joints
    for seconds, steps in ((0.0, 0), (0.004, 0), (0.0042, 1), (0.5, 120), (3 / 240, 3)):
        before_s = world.time_s
        robot.follow(joints, seconds)
        assert world.time_s - before_s == pytest.approx(steps / 240, abs=1e-12)


def test_a_cube_is_grasped_and_carried(robot, world):
    cube = Part("box", (0.04,) * 3)
    world.add(Body("cube", (Link("cube", (cube,)),)), (0.45, 0, 0.02, 0, 0, 0))
    lead(robot, DOWN)
    robot.follow(robot.commanded_joints, 0.5, "closed")
    assert world.gripper == "closed"
    assert world.gripper_opening_m == pytest.approx(0.04, abs=0.002)
    lead(robot, UP)
    assert world.pose("cube")[2] > 0.15
    robot.follow(robot.commanded_joints, 0.5, "open")
    assert world.pose("cube")[2] < 0.03
    assert world.gripper_opening_m == pytest.approx(0.085, abs=0.001)


def test_fingers_stay_half_way_when_led_there(robot, world):
    robot.follow(robot.commanded_joints, 0.5, "closed", opening_m=0.05)
    assert world.gripper == "closed"
    assert world.gripper_opening_m == pytest.approx(0.05, abs=1e-3)


def test_what_was_followed_repeats_bit_for_bit(robot, world):
    def once():
        world.clear(0)
        lead(robot, UP, "closed")
        seen = robot.observe()
        return seen.joints, seen.tcp_pose, seen.gripper_opening_m, seen.time_s

    assert once() == once()


def test_own_motions_go_on_from_there(robot, world):
    lead(robot, UP)
    before = world.commanded_pose
    outcome = robot.execute((0, 0, 0.01, 0, 0, 0, 0), None)
    assert outcome.refused is None
    assert distance(outcome.measured, before)[0] == pytest.approx(0.01, abs=1e-4)


def test_somebody_who_puts_the_arm_elsewhere_is_noticed(robot, world):
    joints = lead(robot, UP)
    assert robot.commanded_joints == tuple(joints)
    world.move_home((0.5, 0.1, 0.2, 0, float(np.pi), 0))
    expected = nearest(inverse(to_matrix(world.commanded_pose)[None])[0], joints)
    assert robot.commanded_joints != tuple(joints)
    assert np.array(robot.commanded_joints) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([0.0] * 5, 0.1), "six finite angles"),
        (([0.0] * 5 + [np.nan], 0.1), "six finite angles"),
        (([0.0] * 6, -0.1), "time of 0 or more"),
        (([0.0] * 6, np.nan), "time of 0 or more"),
        (([0.0] * 6, 0.1, "open", 0.2), "metres from 0 to 0.085"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(robot, world, arguments, text):
    before = robot.observe()
    with pytest.raises(UsageError, match=text):
        robot.follow(*arguments)
    assert robot.observe().joints == before.joints


def test_a_stopped_robot_follows_nobody():
    with pytest.raises(RobotError, match="connect"):
        PyBulletBackend().follow([0.0] * 6, 0.1)
