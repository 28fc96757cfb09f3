"""The same calls give the same bits: after a clear, after a restore, in another process."""

import gc
import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from robot_scene import ROUTINE, build_scene, run, state

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=32) as robot:
        yield robot


def test_clear_forgets_whatever_happened(robot):
    build_scene(robot.simulation)
    first = run(robot)
    robot.simulation.move_home((0.5, 0.1, 0.1, 0, 3.0, 0))
    robot.execute((0.1, 0, -0.05, 0, 0, 0, 0), "closed")
    build_scene(robot.simulation)
    assert run(robot) == first


def test_other_processes_agree(robot):
    build_scene(robot.simulation)
    here = hashlib.sha256(repr(run(robot)).encode()).hexdigest()
    script = Path(__file__).with_name("robot_scene.py")
    there = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    # The whole output: PyBullet's own messages must not be among it.
    assert there.stdout == here + "\n"
    assert there.stderr == ""


@pytest.mark.parametrize("steps", [0, 2, 5, 8])
def test_what_follows_a_snapshot_follows_every_restore(robot, steps):
    world = robot.simulation
    build_scene(world)
    run(robot, ROUTINE[:steps])
    before = state(robot)
    snapshot = world.snapshot()
    kept = state(robot)
    # The robot's numbers are exact; free bodies may be rounded in their last digit.
    assert kept[:6] == before[:6]
    assert kept[9:] == before[9:]
    for i in (6, 7):
        assert kept[i] == pytest.approx(before[i], abs=1e-12)
    future = run(robot, ROUTINE[steps:])
    for _ in range(2):
        run(robot, ROUTINE[3:6])
        world.restore(snapshot)
        assert state(robot) == kept
        assert run(robot, ROUTINE[steps:]) == future


def test_snapshots_survive_clear_and_travel(robot):
    build_scene(robot.simulation)
    run(robot, ROUTINE[:3])
    snapshot = robot.simulation.snapshot()
    future = run(robot, ROUTINE[3:])
    robot.simulation.clear(0)
    robot.simulation.restore(snapshot)
    assert run(robot, ROUTINE[3:]) == future
    with PyBulletBackend(image_size=32) as other:
        other.simulation.restore(pickle.loads(pickle.dumps(snapshot)))
        assert run(other, ROUTINE[3:]) == future


def test_a_grasp_holds_through_a_restore(robot):
    build_scene(robot.simulation)
    run(robot, ROUTINE[:3])
    snapshot = robot.simulation.snapshot()
    force = robot.simulation.contact_force("cube")
    height = robot.simulation.pose("cube")[2]
    robot.execute(NO_MOTION, "open")
    robot.simulation.restore(snapshot)
    assert robot.simulation.contact_force("cube") == force > 10
    robot.simulation.settle(1.0)
    assert robot.simulation.pose("cube")[2] == pytest.approx(height, abs=0.002)


def test_many_snapshots_cost_the_simulator_nothing(robot):
    robot.simulation.clear(0)
    for _ in range(20):
        robot.simulation.snapshot()
    gc.collect()
    robot.execute((0, 0, 0.01, 0, 0, 0, 0), None)
    assert robot.simulation.commanded_pose[2] == pytest.approx(0.26)
