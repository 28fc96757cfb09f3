"""The robot ``ur_loopback``: a controller's arm that can be seen, and that pushes and holds."""

import math

import numpy as np
import pytest

from cliprt.errors import RobotError, UnknownNameError
from cliprt.geometry import apply_motion, distance
from cliprt.registry import load
from cliprt.robots.world import Body, Link, Part
from cliprt.runtime.abilities import ProjectsPoints, RendersPictures
from cliprt.testing import check_robot
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")

FORWARD = (0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
LEFT = (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0)
UP = (0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0)
GRASP = (0.0, 0.0, -0.225, 0.0, 0.0, 0.0, 0.0)
CUBE = Body("cube", (Link("cube", (Part("box", (0.04,) * 3, colour=(1, 0, 0)),)),))


def build(folder, **options):
    return load("robot", "ur_loopback")(image_size=32, black_box=str(folder), **options)


def go(robot, motion, gripper=None):
    """Execute what has to succeed."""
    outcome = robot.execute(motion, gripper)
    assert (outcome.refused, outcome.stopped_because) == (None, None)
    return outcome


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with build(tmp_path_factory.mktemp("black_box"), speed_m_s=0.5) as robot:
        yield robot


@pytest.fixture
def robot(shared):
    shared.connect()
    shared.simulation.clear(0)
    return shared


def test_the_contract_holds(tmp_path):
    check_robot(build(tmp_path), tolerance_m=5e-4, tolerance_rad=math.radians(0.1))


def test_both_arms_are_at_one_place(robot):
    for motion in (FORWARD, LEFT, (0, 0, -0.05, 0.2, 0.1, 0, 0), (0, 0, 0, 0, 0, 0.3, -0.4)):
        outcome = go(robot, motion)
        seen = robot.observe()
        for pose in (robot.simulation.tcp_pose, robot.simulation.commanded_pose, seen.tcp_pose):
            metres, radians = distance(pose, outcome.sent)
            assert metres < 1e-4
            assert radians < math.radians(0.05)
        metres, radians = distance(robot.simulation.commanded_pose, seen.commanded_pose)
        assert metres < 1e-5
        assert radians < 1e-5


def test_where_a_scene_puts_the_arm_motions_add_up(robot):
    go(robot, LEFT)
    rng = np.random.default_rng(0)
    for _ in range(5):
        x, y, z = rng.uniform((0.3, -0.2, 0.15), (0.5, 0.2, 0.3))
        pose = (float(x), float(y), float(z), 0.0, math.pi, 0.0)
        assert robot.simulation.move_home(pose)
        outcome = go(robot, UP)
        metres, radians = distance(outcome.measured, apply_motion(pose, UP))
        assert metres < 1e-4
        assert radians < math.radians(0.01)


def test_looking_takes_no_time_of_the_world(robot):
    go(robot, LEFT)
    first, second = robot.observe(), robot.observe()
    assert first.time_s == second.time_s
    assert first.images["wrist"].tobytes() == second.images["wrist"].tobytes()


def test_the_gate_and_the_eyes_agree_after_a_scene_was_built(robot):
    go(robot, FORWARD, "closed")
    robot.simulation.clear(1)
    seen = robot.observe()
    assert distance(seen.commanded_pose, robot.simulation.commanded_pose)[0] < 1e-5
    assert (seen.gripper, robot.simulation.gripper) == ("open", "open")
    assert robot.controller.state().gripper["opening_m"] > 0.08


def test_a_cube_is_held_by_the_simulation_and_felt_by_the_controller(robot):
    robot.simulation.add(CUBE, (0.45, 0.0, 0.02, 0.0, 0.0, 0.0))
    robot.simulation.settle(0.1)
    go(robot, GRASP, "closed")
    assert robot.observe().gripper_opening_m == pytest.approx(0.04, abs=0.002)
    assert robot.controller.state().gripper["blocked_m"] == pytest.approx(0.04, abs=0.003)
    go(robot, UP)
    assert robot.simulation.pose("cube")[2] > 0.1
    go(robot, NO_MOTION, "open")
    robot.simulation.settle(0.3)
    assert robot.simulation.pose("cube")[2] < 0.03
    assert robot.controller.state().gripper["opening_m"] > 0.08


def test_a_held_cube_comes_back_with_a_snapshot(robot):
    robot.simulation.add(CUBE, (0.45, 0.0, 0.02, 0.0, 0.0, 0.0))
    go(robot, GRASP, "closed")
    go(robot, UP)
    snapshot = robot.simulation.snapshot()
    go(robot, NO_MOTION, "open")
    go(robot, LEFT)
    robot.simulation.restore(snapshot)
    seen = robot.observe()
    assert seen.gripper == "closed"
    go(robot, UP)
    assert robot.simulation.pose("cube")[2] > 0.2


def test_somebody_sees_it_move_on_the_worlds_clock(robot):
    poses, times = [], []

    def look(time_s):
        times.append(time_s)
        poses.append(robot.simulation.tcp_pose[0])

    robot.watch(look)
    go(robot, FORWARD)
    robot.watch(None)
    assert len(times) > 3
    assert times == sorted(times)
    assert times[-1] <= robot.observe().time_s == robot.simulation.time_s
    assert np.all(np.diff(poses) > -1e-3)
    assert poses[-1] - poses[0] > 0.08


def test_the_table_stops_nobody_because_nobody_is_let_there(robot):
    outcome = robot.execute((0, 0, -0.245, 0, 0, 0, 0), None)
    assert "z would be 0.005 m" in outcome.refused
    assert outcome.sent is None


def test_it_renders_and_projects_like_the_simulator(robot):
    assert isinstance(robot, RendersPictures)
    assert isinstance(robot, ProjectsPoints)
    assert robot.render(48, 32, "overview").shape == (32, 48, 3)
    at = robot.project(np.array([robot.simulation.tcp_pose[:3]]), "scene")
    assert ((at > 0) & (at < 1)).all()


def test_a_stopped_robot_starts_anew(tmp_path):
    robot = build(tmp_path)
    with pytest.raises(RobotError, match="connect"):
        robot.observe()
    with robot:
        first = robot.controller.host
        go(robot, LEFT)
    with pytest.raises(RobotError, match="connect"):
        robot.controller.state()
    with robot:
        assert robot.observe().time_s >= 0
        go(robot, UP)
    assert first


def test_mistakes_are_told_before_anything_starts(tmp_path):
    with pytest.raises(UnknownNameError, match="scene"):
        build(tmp_path, cameras=["scne"])
