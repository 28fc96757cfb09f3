"""The whole arm is looked after: before a motion by geometry, while it moves by what it feels."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cliprt.geometry import apply_motion, to_matrix
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.arm import ARM_LINKS, FINGER_LINKS, FINGER_TRAVEL_M, build_arm
from cliprt.robots.pybullet.clearance import (
    APART_M,
    find_touch,
    gaps,
    heights,
    place_shapes,
)
from cliprt.robots.pybullet.drive import HOME, HOME_JOINTS
from cliprt.robots.pybullet.kinematics import inverse, nearest
from cliprt.robots.pybullet.path import Pace, plan_motion
from cliprt.robots.world import Body, Link, Part
from cliprt.runtime.gate import Gate
from cliprt.runtime.limits import escape_finder
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")

PARTS = [link.name for link in build_arm().links for part in link.parts if part.solid]

BULLET_M = 0.0025
"""How exactly PyBullet knows the distance of two cylinders, whose margins it rounds [m]."""


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


@pytest.fixture
def world(robot):
    robot.connect()
    robot.confine(None)
    robot.simulation.clear(0)
    return robot.simulation


def move(x=0.0, y=0.0, z=0.0, roll=0.0, pitch=0.0, yaw=0.0, grip=0.0):
    return (x, y, z, roll, pitch, yaw, grip)


def bend(world, joints):
    """The simulated arm, put there without physics; its body."""
    arm = world._bodies["robot"]
    for name, angle in zip(ARM_LINKS, joints, strict=True):
        arm.set_joint(name, angle)
    for name in FINGER_LINKS:
        arm.set_joint(name, FINGER_TRAVEL_M)
    return arm


def closest(world, body, link, other, other_link, within_m):
    """Least distance of two links as PyBullet knows it [m]; None where they are farther."""
    points = world.client.getClosestPoints(
        body.number, other.number, within_m, body.links[link], other.links[other_link]
    )
    return min((point[8] for point in points), default=None)


def test_shapes_are_as_high_above_the_table_as_the_simulator_has_them(world):
    table = world._bodies["table"]
    for joints in np.random.default_rng(0).uniform(-0.5, 0.5, (20, 6)) + HOME_JOINTS:
        arm, known = bend(world, joints), heights(place_shapes(joints[None]))[0]
        for link in ("forearm", "wrist_2", "wrist_3"):
            lowest = min(h for h, part in zip(known, PARTS, strict=True) if part == link)
            seen = closest(world, arm, link, table, "top", 0.5)
            assert seen is None or seen == pytest.approx(lowest, abs=BULLET_M)


def test_what_is_called_clear_is_clear_and_what_touches_is_found(world):
    rng = np.random.default_rng(1)
    home, table = HOME_JOINTS, world._bodies["table"]
    clear = touching = 0
    for joints in rng.uniform(-1.6, 1.6, (400, 6)) + home:
        arm = bend(world, joints)
        said = find_touch(np.stack([home, joints]))
        pairs = [
            closest(world, arm, one, arm, other, 0.1)
            for one in ("base", "shoulder", "upper_arm", "forearm")
            for other in ("forearm", "wrist_1", "wrist_2", "wrist_3", *FINGER_LINKS)
            if abs(_number(one) - _number(other)) > 1
        ]
        low = [closest(world, arm, link, table, "top", 0.1) for link in ARM_LINKS[1:]]
        least = min((d for d in (*pairs, *low) if d is not None), default=1.0)
        if said is None:
            clear += 1
            assert least > APART_M - BULLET_M, joints
        if least < -BULLET_M:
            touching += 1
            assert said is not None, joints
        if said and "table top" not in said:
            # Nothing is refused that is not near: capsules alone would be out by centimetres.
            assert min(d for d in pairs if d is not None) < APART_M + 2 * BULLET_M
    assert clear > 50
    assert touching > 50


def _number(link):
    return ("base", *ARM_LINKS, *FINGER_LINKS).index(link)


def test_shapes_have_their_lowest_point_and_their_gaps():
    places = place_shapes(np.stack([HOME_JOINTS]))
    assert heights(places)[0].min() == 0  # the base stands on the table
    assert gaps(places).min() >= APART_M


def test_a_forearm_that_would_lie_on_the_table_is_refused_with_link_place_and_distance(
    robot, world
):
    with Gate(PyBulletBackend(cameras=()), GateSection()) as gate:
        assert gate.execute(move(0.1, 0, 0.15), None).refused is None
        assert gate.execute(move(pitch=-1.5), None).refused is None
        assert gate.execute(move(z=-0.2), None).refused is None
        refused = gate.execute(move(z=-0.15), None).refused
    assert refused.startswith("the ")
    assert "mm under the table top with the pinch point at (0.55" in refused
    assert refused.endswith("m (limit 5 mm away)")


def test_the_arm_is_kept_from_itself(robot, world):
    refused = robot.execute(move(pitch=-np.pi / 2), None).refused
    assert refused == (
        "the wrist 2 would touch the upper arm with the pinch point at (0.450, 0.000, 0.250) m"
        " (limit 3 mm away)"
    )
    assert robot.execute(move(roll=-np.pi / 2), None).refused is None
    assert world.move_home((0.45, 0, 0.25, 0, np.pi / 2, 0)) is False


def test_from_too_near_only_what_leads_away_is_made():
    low, shoulder = np.array([-0.301, -0.62, 1.2, -1.788, -1.571, 1.27]), np.eye(6)[1]
    assert "under the table top" in find_touch(np.stack([HOME_JOINTS, low]))
    assert find_touch(np.stack([low, low])) is None
    assert find_touch(np.stack([low, low - 0.02 * shoulder])) is None
    assert "under the table top" in find_touch(np.stack([low, low + 0.001 * shoulder]))


def test_fingers_do_not_open_into_the_table(robot, world):
    assert robot.execute(move(z=-0.15, roll=0.8), "closed").refused is None
    low = robot.execute(move(z=-0.06), "open")
    assert low.refused == ("the opened fingertips would be 12 mm under the table top (limit 1 mm)")
    assert world.gripper == "closed"
    assert robot.execute(move(z=-0.06), None).refused is None
    assert robot.execute(NO_MOTION, "closed").refused is None
    assert robot.execute(NO_MOTION, "open").refused.startswith("the opened fingertips")
    assert robot.execute(move(z=0.08), "open").refused is None


def press(world):
    """Let a heavy thing fall on the hand as soon as physics runs."""
    part = Part("box", (0.5, 0.5, 0.1))
    world.add(Body("slab", (Link("slab", (part,), mass=400.0),)), (0.45, 0, 0.35, 0, 0, 0))


def test_a_link_that_presses_on_the_table_stops_the_arm_and_is_made_again_exactly(robot, world):
    robot.execute(move(z=-0.245), None)
    press(world)
    snapshot = world.snapshot()
    outcome = robot.execute(move(y=0.2), "closed")
    assert outcome.stopped_after_s is not None
    assert "presses on the table with" in outcome.stopped_because
    assert "N (limit 60)" in outcome.stopped_because
    assert outcome.measured[1] < 0.19
    rest = world.tcp_pose, world.pose("slab"), world.time_s
    again = robot.execute(move(y=0.01), None)
    assert again.refused == again.stopped_because == outcome.stopped_because
    robot.connect()
    world.restore(snapshot)
    robot.halt_after(outcome.stopped_after_s)
    repeated = robot.execute(move(y=0.2), "closed")
    assert repeated.stopped_because is None
    assert repeated.measured == outcome.measured
    assert repeated.joints == outcome.joints
    assert (world.tcp_pose, world.pose("slab"), world.time_s) == rest
    assert robot.execute(NO_MOTION, None).refused is None


def test_an_arm_that_is_pushed_out_of_its_workspace_stops_and_is_asked_about():
    limits = GateSection(lower=(0.15, -0.45, 0.15))
    with Gate(PyBulletBackend(cameras=()), limits) as gate:
        assert gate.execute(move(z=-0.095), None).refused is None
        press(gate.simulation)
        outcome = gate.execute(move(y=0.2), None)
        assert outcome.stopped_because.startswith("workspace: z was pushed to 0.14")
        assert outcome.stopped_because.endswith("below the limit 0.150 m")
        assert outcome.stopped_after_s < 0.5
        assert (gate.state, gate.reason) == ("stopped", outcome.stopped_because)
        assert gate.execute(move(z=0.05), None).refused.startswith("state: the robot is stopped")
        gate.connect()
        assert gate.state == "ready"


def test_who_starts_outside_is_stopped_only_further_out():
    find = escape_finder((0.4, 0.5, 0.2, 0, 3, 0), GateSection())
    assert find((0.4, 0.5, 0.2)) is None
    assert find((0.4, 0.3, 0.2)) is None
    assert find((0.4, 0.503, 0.2)).startswith("workspace: y was pushed to 0.503 m, above the limit")
    assert find((0.4, 0.5, 0.002)).startswith("workspace: y")
    inside = escape_finder((0.4, 0.0, 0.2, 0, 3, 0), GateSection())
    assert inside((0.4, 0.4515, 0.2)) is None
    assert (
        inside((0.4, 0.0, 0.002)) == "workspace: z was pushed to 0.002 m, below the limit 0.005 m"
    )


def test_a_line_that_joints_cannot_follow_is_made_slower():
    rng, pace, slowed = np.random.default_rng(0), Pace(0.3, 1.2, 60.0), 0
    for _ in range(120):
        start = apply_motion(HOME, move(*rng.uniform(-0.2, 0.2, 3), *rng.uniform(-1, 1, 3)))
        joints = nearest(inverse(to_matrix(start)[None])[0], HOME_JOINTS)
        target = apply_motion(start, move(*rng.uniform(-0.2, 0.2, 3), *rng.uniform(-1, 1, 3)))
        path = None if joints is None else plan_motion(start, target, joints, 0.06, pace)
        if isinstance(path, np.ndarray):
            speed = np.abs(np.diff(np.vstack([joints, path]), axis=0)).max() * pace.rate_hz
            assert speed < 1.02 * np.pi
            slowed += speed > 0.95 * np.pi
    assert slowed


@pytest.mark.slow
def test_random_motions_on_full_tables_keep_every_limit():
    script = Path(__file__).parents[1] / "docs" / "make" / "arm_safety.py"
    command = [sys.executable, str(script), "2000", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    motions = [line for line in map(json.loads, done.stdout.splitlines()) if "number" in line]
    for motion in motions:
        assert motion["stopped"] or not motion["over"], motion
        assert not any("mm" in what for what in motion["over"]), motion
