"""What our things can, beyond being held and opened (see test_conformance_thing.py), they can."""

import math

import pytest

from cliprt.geometry import to_matrix
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Link, Part
from cliprt.tasks.scene import point_of, tilt_rad
from cliprt.things.bounds import bounds
from cliprt.things.catalogue import all_things, find_thing
from cliprt.types import NO_MOTION

RADIUS_M = 0.007
PEA = Body("pea", (Link("pea", (Part("sphere", (RADIUS_M, 0.0, 0.0)),), 0.004, friction=0.2),))


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as robot:
        yield robot


@pytest.fixture
def world(robot):
    robot.simulation.clear(0)
    return robot.simulation


def those_that_can(ability):
    return [name for name, thing in all_things().items() if ability in thing.can]


def put(world, name, x=0.5, y=0.0, turn=0.0, z=0.0):
    thing = find_thing(name)
    body = thing.build(name, thing.colour)
    world.add(body, (x, y, z - bounds(body)[0][2], 0, 0, turn))
    for door, _, wide_open in thing.doors:
        world.set_joint(name, door, wide_open)
    if thing.canvas:
        world.add_canvas(thing.canvas(name))
    if thing.tool:
        world.add_tool(thing.tool(name))
    world.settle(0.3)
    return thing


def go(robot, goal):
    at = robot.simulation.commanded_pose
    motion = (*(b - a for a, b in zip(at, goal, strict=False)), 0.0, 0.0, 0.0, 0.0)
    assert robot.execute(motion, None).refused is None


def rotate(robot, *turns_rad):
    assert robot.execute((0, 0, 0, *turns_rad), None).refused is None
    robot.simulation.settle(0.3)


def take(robot, name):
    """Hold a thing that is not turned, 15 cm above the table or higher."""
    x, y, z = point_of(robot.simulation.pose(name), find_thing(name).grasp[:3])
    go(robot, (x, y, max(0.2, z + 0.05)))
    go(robot, (x, y, z))
    robot.execute(NO_MOTION, "closed")
    go(robot, (x, y, z + 0.15))


@pytest.mark.parametrize("name", those_that_can("filled"))
def test_what_is_dropped_into_a_hollow_thing_stays_there(name, world):
    put(world, name)
    x = {"cabinet": 0.31}.get(name, 0.5)
    world.add(PEA, (x, 0.0, 0.2, 0, 0, 0))
    world.settle(1.0)
    x, y, z = (abs(v) for v in seen_from(world, name, "pea"))
    _, upper = bounds(world.body(name))
    assert z - RADIUS_M < upper[2]
    assert y < upper[1]
    assert name == "cabinet" or x < upper[0]  # whose drawer is drawn out


def seen_from(world, name, other):
    frame = to_matrix(world.pose(name))
    return frame[:3, :3].T @ (to_matrix(world.pose(other))[:3, 3] - frame[:3, 3])


@pytest.mark.parametrize("name", those_that_can("poured"))
def test_what_is_in_it_falls_out_when_it_is_tipped(name, robot, world):
    put(world, name)
    world.add(PEA, (0.5, 0.0, 0.1, 0, 0, 0))
    take(robot, name)
    assert world.pose("pea")[2] > 0.1
    rotate(robot, math.radians(90), 0, 0, 0)
    rotate(robot, math.radians(10), 0, 0, 0)
    world.settle(1.0)
    assert world.pose("pea")[2] < 0.01


@pytest.mark.parametrize("name", those_that_can("rolls"))
def test_a_rolling_thing_is_pushed_far_and_stops(name, robot, world):
    put(world, name, x=0.42)
    lower, _ = bounds(world.body(name))
    robot.execute(NO_MOTION, "closed")
    go(robot, (0.42 + lower[0] - 0.03, 0.0, 0.2))
    go(robot, (0.42 + lower[0] - 0.03, 0.0, 0.03))
    go(robot, (0.42 + lower[0] + 0.07, 0.0, 0.03))
    world.settle(2.0)
    start = world.pose(name)
    assert start[0] > 0.47
    world.settle(0.5)
    assert math.dist(start[:3], world.pose(name)[:3]) < 0.002


@pytest.mark.parametrize("name", those_that_can("turned"))
def test_a_hand_turns_it_about_the_vertical(name, robot, world):
    thing = put(world, name)
    go(robot, (0.5, 0.0, 0.25))
    go(robot, (0.5, 0.0, thing.grasp[2]))
    robot.execute(NO_MOTION, "closed")
    for _ in range(2):
        rotate(robot, 0, 0, 0, math.radians(90))
    robot.execute(NO_MOTION, "open")
    world.settle(0.5)
    pose = world.pose(name)
    assert abs(pose[5]) > math.radians(170)
    assert math.dist(pose[:3], (0.5, 0.0, 0.0)) < 0.02


@pytest.mark.parametrize("name", those_that_can("draws"))
@pytest.mark.parametrize("sheet", those_that_can("drawn on"))
def test_what_draws_leaves_ink_on_what_is_drawn_on(name, sheet, robot, world):
    put(world, sheet)
    put(world, name, 0.7)
    take(robot, name)
    assert not world.ink(sheet).any()
    above = world.pose(name)[2]
    at = world.commanded_pose
    go(robot, (0.5, 0.0, at[2]))
    go(robot, (0.5, 0.0, at[2] - above + bounds(world.body(sheet))[1][2] - 0.004))
    assert 0 < world.ink(sheet).mean() < 0.1


def test_a_spoon_is_put_into_a_mug(robot, world):
    put(world, "spoon", 0.42, 0.12)
    put(world, "mug", 0.52, -0.1, turn=2.0)
    take(robot, "spoon")
    rotate(robot, 0, math.radians(-45), 0, 0)
    mug = world.pose("mug")
    for height in (0.15, 0.05):
        end, at = point_of(world.pose("spoon"), (-0.06, 0, 0)), world.commanded_pose
        way = (mug[0] - end[0], mug[1] - end[1], height - end[2])
        go(robot, [a + b for a, b in zip(at, way, strict=False)])
    robot.execute(NO_MOTION, "open")
    world.settle(1.0)
    assert math.dist(world.pose("spoon")[:2], mug[:2]) < 0.045
    assert world.pose("spoon")[2] > 0.03
    assert tilt_rad(world.pose("mug")) < 0.1


def test_a_pen_that_was_pushed_stands_up_again(robot, world):
    put(world, "pen")
    world.set_pose("pen", (0.5, 0.0, 0.001, 0.5, 0, 0))
    world.settle(4.0)
    assert tilt_rad(world.pose("pen")) < math.radians(10)
