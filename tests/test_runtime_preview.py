"""What is drawn before a motion is where the motion then leads."""

import math
from itertools import pairwise

import numpy as np
import pytest
from fake_robot import FakeRobot
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.geometry import apply_motion, to_matrix
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.cameras import CAMERAS, project
from cliprt.robots.world import Body, Link, Part
from cliprt.runtime.gate import Gate
from cliprt.runtime.preview import (
    FINGER_M,
    OPEN_M,
    PICTURE,
    clip,
    draw_target,
    find_span,
    flatten,
    hull,
    silhouette,
    sketch,
)
from cliprt.types import NO_MOTION, Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary

POSE = (0.45, 0.0, 0.25, 0.0, math.pi, 0.0)
SIZE_PX = 320
SQUARE = 0.4 * PICTURE + 0.1
places = st.tuples(st.floats(-2, 3), st.floats(-2, 3)).map(np.array)


def move(x=0.0, y=0.0, z=0.0, roll=0.0, pitch=0.0, yaw=0.0, grip=0.0, gripper=None):
    return Primitive(None, "", (x, y, z, roll, pitch, yaw, grip), gripper)


def arrows(strokes):
    return [stroke.points for stroke in strokes if stroke.kind == "arrow"]


def length(lines):
    return sum(math.dist(a, b) for line in lines for a, b in pairwise(line))


@pytest.fixture(scope="module")
def gate():
    pytest.importorskip("pybullet")
    with Gate(PyBulletBackend(cameras=()), GateSection(min_interval_s=0.0)) as gate:
        yield gate


def find_ball(gate, camera, place):
    """Centre [pixel] of a ball in a picture; None where it is hidden."""
    part = Part("sphere", (0.012, 0, 0), colour=(1, 0, 1), solid=False)
    gate.simulation.add(Body("ball", (Link("ball", (part,)),), fixed=True), (*place, 0, 0, 0))
    red, green, blue = np.moveaxis(gate.render(SIZE_PX, SIZE_PX, camera).astype(int), -1, 0)
    rows, columns = np.nonzero((red - green > 60) & (blue - green > 60))
    return (columns.mean() + 0.5, rows.mean() + 0.5) if len(rows) > 25 else None


@pytest.mark.parametrize("camera", list(CAMERAS))
def test_projection_is_where_a_rendered_ball_is(gate, camera):
    rng = np.random.default_rng(0)
    seen = 0
    for attempt in range(10):
        gate.simulation.clear(0)
        if attempt % 2:
            turn = rng.uniform(-0.4, 0.4, 3)
            gate.execute((*rng.uniform(-0.1, 0.1, 3), 0, *turn), None)
        x, y, _ = gate.simulation.tcp_pose[:3]
        place = (x + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.1, 0.1), rng.uniform(0.02, 0.08))
        ball = find_ball(gate, camera, place)
        if ball:
            seen += 1
            expected = SIZE_PX * gate.project(np.array([place]), camera)[0]
            assert np.abs(expected - ball).max() < 1.5
    assert seen >= 5


def test_what_is_behind_the_camera_is_nowhere_and_wide_pictures_are_wider():
    eye, target = np.array(CAMERAS["scene"].eye), np.array(CAMERAS["scene"].target)
    points = np.array([eye - (target - eye), eye, target, target + np.array((0.1, 0, 0))])
    square = project(CAMERAS["scene"], np.eye(4), points)
    assert np.isnan(square[:2]).all()
    assert square[2] == pytest.approx([0.5, 0.5])
    wide = project(CAMERAS["scene"], np.eye(4), points, aspect=2.0)
    assert wide[3, 1] == square[3, 1]
    assert wide[3, 0] - 0.5 == pytest.approx((square[3, 0] - 0.5) / 2)


@settings(deadline=None)
@given(st.lists(places, min_size=3, max_size=20).map(np.array))
def test_a_hull_holds_every_place_and_turns_one_way(points):
    corners = hull(points)
    steps = np.diff([*corners, *corners[:2]], axis=0)
    if len(corners) > 2:
        turns = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
        assert (turns >= 0).all()
        for corner, step in zip(corners, steps, strict=False):
            away = points - corner
            assert (step[0] * away[:, 1] - step[1] * away[:, 0] >= -1e-9).all()


@settings(max_examples=40, deadline=None)
@given(places, places)
def test_clipping_keeps_what_is_in_the_picture_and_nothing_else(start, end):
    lines = clip(np.array([start, end]))
    assert len(lines) <= 1
    assert all(0 <= x <= 1 for line in lines for place in line for x in place)
    seen = [start + share * (end - start) for share in np.linspace(0, 1, 501)]
    # What lies on the picture's edge may count either way.
    least, most = (
        math.dist(start, end)
        * np.mean([((place >= edge) & (place <= 1 - edge)).all() for place in seen])
        for edge in (1e-12, -1e-12)
    )
    margin = 0.02 + math.dist(start, end) / 200
    assert least - margin <= length(lines) <= most + margin


def test_a_line_that_leaves_and_returns_is_two():
    line = np.array([(0.2, 0.5), (0.8, 0.5), (1.5, 0.5), (1.5, 0.7), (0.8, 0.7), (0.1, 0.7)])
    first, second = clip(line)
    assert np.allclose(first, ((0.2, 0.5), (0.8, 0.5), (1.0, 0.5)))
    assert np.allclose(second, ((1.0, 0.7), (0.8, 0.7), (0.1, 0.7)))


def test_spans_end_at_the_polygons_sides():
    assert find_span(np.array((0.0, 0.3)), np.array((1.0, 0.3)), SQUARE) == pytest.approx(
        (0.1, 0.5)
    )
    assert find_span(np.array((0.0, 0.6)), np.array((1.0, 0.6)), SQUARE) is None
    assert find_span(np.array((0.0, 0.0)), np.array((0.05, 0.0)), SQUARE) is None


def test_a_silhouette_shows_only_the_outer_edges():
    assert length(silhouette([SQUARE])) == pytest.approx(1.6)
    assert length(silhouette([SQUARE, SQUARE + 0.45])) == pytest.approx(3.2)
    assert length(silhouette([SQUARE, 0.2 * PICTURE + 0.2])) == pytest.approx(1.6)
    # Half of each of two sides is inside the other square.
    assert length(silhouette([SQUARE, SQUARE + 0.2])) == pytest.approx(3.2 - 0.8)


def test_a_silhouette_leaves_out_what_nobody_would_recognise():
    behind = SQUARE.copy()
    behind[0] = np.nan
    assert silhouette([behind]) == []
    assert silhouette([SQUARE + 0.8]) == []
    assert length(silhouette([behind, SQUARE])) == pytest.approx(1.6)


def test_arrows_lead_from_primitive_to_primitive_to_the_target():
    steps = (move(x=0.05), move(z=-0.1), move(gripper="closed"))
    strokes = sketch(POSE, steps)
    forward, down, *pinches = arrows(strokes)
    assert forward[0] == pytest.approx(POSE[:3])
    assert forward[-1] == pytest.approx(down[0])
    assert down[-1] == pytest.approx((0.50, 0.0, 0.15))
    assert len(pinches) == 2
    for pinch in pinches:
        assert np.linalg.norm(pinch[-1] - pinch[0]) == pytest.approx(OPEN_M / 2)
        assert np.linalg.norm(pinch[-1] - down[-1]) < np.linalg.norm(pinch[0] - down[-1])
    assert strokes[-1].kind == "solid"
    assert len([stroke for stroke in strokes if stroke.kind == "solid"]) == 1


@pytest.mark.parametrize(
    ("gripper", "opening_m", "gap_m"),
    [(None, 0.03, 0.03), ("open", 0.03, OPEN_M), ("closed", 0.03, 0.0)],
)
def test_the_outlined_fingers_are_as_far_apart_as_they_will_be(gripper, opening_m, gap_m):
    left, right, _ = sketch(POSE, [move(gripper=gripper)], opening_m)[-1].points
    assert left[:, 1].min() - right[:, 1].max() == pytest.approx(gap_m)
    assert left[:, 1].max() - left[:, 1].min() == pytest.approx(FINGER_M[1])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(range(3, 7)), st.floats(-3, 3).filter(lambda x: abs(x) > 0.1))
def test_turns_are_arcs_about_the_pinch_point_that_end_where_the_part_will_be(axis, angle_rad):
    motion = [0.0] * 7
    motion[axis] = angle_rad
    drawn = arrows(sketch(POSE, [Primitive(None, "", tuple(motion))]))
    assert drawn
    for arc in drawn:
        radius = np.linalg.norm(arc - POSE[:3], axis=1)
        assert radius == pytest.approx(radius[0])
        there = np.linalg.inv(to_matrix(POSE)) @ (*arc[0], 1.0)
        assert arc[-1] == pytest.approx((to_matrix(apply_motion(POSE, motion)) @ there)[:3])


def test_lines_end_where_the_camera_sees_nothing():
    def look(points_m):
        shares = points_m[:, :2] + 0.5
        return np.where(points_m[:, :1] > 0.02, np.nan, shares)

    lines = flatten(sketch((-0.1, 0, 0, 0, 0, 0), [move(x=0.2)])[:1], look)
    assert len(lines) == 1
    assert lines[0][0] == pytest.approx((0.4, 0.5))
    assert 0.5 < lines[0][-1][0] <= 0.52


@pytest.mark.parametrize("name", ["right", "rotated", "closed"])
def test_the_outline_is_where_the_fingers_then_are(gate, name):
    steps = {
        "right": [move(y=-0.1)],
        "rotated": [move(z=-0.05), move(grip=-0.7), move(pitch=0.3)],
        "closed": [move(x=0.1), move(gripper="closed")],
    }[name]
    gate.simulation.clear(0)
    drawn = sketch(gate.simulation.commanded_pose, steps, gate.simulation.gripper_opening_m)[
        -1
    ].points
    for step in steps:
        assert gate.execute(step.motion, step.gripper).refused is None
    # A finger's frame is on its inner side.
    for link, block in (("finger_left", drawn[0]), ("finger_right", drawn[1])):
        frame = gate.simulation.transform("robot", link)
        inside = (np.linalg.inv(frame) @ np.c_[block, np.ones(8)].T)[:3].T
        assert np.abs(inside[:, 1]).min() < 0.002
        assert np.abs(inside[:, 1]).max() == pytest.approx(FINGER_M[1], abs=0.002)
        assert np.abs(inside[:, 0]).max() < 0.012


def test_every_primitive_is_drawn_inside_the_pictures(gate):
    gate.simulation.clear(0)
    pose = gate.simulation.commanded_pose
    for primitive in ClipRt58Vocabulary().primitives:
        drawn = draw_target(gate, pose, [primitive], CAMERAS)
        assert set(drawn) == set(CAMERAS)
        assert len(drawn["scene"]) > 4
        for lines in drawn.values():
            assert all(len(line) > 1 for line in lines)
            assert all(0 <= x <= 1 for line in lines for place in line for x in place)
    lines = draw_target(gate, pose, [move(x=0.1)], ["scene"])["scene"]
    target = gate.project(np.array([(0.55, 0.0, 0.25)]), "scene")[0]
    assert lines[0][-1] == pytest.approx(tuple(target))
    assert lines[1][1] == pytest.approx(tuple(target))


def test_the_fingers_start_as_they_are_or_as_said(gate):
    gate.simulation.clear(0)
    gate.execute(NO_MOTION, "closed")
    pose, step = gate.simulation.commanded_pose, [move(gripper="closed")]
    (closed,) = draw_target(gate, pose, step, ["scene"]).values()
    (opened,) = draw_target(gate, pose, step, ["scene"], gripper="open").values()
    assert length(opened) > length(closed) + 0.02


def test_nothing_is_drawn_where_nobody_knows_the_cameras():
    with Gate(FakeRobot(), GateSection()) as robot:
        assert draw_target(robot, POSE, [move(x=0.1)], ["front"]) == {"front": ()}
