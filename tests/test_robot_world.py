"""Bodies, joints, contact and grasps in the simulated world."""

import math

import numpy as np
import pytest

from cliprt.errors import RobotError, UnknownNameError, UsageError
from cliprt.geometry import distance
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Joint, Link, Part
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as robot:
        yield robot


@pytest.fixture
def world(robot):
    robot.simulation.clear(0)
    return robot.simulation


def cube(edge_m=0.04, mass=0.15):
    return Body("cube", (Link("cube", (Part("box", (edge_m,) * 3),), mass=mass),))


def pendulum(friction=0.0, damping=0.0):
    arm = Link(
        "arm",
        (Part("box", (0.2, 0.02, 0.02), (0.1, 0, 0, 0, 0, 0)),),
        mass=0.2,
        centre=(0.1, 0.0, 0.0),
        joint=Joint("hinge", (0, 0, 0.3, 0, 0, 0), (0, 1, 0), None, None, friction, damping),
    )
    post = Link("post", (Part("box", (0.02, 0.02, 0.1), (0, 0.05, 0.35, 0, 0, 0)),))
    return Body("pendulum", (post, arm), fixed=True)


def drawer(friction=1.0):
    joint = Joint("slide", (0, 0, 0.06, 0, 0, 0), (-1, 0, 0), 0.0, 0.16, friction, start=0.01)
    cabinet = Link("cabinet", (Part("box", (0.2, 0.2, 0.02)),), mass=3.0)
    tray = Link("tray", (Part("box", (0.02, 0.1, 0.06), (-0.1, 0, 0, 0, 0, 0)),), 0.3, joint=joint)
    return Body("drawer", (cabinet, tray), fixed=True)


def go_to(robot, x, y, z):
    at = robot.simulation.commanded_pose
    outcome = robot.execute((x - at[0], y - at[1], z - at[2], 0, 0, 0, 0), None)
    assert outcome.refused is None, outcome.refused


@pytest.mark.parametrize("edge_m", [0.01, 0.03, 0.04, 0.06])
def test_cubes_are_grasped_off_centre_and_lifted_by_friction(robot, edge_m):
    rng = np.random.default_rng(0)
    world = robot.simulation
    for attempt in range(5):
        world.clear(attempt)
        x, y = rng.uniform(0.38, 0.52), rng.uniform(-0.15, 0.15)
        off = rng.uniform(-0.006, 0.006, 2) * (1 if edge_m > 0.01 else 0.5)
        world.add(cube(edge_m), (x, y, edge_m / 2, 0, 0, rng.uniform(-0.3, 0.3)))
        go_to(robot, x + off[0], y + off[1], 0.12)
        go_to(robot, x + off[0], y + off[1], max(edge_m / 2, 0.014))
        robot.execute(NO_MOTION, "closed")
        assert world.gripper_opening_m == pytest.approx(edge_m, abs=0.018)
        assert world.contact_force("cube") > 10
        before = world.pose("cube")[2]
        go_to(robot, x, y, 0.2)
        world.settle(0.5)
        assert world.pose("cube")[2] - before > 0.15
        assert world.contact_force("cube", "table") == 0
        robot.execute(NO_MOTION, "open")
        world.settle(0.5)
        assert world.pose("cube")[2] == pytest.approx(edge_m / 2, abs=0.005)


def test_a_free_hinge_swings_and_friction_holds_it(world):
    world.add(pendulum(), (0.5, 0.3, 0, 0, 0, 0))
    world.settle(0.3)
    assert world.joint("pendulum", "arm") > 0.5
    world.clear(0)
    world.add(pendulum(friction=1.0), (0.5, 0.3, 0, 0, 0, 0))
    world.settle(0.3)
    assert abs(world.joint("pendulum", "arm")) < 0.01


def test_damping_takes_the_swing_away(world):
    swung = []
    for damping in (0.0, 0.1):
        world.clear(0)
        world.add(pendulum(damping=damping), (0.5, 0.3, 0, 0, 0, 0))
        world.settle(0.2)
        swung.append(world.joint("pendulum", "arm"))
    assert swung[1] < 0.8 * swung[0]


def test_a_drawer_stays_where_friction_holds_it_and_opens_by_a_pull(robot, world):
    world.add(drawer(), (0.68, 0, 0.02, 0, 0, 0))
    world.settle(0.3)
    assert world.joint("drawer", "tray") == pytest.approx(0.01, abs=1e-4)
    world.set_joint("drawer", "tray", 0.03)
    assert world.pose("drawer", "tray")[0] == pytest.approx(0.65)
    robot.execute((0, 0, 0, 0, 0, 0, math.pi / 2), None)
    go_to(robot, 0.55, 0, 0.10)
    robot.execute(NO_MOTION, "closed")
    assert world.contact_force("drawer") > 10
    go_to(robot, 0.47, 0, 0.10)
    assert world.joint("drawer", "tray") == pytest.approx(0.11, abs=0.005)


def test_poses_are_of_link_frames_whatever_the_centre_of_mass(world):
    post = Link("post", (Part("box", (0.02, 0.02, 0.1)),), centre=(0.03, -0.02, 0.01))
    world.add(Body("post", (post,), fixed=True), (0.5, 0.1, 0.2, 0.3, -0.4, 0.5))
    assert world.pose("post") == pytest.approx((0.5, 0.1, 0.2, 0.3, -0.4, 0.5), abs=1e-9)
    world.set_pose("post", (0.4, 0, 0.1, 0, 0.2, 0))
    assert world.pose("post") == pytest.approx((0.4, 0, 0.1, 0, 0.2, 0), abs=1e-9)


def test_setting_a_pose_brings_to_rest(world):
    world.add(cube(), (0.6, 0.3, 0.5, 0, 0, 0))
    world.settle(0.2)
    world.set_pose("cube", (0.6, 0.3, 0.5, 0, 0, 0))
    world.settle(1 / 240)
    assert world.pose("cube")[2] > 0.4995


def test_contact_force_is_the_weight(world):
    world.add(cube(mass=0.5), (0.5, 0.2, 0.02, 0, 0, 0))
    world.settle(0.5)
    assert world.contact_force("cube", "table") == pytest.approx(0.5 * 9.81, rel=0.05)
    assert world.contact_force("table", "cube") == world.contact_force("cube", "table")
    assert world.contact_force("cube") == 0


def test_the_arm_starts_elsewhere_when_asked(world):
    assert world.move_home((0.5, 0.1, 0.2, 0, math.pi, 0))
    world.settle(0.1)
    assert distance(world.tcp_pose, (0.5, 0.1, 0.2, 0, math.pi, 0))[0] < 1e-3
    before = world.tcp_pose
    assert not world.move_home((1.5, 0, 0.2, 0, math.pi, 0))
    assert not world.move_home((0.5, 0, -0.1, 0, math.pi, 0))
    assert world.tcp_pose == before


def test_mistakes_name_what_is_there(world):
    world.add(cube(), (0.5, 0, 0.02, 0, 0, 0))
    with pytest.raises(UnknownNameError, match=r"Did you mean 'cube'\? Allowed: table, robot"):
        world.pose("cubes")
    with pytest.raises(UnknownNameError, match="no link of 'cube' is called 'lid'"):
        world.joint("cube", "lid")
    with pytest.raises(UnknownNameError, match=r"hangs on no joint\. Links with a joint: none"):
        world.joint("cube", "cube")
    with pytest.raises(UsageError, match="already in the world"):
        world.add(cube(), (0.5, 0, 0.02, 0, 0, 0))
    with pytest.raises(UsageError, match="only what snapshot"):
        world.restore(3)
    twice = Body("twins", (Link("a", ()), Link("a", ())))
    with pytest.raises(RobotError, match="cannot load the body 'twins'"):
        world.add(twice, (0.5, 0, 0.02, 0, 0, 0))


def test_names_with_odd_characters_are_bodies_too(world):
    world.add(
        Body('a<"&b', (Link("l&<", (Part("sphere", (0.02, 0, 0)),)),)), (0.5, 0, 0.3, 0, 0, 0)
    )
    assert world.pose('a<"&b', "l&<")[2] == pytest.approx(0.3)
