"""Drawing, erasing and stamping: what counts, and what does not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import to_matrix
from cliprt.robots.ink import centres, dot, stroke
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.draw_line import PAPER, DrawLineTask, drawn_to, measure_along
from cliprt.tasks.erase_whiteboard import BOARD, EraseWhiteboardTask
from cliprt.tasks.stamp import StampTask


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, task, seed=3):
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return robot.simulation


def on_pad(world, point):
    """A point (x, y) of the base frame in the frame of the pad's sheet."""
    return (np.linalg.inv(to_matrix(world.pose("pad"))) @ (*point, 0.0, 1.0))[:2]


def draw(world, *points, radius_m=0.006):
    world.set_ink("pad", stroke(PAPER, [on_pad(world, point) for point in points], radius_m))


@pytest.mark.parametrize("lift_m", [0.0, 0.02])
def test_any_straight_line_between_the_figures_counts(lift_m, robot):
    world = arrange(robot, task := DrawLineTask())
    (x0, y0), (x1, y1) = (world.pose(name)[:2] for name in ("star", "circle"))
    assert not task.is_success(world)
    draw(world, (x0 + lift_m / 2, y0), (x1 - lift_m / 2, y1))
    assert task.is_success(world)


def test_lines_elsewhere_do_not_count(robot):
    world = arrange(robot, task := DrawLineTask())
    (x0, y0), (x1, y1) = (world.pose(name)[:2] for name in ("star", "circle"))
    far = 0.06
    wrong = {
        "half": [(x0, y0), (x0, (y0 + y1) / 2)],
        "from nowhere": [(x0, (y0 + y1) / 2), (x1, y1)],
        "beside": [(x0 - far, y0), (x1 - far, y1)],
        "round about": [(x0, y0), (x0 - far, y0), (x1 - far, y1), (x1, y1)],
        "only little of much": [(x0, y0), (x1, y1), (x1 - far, y1), (x0 - far, y0), (x1 - far, y1)],
    }
    for name, points in wrong.items():
        draw(world, *points)
        assert not task.is_success(world), name


def test_a_hole_breaks_a_line(robot):
    world = arrange(robot, task := DrawLineTask())
    start, end = (world.pose(name)[:2] for name in ("star", "circle"))
    draw(world, start, end)
    middle = on_pad(world, np.mean([start, end], axis=0))
    world.set_ink("pad", world.ink("pad") & ~dot(PAPER, middle, 0.008))
    assert not task.is_success(world)


@given(st.lists(st.floats(0.0, 0.2), min_size=1, max_size=40), st.floats(0.0, 0.2))
def test_more_ink_never_shortens_a_line(along, more):
    before = drawn_to(np.array([0.0, *along]))
    assert 0 <= before <= max(along)
    assert drawn_to(np.array([0.0, *along, more])) >= before


def test_a_line_begins_at_the_star():
    assert drawn_to(np.array([])) == -math.inf
    assert drawn_to(np.linspace(0.05, 0.1, 50)) == -math.inf
    assert drawn_to(np.linspace(-0.01, 0.1, 60)) == pytest.approx(0.1)


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-math.pi, math.pi))
def test_along_and_aside_are_coordinates(along, aside, turn):
    forward = np.array([math.cos(turn), math.sin(turn)])
    left = np.array([-forward[1], forward[0]])
    start = np.array([0.4, 0.1])
    point = start + along * forward + aside * left
    found = measure_along(point[None], start, start + 0.1 * forward)
    assert np.concatenate(found) == pytest.approx([along, abs(aside)], abs=1e-9)


def test_half_a_scribble_left_is_not_erased(robot):
    world = arrange(robot, task := EraseWhiteboardTask())
    ink = world.ink("whiteboard")
    half = ink & (centres(BOARD)[..., 1] > np.median(np.nonzero(ink)[1] * BOARD.cell_m) - 0.17)
    assert 0.3 < half.sum() / ink.sum() < 0.7
    world.set_ink("whiteboard", half)
    assert not task.is_success(world)
    world.set_ink("whiteboard", np.zeros_like(ink))
    assert task.is_success(world)


@pytest.mark.parametrize(
    ("away_m", "counts"), [(0.0, False), (0.01, False), (0.04, True), (0.055, True), (0.10, False)]
)
def test_prints_count_beside_the_circle(away_m, counts, robot):
    world = arrange(robot, task := StampTask("easy"))
    x, y = world.pose("circle")[:2]
    side = 1 if on_pad(world, (x, y))[1] < 0 else -1
    draw(world, (x, y + side * away_m), radius_m=0.014)
    assert task.is_success(world) == counts


def test_a_misprint_is_followed_by_a_better_one(robot):
    world = arrange(robot, task := StampTask())
    while not world.ink("pad").any():
        advice = task.advise(world)
        robot.execute(advice.motion, advice.gripper)
    world.set_ink("pad", np.zeros(PAPER.shape, dtype=bool))
    assert task.advise(world).motion[2] > 0, "up, to press again"
    for _ in range(4):
        if (advice := task.advise(world)) is not None:
            robot.execute(advice.motion, advice.gripper)
    assert task.is_success(world)
