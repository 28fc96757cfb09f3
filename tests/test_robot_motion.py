"""The simulated arm goes where it is told, refuses what it cannot do, and gives in to contact."""

import math

import numpy as np
import pytest

from cliprt.geometry import distance
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.path import interpolate, plan_line, reason_against, seconds_for
from cliprt.robots.world import Body, Link, Part
from cliprt.types import NO_MOTION
from cliprt.vocabularies.grid import ClipRt58Vocabulary

pytest.importorskip("pybullet")
PRIMITIVES = ClipRt58Vocabulary().primitives


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=(), image_size=32) as robot:
        yield robot


@pytest.fixture
def world(robot):
    robot.simulation.clear(0)
    return robot.simulation


def straight(dx=0.0, dy=0.0, dz=0.0):
    return (dx, dy, dz, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("speed", [0.3, 1.0])
def test_every_primitive_from_home_is_exact(speed):
    moved = 0
    with PyBulletBackend(cameras=(), speed_m_s=speed, turn_rad_s=3 * speed) as robot:
        for primitive in PRIMITIVES:
            robot.simulation.clear(0)
            outcome = robot.execute(primitive.motion, primitive.gripper)
            if primitive.phrase == "tilt arm up ninety degrees":
                # From home, that would turn the wrist into the upper arm.
                assert "the wrist 2 would touch the upper arm" in outcome.refused
                continue
            assert outcome.refused is None, (primitive.phrase, outcome.refused)
            metres, radians = distance(outcome.sent, outcome.measured)
            assert metres < 2e-4, primitive.phrase
            assert math.degrees(radians) < 0.05, primitive.phrase
            moved += any(primitive.motion)
    assert moved == 55


def test_there_and_back_does_not_drift(robot, world):
    start = world.commanded_pose
    for primitive in PRIMITIVES[:20]:
        robot.execute(primitive.motion, None)
        robot.execute(tuple(-x for x in primitive.motion), None)
    metres, radians = distance(world.tcp_pose, start)
    assert metres < 2e-4
    assert radians < 1e-3


@pytest.mark.parametrize(
    ("motion", "gripper", "reason"),
    [
        ((math.nan, 0, 0, 0, 0, 0, 0), None, "over the limit of 2 m"),
        ((0, 0, 0, 0, math.inf, 0, 0), None, "over the limit of 3.1416 rad"),
        ((10**400, 0, 0, 0, 0, 0, 0), None, "over the limit of 2 m"),
        ((0, 0, 0, 0, 0, 0, 4.0), None, "over the limit of 3.1416 rad"),
        ((0.1, 0, 0), None, "seven numbers"),
        (("0.1", 0, 0, 0, 0, 0, 0), None, "seven numbers"),
        (None, None, "seven numbers"),
        (NO_MOTION, "ajar", "'open' or 'closed'"),
        (straight(dy=0.9), None, "out of the arm's reach"),
        (straight(dz=-0.25), None, "12 mm under the table top"),
        ((-0.45, 0, -0.1, 0, 0, 0, 0), None, "out of the arm's reach|jump"),
    ],
)
def test_refusals_say_why_and_move_nothing(robot, world, motion, gripper, reason):
    before = robot.observe()
    outcome = robot.execute(motion, gripper)
    assert outcome.refused is not None
    assert any(part in outcome.refused for part in reason.split("|")), outcome.refused
    assert outcome.sent is None
    after = robot.observe()
    assert (after.joints, after.time_s) == (before.joints, before.time_s)
    assert after.commanded_pose == before.commanded_pose


def test_numpy_motions_are_welcome(robot, world):
    outcome = robot.execute(np.array(straight(dz=0.02), dtype=np.float32), None)
    assert outcome.refused is None
    assert outcome.measured[2] == pytest.approx(0.27, abs=1e-4)
    assert all(type(x) is float for x in outcome.commanded)


def test_pushing_against_a_wall_gives_in(robot, world):
    part = Part("box", (0.1, 0.3, 0.4), (0, 0, 0.2, 0, 0, 0))
    world.add(Body("wall", (Link("wall", (part,)),), fixed=True), (0.60, 0, 0, 0, 0, 0))
    outcome = robot.execute(straight(dx=0.2), None)
    assert outcome.refused is None
    assert outcome.sent[0] == pytest.approx(0.65)
    assert outcome.measured[0] < 0.56
    # The commanded pose is now within reach of the measured one, and turned back by the push.
    metres, radians = distance(world.commanded_pose, world.tcp_pose)
    assert metres < 0.006
    assert math.degrees(radians) < 2.1
    assert 1 < world.contact_force("wall") < 400
    back = robot.execute(straight(dx=-0.1), None)
    assert distance(back.sent, back.measured)[0] < 1e-3
    assert world.contact_force("wall") == 0


def test_lines_start_and_end_at_rest():
    start, end = (0.4, 0, 0.2, 0, math.pi, 0), (0.5, 0, 0.2, 0, math.pi, 0)
    steps = np.diff(interpolate(start, end, 50)[:, 0, 3])
    assert steps[0] < steps[24] / 5
    assert steps[-1] < steps[24] / 5
    assert np.allclose(interpolate(start, end, 50)[:, 1:3, 3], [0, 0.2])


def test_durations_respect_speed_and_acceleration():
    assert seconds_for(0.1, 0.3, 20) == pytest.approx(0.5)
    assert seconds_for(0.1, 30, 20) == pytest.approx(math.sqrt(0.03))
    assert seconds_for(0, 0.3, 20) == 0


def test_a_flip_of_the_elbow_is_refused_with_the_angle():
    from cliprt.robots.pybullet.drive import HOME, HOME_JOINTS

    flipped = HOME_JOINTS * np.array([1, 1, -1, 1, 1, 1])
    refusal = plan_line(HOME, (0.46, *HOME[1:]), flipped, 5, 0.05)
    assert "limit 17 degrees" in refusal.reason


def test_long_rubbish_is_shortened():
    assert len(reason_against("x" * 10_000, None)) < 150
