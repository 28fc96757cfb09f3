"""Ink in the simulated world: only contact makes it, pictures show it, snapshots keep it."""

import math

import numpy as np
import pytest

from cliprt.errors import UnknownNameError, UsageError
from cliprt.robots.ink import Canvas, Eraser, Pen, Stamp
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Link, Part
from cliprt.types import NO_MOTION

SIDE, TOP = 0.2, 0.01
CANVAS = Canvas("pad", (0, 0, TOP, 0, 0, 0), (SIDE, SIDE))
DOWN = (0.0, 0.0, 0.0, math.pi, 0.0, 0.0)
STROKE = (
    (NO_MOTION, "closed"),
    ((0, 0, -0.02, 0, 0, 0, 0), None),
    ((0, 0.05, 0, 0, 0, 0, 0), None),
    ((0, 0, 0.05, 0, 0, 0, 0), None),
    ((0, 0.03, 0, 0, 0, 0, 0), None),
)


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=96) as backend:
        yield backend


def tool(name, *below):
    """A square stick of 8 cm with something under it, between the fingers."""
    grip = Part("box", (0.032, 0.032, 0.08), (0, 0, 0.06, 0, 0, 0))
    return Body(name, (Link(name, (grip, *below), 0.06, (0, 0, 0.06), friction=0.4),))


def build(robot, body, kind, gap_m=0.006):
    """A pad on the table, a tool held over it."""
    world = robot.simulation
    world.clear(0)
    slab = Part("box", (SIDE, SIDE, TOP), (0, 0, TOP / 2, 0, 0, 0), (0.95, 0.95, 0.95))
    world.add(Body("pad", (Link("pad", (slab,), friction=0.4),), fixed=True), (0.5, 0, 0, 0, 0, 0))
    world.add_canvas(CANVAS)
    world.move_home((0.5, 0, TOP + gap_m + 0.07, 0, math.pi, 0))
    world.add(body, (0.5, 0, TOP + gap_m, 0, 0, 0))
    world.add_tool(kind)
    return world


def build_pen(robot):
    ball = Part("sphere", (0.008, 0, 0), (0, 0, 0.008, 0, 0, 0))
    return build(robot, tool("pen", ball), Pen("pen", (0, 0, 0), 0.004))


def do(robot, *motions):
    for motion, gripper in motions:
        assert robot.execute(motion, gripper).refused is None


def test_a_world_tells_which_bodies_show_ink(robot):
    world = build_pen(robot)
    assert [world.canvas(name) for name in world.bodies] == [CANVAS, None]


def test_a_pen_draws_where_it_touches_and_nowhere_else(robot):
    world = build_pen(robot)
    do(robot, (NO_MOTION, "closed"), ((0, 0, 0.02, 0, 0, 0, 0), None))
    world.set_ink("pad", np.zeros(CANVAS.shape, dtype=bool))
    do(robot, ((0, 0.05, 0, 0, 0, 0, 0), None))
    assert not world.ink("pad").any(), "it was in the air"
    build_pen(robot)
    do(robot, *STROKE)
    rows, columns = np.nonzero(world.ink("pad"))
    assert np.ptp(rows) * CANVAS.cell_m < 0.025
    assert 0.04 < np.ptp(columns) * CANVAS.cell_m < 0.075
    assert set(range(columns.min(), columns.max() + 1)) == set(columns), "without holes"


def test_strokes_are_the_same_bit_for_bit_whether_looked_at_or_not(robot):
    results = []
    for looks in (False, True):
        world = build_pen(robot)
        for motion in STROKE:
            do(robot, motion)
            if looks:
                robot.observe()
        results.append((world.ink("pad").tobytes(), world.pose("pen"), world.tcp_pose))
    assert results[0] == results[1]


def test_snapshots_keep_ink_and_tools(robot):
    world = build_pen(robot)
    do(robot, *STROKE[:2])
    snapshot = world.snapshot()
    before = world.ink("pad")
    do(robot, *STROKE[2:])
    after, picture = world.ink("pad"), robot.observe().images["scene"]
    assert after.sum() > before.sum() > 0
    world.clear(0)
    for _ in range(2):
        world.restore(snapshot)
        assert (world.ink("pad") == before).all()
        do(robot, *STROKE[2:])
        assert (world.ink("pad") == after).all()
        assert (robot.observe().images["scene"] == picture).all()


def test_pictures_show_ink_and_forget_it(robot):
    world = build_pen(robot)
    blank = robot.observe().images["scene"]
    ink = np.zeros(CANVAS.shape, dtype=bool)
    ink[20:80, 10:40] = True
    world.set_ink("pad", ink)
    inked = robot.observe().images["scene"]
    changed = (inked != blank).any(axis=-1)
    assert changed.sum() > 25
    assert inked[changed].mean() < blank[changed].mean() - 60
    world.set_ink("pad", np.zeros(CANVAS.shape, dtype=bool))
    assert (robot.observe().images["scene"] == blank).all()


def test_an_eraser_takes_ink_where_it_lies(robot):
    foot = Part("box", (0.04, 0.04, 0.02), (0, 0, 0.01, 0, 0, 0))
    world = build(robot, tool("eraser", foot), Eraser("eraser", DOWN, (0.04, 0.04)), gap_m=0.001)
    do(robot, (NO_MOTION, "closed"), ((0, 0, 0.02, 0, 0, 0, 0), None))
    world.set_ink("pad", np.ones(CANVAS.shape, dtype=bool))
    do(robot, ((0, 0.02, 0, 0, 0, 0, 0), None))
    assert world.ink("pad").all(), "it was in the air"
    do(robot, ((0, 0, -0.024, 0, 0, 0, 0), None), ((0, 0.04, 0, 0, 0, 0, 0), None))
    wiped_m2 = (~world.ink("pad")).sum() * CANVAS.cell_m**2
    assert wiped_m2 == pytest.approx(0.04 * 0.08, rel=0.15)


def test_a_stamp_prints_once_a_press_and_not_by_its_weight(robot):
    plate = Part("box", (0.05, 0.05, 0.02), (0, 0, 0.01, 0, 0, 0))
    world = build(
        robot, tool("stamp", plate), Stamp("stamp", DOWN, ("##", "#."), 0.02), gap_m=0.001
    )
    world.settle(0.3)
    assert not world.ink("pad").any(), "its weight is no press"
    do(robot, (NO_MOTION, "closed"), ((0, 0, -0.02, 0, 0, 0, 0), None))
    assert world.contact_force("stamp", "pad") > 3
    one = world.ink("pad").sum() * CANVAS.cell_m**2
    assert one == pytest.approx(3 * 0.02**2, rel=0.1)
    do(robot, ((0, 0, 0.05, 0, 0, 0, 0), None), ((0, 0.05, 0, 0, 0, 0, 0), None))
    assert world.ink("pad").sum() * CANVAS.cell_m**2 == one
    do(robot, ((0, 0, -0.05, 0, 0, 0, 0), None), ((0, 0, -0.01, 0, 0, 0, 0), None))
    assert world.ink("pad").sum() * CANVAS.cell_m**2 > 1.8 * one


def test_mistakes_are_told(robot):
    world = build_pen(robot)
    with pytest.raises(UnknownNameError, match=r"no body is called 'pan'.*pen"):
        world.add_tool(Pen("pan", (0, 0, 0), 0.004))
    with pytest.raises(UnknownNameError, match=r"no canvas is called 'pen'.*Allowed: pad"):
        world.ink("pen")
    with pytest.raises(UsageError, match=r"shape \(3, 4\), but the canvas is 100 cells by 100"):
        world.set_ink("pad", np.zeros((3, 4), dtype=bool))
