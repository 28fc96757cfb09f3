"""The simulated robot comes to rest when halted, can repeat a cut motion, and may be looked on."""

import threading

import numpy as np
import pytest
from robot_scene import ROUTINE, build_scene, run, state

from cliprt.errors import RobotError, UsageError
from cliprt.geometry import distance
from cliprt.recipe.schema import GateSection
from cliprt.robots.ink import Canvas, Pen
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Link, Part
from cliprt.runtime.gate import Gate
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")

LEFT = (0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0)
REST_S = 0.1
MOTIONS = [step for step in ROUTINE if max(map(abs, step[0])) < 1]
MOTIONS.append(((0.1, -0.15, -0.05, 0.3, 0, 0, 0), "closed"))


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=32) as robot:
        yield robot


@pytest.fixture
def world(robot):
    robot.watch(None)
    robot.connect()
    robot.simulation.clear(0)
    return robot.simulation


def speeds(before, after, seconds):
    """Of the pinch point [m/s, rad/s] and the fingers [m/s]."""
    metres, radians = distance(before[0], after[0])
    return metres / seconds, radians / seconds, abs(before[1] - after[1]) / seconds


def seen(world):
    return world.tcp_pose, world.gripper_opening_m


def cut_randomly(robot, rng):
    """Halt one motion of the routine at a random physics step; how it went."""
    world = robot.simulation
    build_scene(world)
    number = int(rng.integers(len(MOTIONS)))
    run(robot, MOTIONS[:number])
    before = world.snapshot()
    motion, gripper = MOTIONS[number]
    start_s = world.time_s
    robot.execute(motion, gripper)
    whole_s = world.time_s - start_s
    world.restore(before)
    robot.halt_after(rng.uniform(0.004, whole_s))
    return before, (motion, gripper), start_s, robot.execute(motion, gripper)


def test_random_cuts_rest_in_time_and_repeat_bit_for_bit(robot, world):
    rng = np.random.default_rng(0)
    cuts = 0
    while cuts < 12:
        before, step, start_s, outcome = cut_randomly(robot, rng)
        assert outcome.refused is None
        if outcome.stopped_after_s is None:
            continue
        cuts += 1
        assert world.time_s - start_s - outcome.stopped_after_s <= REST_S
        metres, radians = distance(world.commanded_pose, world.tcp_pose)
        assert metres < 0.001
        assert radians < 0.01
        there, rest = state(robot), seen(world)
        world.settle(0.1)
        assert max(speeds(rest, seen(world), 0.1)) < 0.01
        world.restore(before)
        robot.halt_after(outcome.stopped_after_s)
        assert robot.execute(*step) == outcome
        assert state(robot) == there


def test_a_halt_while_moving_equals_its_repetition(robot, world):
    build_scene(world)
    snapshot = world.snapshot()
    halt_s = world.time_s + 0.3
    robot.watch(lambda time_s: robot.halt() if time_s >= halt_s else None)
    halted = robot.execute(LEFT, "closed")
    rest = state(robot)
    assert halted.stopped_after_s == pytest.approx(0.3)
    assert 0.01 < halted.measured[1] < 0.19
    assert robot.execute(LEFT, None).refused == "the robot was halted. Call connect() to go on"
    assert state(robot) == rest
    robot.watch(None)
    robot.connect()
    assert state(robot) == rest
    world.restore(snapshot)
    robot.halt_after(halted.stopped_after_s)
    assert robot.execute(LEFT, "closed") == halted
    assert state(robot) == rest


def test_a_halt_from_another_thread_ends_the_motion(robot, world):
    world.clear(0)
    robot.execute(LEFT, None)
    whole_s = world.time_s
    for delay_s in np.linspace(0, 0.01, 5):
        world.clear(0)
        timer = threading.Timer(delay_s, robot.halt)
        timer.start()
        outcome = robot.execute(LEFT, None)
        timer.join()
        if outcome.refused is None and outcome.stopped_after_s is not None:
            if outcome.stopped_after_s < whole_s - REST_S:  # else the arm may be there already
                assert outcome.measured[1] < 0.2
            assert world.time_s - outcome.stopped_after_s <= REST_S
        assert robot.execute(LEFT, None).refused
        robot.connect()


def test_fingers_stop_half_way_and_go_on_when_told(robot, world):
    robot.halt_after(0.1)
    outcome = robot.execute(NO_MOTION, "closed")
    assert outcome.stopped_after_s == pytest.approx(0.1)
    half = world.gripper_opening_m
    assert 0.03 < half < 0.08
    # What it was told last; the opening is what was reached.
    assert world.gripper == "closed"
    snapshot = world.snapshot()
    world.settle(0.5)
    assert world.gripper_opening_m == pytest.approx(half, abs=1e-3)
    world.restore(snapshot)
    world.settle(0.5)
    assert world.gripper_opening_m == pytest.approx(half, abs=1e-3)
    robot.execute((0, 0, 0.05, 0, 0, 0, 0), None)
    assert world.gripper_opening_m == pytest.approx(half, abs=1e-3)
    robot.execute(NO_MOTION, "closed")
    assert world.gripper_opening_m < 0.002
    robot.execute(NO_MOTION, "open")
    assert world.gripper_opening_m > 0.08


def test_a_held_cube_stays_held_when_the_arm_is_halted(robot, world):
    build_scene(world)
    run(robot, ROUTINE[:2])
    robot.halt_after(0.1)
    outcome = robot.execute((0, 0, 0.15, 0, 0, 0, 0), None)
    assert outcome.stopped_after_s == pytest.approx(0.1)
    assert world.contact_force("cube") > 10
    robot.execute((0, 0, 0.1, 0, 0, 0, 0), None)
    assert world.pose("cube")[2] > 0.1


def test_halting_a_push_stops_pushing(robot, world):
    part = Part("box", (0.1, 0.3, 0.4), (0, 0, 0.2, 0, 0, 0))
    world.add(Body("wall", (Link("wall", (part,)),), fixed=True), (0.60, 0, 0, 0, 0, 0))
    robot.watch(lambda _: robot.halt() if world.contact_force("wall") > 20 else None)
    outcome = robot.execute((0.2, 0, 0, 0, 0, 0, 0), None)
    assert outcome.stopped_after_s is not None
    assert distance(world.commanded_pose, world.tcp_pose)[0] < 0.002
    assert world.contact_force("wall") < 50


def test_a_cut_is_planned_for_one_motion_only(robot, world):
    robot.halt_after(0.1)
    assert robot.execute((0, 0, -1, 0, 0, 0, 0), None).refused
    assert robot.execute(LEFT, None).stopped_after_s is None
    robot.halt_after(60)
    assert robot.execute(tuple(-x for x in LEFT), None).stopped_after_s is None
    for wrong in (0, -1, float("nan"), "soon"):
        with pytest.raises(UsageError, match="halt_after"):
            robot.halt_after(wrong)


def test_halting_what_is_not_connected_does_nothing():
    robot = PyBulletBackend()
    robot.halt()
    robot.watch(print)
    with pytest.raises(RobotError, match="not connected"):
        robot.project(np.zeros((1, 3)), "wrist")


def test_looking_on_comes_regularly_and_changes_no_bit(robot):
    build_scene(robot.simulation)
    alone = run(robot)
    times = []

    def look(time_s):
        times.append(time_s)
        assert robot.simulation.time_s == time_s
        if len(times) % 9 == 0:
            robot.observe()
            robot.render(48, 32, "overview", shadows=True)

    build_scene(robot.simulation)
    robot.watch(look)
    assert run(robot) == alone
    robot.watch(None)
    gaps = np.diff(times)
    assert np.allclose(gaps, 1 / 60)
    assert times[-1] == pytest.approx(robot.simulation.time_s, abs=1 / 60)


def test_looking_on_while_writing_changes_no_bit(robot, world):
    def write():
        world.clear(0)
        paper = Part("box", (0.3, 0.3, 0.01))
        world.add(Body("paper", (Link("paper", (paper,)),), fixed=True), (0.5, 0, 0.005, 0, 0, 0))
        pen = Body("pen", (Link("pen", (Part("box", (0.03, 0.03, 0.1)),)),))
        world.add(pen, (0.45, 0, 0.061, 0, 0, 0.1))
        world.add_canvas(Canvas("paper", (0, 0, 0.005, 0, 0, 0), (0.3, 0.3)))
        world.add_tool(Pen("pen", (0, 0, -0.05), 0.03))
        steps = [((0, 0, -0.19, 0, 0, 0, 0), None), (NO_MOTION, "closed"), (LEFT, None)]
        return [robot.execute(*step) for step in steps], world.pose("pen"), world.ink("paper")

    alone = write()
    robot.watch(lambda time_s: robot.render(32, 32))
    looked_on = write()
    assert alone[:2] == looked_on[:2]
    assert (alone[2] == looked_on[2]).all()
    assert alone[2].any()


def test_an_exception_from_who_looks_on_brings_the_arm_to_rest_and_comes_out(robot, world):
    def look(time_s):
        if time_s > 0.3:
            raise ValueError("no picture")

    robot.watch(look)
    with pytest.raises(ValueError, match="no picture"):
        robot.execute(LEFT, None)
    robot.watch(None)
    assert distance(world.commanded_pose, world.tcp_pose)[0] < 1e-3
    rest = seen(world)
    assert 0 < rest[0][1] < 0.19
    world.settle(0.1)
    assert max(speeds(rest, seen(world), 0.1)) < 1e-3
    assert robot.execute(LEFT, None).stopped_after_s is None


def test_watchers_survive_a_new_connection():
    times = []
    with Gate(PyBulletBackend(cameras=()), GateSection()) as gate:
        gate.watch(times.append)
        gate.stop()
        gate.connect()
        gate.simulation.settle(0.1)
        assert len(times) == 6
        gate.halt("look")
        assert gate.simulation.time_s == pytest.approx(0.1)
        assert gate.render(16, 16) is not None
        assert gate.execute(LEFT, None).refused == "state: the robot is stopped: look"
        gate.connect()
        gate.halt_after(0.2)
        assert gate.execute(LEFT, None).stopped_after_s == pytest.approx(0.2)
        assert gate.state == "ready"
