"""Which way a picture's camera looks, and that pixels go where it is said."""

import math
from dataclasses import replace

import numpy as np
import pytest
from fake_robot import FakeRobot
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import invert_motion
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet.backend import PyBulletBackend
from cliprt.runtime.gate import Gate
from cliprt.runtime.looking import find_view, look_at
from cliprt.vocabularies.grid import ClipRt58Vocabulary

PLACE_M = np.array([0.4, -0.1, 0.2])


def pinhole(azimuth_deg, below_deg, roll_deg=0.0, distance_m=1.0, aside=(0.0, 0.0), mirrored=False):
    """A camera that looks along an azimuth and down, with the place somewhere in its picture."""
    azimuth, below, roll = np.radians([azimuth_deg, below_deg, roll_deg])
    ahead = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    forward = math.cos(below) * ahead - math.sin(below) * np.array([0, 0, 1])
    level = np.array([math.sin(azimuth), -math.cos(azimuth), 0.0])
    upright = np.cross(level, forward)
    right = math.cos(roll) * level + math.sin(roll) * upright
    up = np.cross(right, forward)
    eye = PLACE_M - distance_m * (forward + aside[0] * right + aside[1] * up)
    sign = -1 if mirrored else 1

    def project(points_m):
        x, y, depth = np.array([right, up, forward]) @ (np.asarray(points_m) - eye).T
        depth = np.where(depth > 0.01, depth, np.nan)
        return np.stack([0.5 + sign * x / depth, 0.5 - y / depth], axis=1)

    return project


def left_of(view):
    return np.array([-view.looks[1], view.looks[0], 0.0])


POSES = {
    "azimuth_deg": st.floats(-180, 180),
    "below_deg": st.floats(-80, 90),
    "distance_m": st.floats(0.1, 3),
    "aside": st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)),
}


@given(st.fixed_dictionaries(POSES))
def test_a_level_camera_looks_along_its_azimuth_wherever_the_place_is_in_its_picture(pose):
    view = find_view(pinhole(**pose), PLACE_M)
    azimuth = math.radians(pose["azimuth_deg"])
    assert view.looks == pytest.approx((math.cos(azimuth), math.sin(azimuth)), abs=1e-5)
    steep = abs(abs(pose["below_deg"]) - 45)
    assert view.looks_down == (abs(pose["below_deg"]) > 45) or steep < 1e-3


@given(st.fixed_dictionaries(POSES), st.floats(-20, 20))
def test_what_goes_left_goes_left_in_the_picture_and_what_comes_nearer_grows(pose, roll_deg):
    project = pinhole(**pose, roll_deg=roll_deg)
    view = find_view(project, PLACE_M)
    here, left = project(np.array([PLACE_M, PLACE_M + 0.01 * left_of(view)]))
    assert left[0] < here[0]
    if roll_deg == 0:
        assert left[1] == pytest.approx(here[1], abs=1e-6)
    if not view.looks_down and roll_deg == 0:
        step = 0.01 * np.array([*view.looks, 0.0])
        ends = PLACE_M + 0.001 * np.array([left_of(view), -left_of(view)])
        far, near = (np.ptp(project(ends + way)[:, 0]) for way in (step, -step))
        assert near > far


@given(st.fixed_dictionaries(POSES), st.floats(30, 150))
def test_a_mirrored_or_a_rolled_picture_says_no_way(pose, roll_deg):
    assert find_view(pinhole(**pose, mirrored=True), PLACE_M) is None
    if abs(pose["below_deg"]) < 30:
        assert find_view(pinhole(**pose, roll_deg=roll_deg), PLACE_M) is None


@pytest.mark.parametrize(
    "project",
    [
        lambda points: np.full((len(points), 2), np.nan),
        lambda points: np.full((len(points), 2), 0.5),
        lambda points: points[:, :2],
    ],
)
def test_what_is_no_camera_says_nothing_and_raises_nothing(project):
    find_view(project, PLACE_M)
    assert find_view(lambda points: np.full((len(points), 2), np.nan), PLACE_M) is None


def test_a_robot_that_does_not_know_its_cameras_says_nothing():
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    assert look_at(gate, gate.observe()) == Situation()


@pytest.fixture(scope="module")
def robot():
    with Gate(PyBulletBackend(cameras=("scene", "wrist", "overview")), GateSection()) as gate:
        yield gate


@pytest.mark.parametrize("camera", ["scene", "wrist", "overview"])
@pytest.mark.parametrize(
    "said",
    ["left in the picture", "right on the screen", "toward the camera", "away from the camera"],
)
def test_of_the_simulated_robot_the_pixel_goes_where_it_is_said(robot, camera, said):
    """Said in words, made by the real arm, seen by the camera as it stood before."""
    robot.connect()
    seen = robot.observe()
    view = look_at(robot, replace(seen, images={camera: seen.images[camera]}))
    assert view.looks_down == (camera == "wrist")
    grammar = GrammarInterpreter(ClipRt58Vocabulary())
    grammar.situate(view)
    reading = grammar.read(f"{said} 5 cm")
    found = reading.primitives or reading.offers
    if view.looks_down and "camera" in said:
        assert not found
        return
    assert len(found) == (1 if camera == "wrist" else 2)
    for one in found:
        start = np.array(robot.observe().tcp_pose[:3])
        target = start + np.array(one.motion[:3])
        aside = np.array(
            [start, target, start - 0.01 * left_of(view), target - 0.01 * left_of(view)]
        )
        here, there, here_aside, there_aside = robot.project(aside, camera)
        outcome = robot.execute(one.motion, None)
        assert outcome.measured[:3] == pytest.approx(target, abs=2e-3)
        grows = abs(there_aside[0] - there[0]) > abs(here_aside[0] - here[0])
        if "camera" in said:
            assert grows == ("toward" in said)
        else:
            assert (there[0] < here[0]) == ("left" in said)
        robot.execute(invert_motion(one.motion), None)
