"""The simulated arm keeps up with what a controller tells of its own, and feels what it holds."""

from dataclasses import replace

import numpy as np
import pytest

from cliprt.robots.world import Body, Link, Part
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.grippers.interface import GripperReport
from cliprt_ur.testing.twin import SETTLE_S, ArmTwin, build_simulator

pytest.importorskip("pybullet")

PERIOD_S = 0.02
STEP_S = 1 / 240
CUBE = Body("cube", (Link("cube", (Part("box", (0.04,) * 3),)),))


class Telling:
    """What a controller would tell, moment by moment."""

    def __init__(self, joints):
        self.time_s, self.joints = 1000.0, np.array(joints)
        self.report = GripperReport("open", 0.085, False)

    def __call__(self, passed_s=PERIOD_S, joints=None, report=None):
        self.time_s += passed_s
        self.joints = self.joints if joints is None else np.array(joints)
        self.report = report or self.report
        zeros = (0.0,) * 6
        told = tuple(self.joints.tolist())
        return Telemetry(self.time_s, 0.0, zeros, told, 0.0, 1, 7, 2, 3, 1.0, self.report)


@pytest.fixture(scope="module")
def simulator():
    simulator = build_simulator(image_size=32)
    simulator.connect()
    yield simulator
    simulator.stop()


@pytest.fixture
def blocked():
    return []


@pytest.fixture
def twin(simulator, blocked):
    simulator.simulation.clear(0)
    return ArmTwin(simulator, blocked.append)


@pytest.fixture
def tell(twin, simulator):
    tell = Telling(simulator.commanded_joints)
    twin.join(tell(0.0))
    return tell


def lead(twin, tell, change, seconds=0.5):
    """Turn the joints by `change` (6,) [rad], told every 20 ms."""
    count = round(seconds / PERIOD_S)
    for _ in range(count):
        twin.show(tell(joints=tell.joints + np.array(change) / count))


def test_time_passes_by_the_controllers_clock(simulator, twin, tell):
    started_s, told_s = simulator.simulation.time_s, tell.time_s
    for passed_s in np.random.default_rng(0).uniform(0, 0.06, 40):
        twin.show(tell(passed_s, joints=tell.joints + 0.001))
        behind_s = (tell.time_s - told_s) - (simulator.simulation.time_s - started_s)
        assert -1e-9 < behind_s < STEP_S


def test_a_hurried_controller_is_followed_in_the_worlds_time(simulator, blocked):
    simulator.simulation.clear(0)
    hurried = ArmTwin(simulator, blocked.append, time_scale=0.1)
    tell = Telling(simulator.commanded_joints)
    hurried.join(tell(0.0))
    lead(hurried, tell, [0.3, 0, 0, 0, 0, 0], seconds=0.1)
    assert simulator.simulation.time_s == pytest.approx(1.0, abs=STEP_S)
    assert simulator.observe().joints[0] == pytest.approx(tell.joints[0], abs=0.02)


def test_the_arm_is_where_it_was_told_however_late(simulator, twin, tell):
    lead(twin, tell, [0.2, -0.1, 0.1, 0, 0, 0.3])
    twin.show(tell(0.7, joints=tell.joints - [0.1, 0, 0, 0, 0, 0.1]))
    twin.settle(tell())
    assert np.abs(np.array(simulator.observe().joints) - tell.joints).max() < 1e-3
    assert simulator.commanded_joints == pytest.approx(tuple(tell.joints), abs=1e-12)


def test_an_idle_hour_is_not_simulated(simulator, twin, tell):
    started_s = simulator.simulation.time_s
    twin.show(tell(3600.0))
    assert simulator.simulation.time_s == started_s
    lead(twin, tell, [0.1] * 6)
    assert simulator.simulation.time_s - started_s == pytest.approx(0.5, abs=STEP_S)


def test_settling_is_paid_back(simulator, twin, tell):
    started_s, told_s = simulator.simulation.time_s, tell.time_s
    for _ in range(10):
        twin.settle(tell(joints=tell.joints + 0.01))
        lead(twin, tell, [0.05] * 6)
    ahead_s = (simulator.simulation.time_s - started_s) - (tell.time_s - told_s)
    assert ahead_s <= SETTLE_S + STEP_S


def test_settling_waits_for_the_fingers(simulator, twin, tell):
    twin.settle(tell(report=GripperReport("closed", 0.0, False, False)))
    assert simulator.simulation.gripper_opening_m < 0.002
    twin.settle(tell(report=GripperReport("open", 0.085, False, False)))
    assert simulator.simulation.gripper_opening_m > 0.083


def close(twin, tell):
    """Fingers that close in half a second, as the controller's gripper reports it."""
    for opening in np.linspace(0.085, 0.0, 25):
        twin.show(tell(report=GripperReport("closed", opening, True)))


def test_what_the_fingers_close_on_is_told_once(simulator, twin, tell, blocked):
    x, y, z = simulator.simulation.tcp_pose[:3]
    shelf = Body("shelf", (Link("shelf", (Part("box", (0.1, 0.1, 0.02)),)),), fixed=True)
    simulator.simulation.add(shelf, (x, y, z - 0.03, 0, 0, 0))
    simulator.simulation.add(CUBE, (x, y, z, 0, 0, 0))
    close(twin, tell)
    assert len(blocked) == 1
    assert blocked[0] == pytest.approx(0.04, abs=0.002)
    held = GripperReport("closed", blocked[0], False, True)
    twin.show(tell(report=held))
    lead(twin, tell, [0.3, 0, 0, 0, 0, 0])
    twin.settle(tell())
    at = np.array(simulator.simulation.tcp_pose[:3])
    assert np.abs(np.array(simulator.simulation.pose("cube")[:3]) - at).max() < 0.01
    twin.settle(tell(0.3, report=GripperReport("open", 0.085, False)))
    assert blocked[1:] == [None]


def test_the_fingers_wait_for_the_arm_however_late_both_are_heard_of(simulator, twin, tell):
    lead(twin, tell, [0.1, 0, 0, 0, 0, 0])
    late = tell(0.1, joints=tell.joints + np.array([0.1, 0, 0, 0, 0, 0]))
    openings = []
    simulator.simulation.on_moving = lambda _: openings.append(
        simulator.simulation.gripper_opening_m
    )
    twin.show(replace(late, gripper=GripperReport("closed", 0.08, True)))
    simulator.simulation.on_moving = None
    assert np.abs(np.array(simulator.observe().joints) - late.joints).max() < 1e-3
    assert min(openings) > 0.08
    assert simulator.simulation.gripper == "closed"


def test_fingers_that_close_on_nothing_tell_nothing(simulator, twin, tell, blocked):
    close(twin, tell)
    twin.settle(tell(report=GripperReport("closed", 0.0, False, False)))
    assert blocked == []
    assert simulator.simulation.gripper_opening_m < 0.002


def test_a_gripper_that_was_held_half_way_stays_there(simulator, twin, tell, blocked):
    twin.show(tell(0.02, report=GripperReport("closed", 0.075, True)))
    for _ in range(20):
        twin.show(tell(report=GripperReport("closed", 0.05, False)))
    assert simulator.simulation.gripper_opening_m == pytest.approx(0.05, abs=0.002)
    assert simulator.simulation.gripper == "closed"
    assert blocked == []


def test_a_scene_that_moves_the_arm_is_noticed(simulator, twin, tell):
    lead(twin, tell, [0.1] * 6)
    assert not twin.is_elsewhere
    twin.settle(tell(2.0))
    assert not twin.is_elsewhere
    assert simulator.simulation.move_home((0.4, 0.1, 0.2, 0, np.pi, 0))
    assert twin.is_elsewhere
    twin.join(tell(joints=simulator.commanded_joints))
    assert not twin.is_elsewhere


def test_a_scene_that_opens_the_gripper_is_noticed(simulator, twin, tell):
    simulator.simulation.clear(1)
    twin.join(tell(joints=simulator.commanded_joints))
    close(twin, tell)
    simulator.simulation.clear(1)
    assert twin.is_elsewhere


def test_a_snapshot_brings_the_arm_back(simulator, twin, tell):
    snapshot = simulator.simulation.snapshot()
    assert not twin.is_elsewhere
    lead(twin, tell, [0.1] * 6)
    simulator.simulation.restore(snapshot)
    assert twin.is_elsewhere
