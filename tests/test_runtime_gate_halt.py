"""Halting at the gate: whatever the moment, the motion is cut and the connection stays."""

import sys
import threading

import pytest
from fake_robot import HOME, MOVE_S, TICKS, FakeRobot

from cliprt.errors import RobotError, UsageError
from cliprt.recipe.schema import GateSection
from cliprt.robots.interface import RobotBackend
from cliprt.runtime.gate import Gate
from cliprt.types import NO_MOTION

LEFT = (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0)


class PlainRobot(FakeRobot):
    """As a backend that has nothing but what every backend has."""

    halt = RobotBackend.halt
    watch = RobotBackend.watch
    halt_after = None


def ready_gate(backend=None, **limits):
    backend = backend or FakeRobot()
    gate = Gate(backend, GateSection(**limits))
    gate.connect()
    return gate, backend


def halt_at(gate, time_s, reason="enough"):
    def look(now_s):
        if now_s >= time_s and gate.state == "moving":
            gate.halt(reason)

    return look


def test_a_halted_motion_rests_on_its_way_and_the_next_one_starts_there():
    gate, backend = ready_gate()
    gate.watch(halt_at(gate, 0.25))
    outcome = gate.execute(LEFT, "closed")
    assert (gate.state, gate.reason) == ("stopped", "enough")
    assert outcome.refused is None
    assert outcome.stopped_after_s == pytest.approx(0.25)
    assert outcome.sent[1] == pytest.approx(0.1)
    assert outcome.measured[1] == pytest.approx(0.05)
    assert gate.execute(LEFT, None).refused == "state: the robot is stopped: enough"
    with pytest.raises(RobotError, match=r"stopped: enough\. Call connect"):
        gate.observe()
    assert not backend.stopped.is_set()
    gate.watch(None)
    gate.connect()
    assert (gate.state, gate.reason) == ("ready", "")
    assert gate.observe().gripper == "open"
    outcome = gate.execute(LEFT, None)
    assert outcome.stopped_after_s is None
    assert outcome.sent[1] == outcome.measured[1] == pytest.approx(0.15)


def test_hardware_goes_on_from_where_it_rests_not_from_where_it_was_sent():
    gate, _ = ready_gate(FakeRobot(simulated=False), max_step_m=0.3)
    gate.watch(halt_at(gate, 0.1))
    up = (0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0)
    assert gate.execute(up, None).stopped_after_s
    gate.watch(None)
    gate.connect()
    # From the target (z = 0.55 m) the workspace would end after 5 cm.
    assert gate.execute((0, 0, 0.2, 0, 0, 0, 0), None).refused is None


def test_halting_an_idle_robot_keeps_the_first_reason_until_connect():
    gate, _ = ready_gate()
    gate.halt("the page was closed")
    gate.halt("again")
    assert (gate.state, gate.reason) == ("stopped", "the page was closed")
    gate.connect()
    assert gate.execute(LEFT, None).refused is None


def test_a_halt_before_connect_or_after_a_fault_changes_no_state():
    gate = Gate(FakeRobot(drift=(0, 0, -0.5)), GateSection())
    gate.halt()
    assert gate.state == "disconnected"
    gate.connect()
    gate.execute(LEFT, None)
    assert gate.state == "faulted"
    gate.halt()
    assert gate.state == "faulted"
    gate.connect()
    assert gate.state == "ready"


def test_a_robot_that_cannot_halt_is_stopped_and_connected_anew():
    gate, backend = ready_gate(PlainRobot())
    gate.halt("enough")
    assert backend.stopped.is_set()
    assert gate.execute(LEFT, None).refused == "state: the robot is stopped: enough"
    gate.connect()
    assert gate.execute(LEFT, None).refused is None


def test_refused_motions_leave_a_halted_robot_halted():
    gate, _ = ready_gate()
    assert gate.execute((9.0, 0, 0, 0, 0, 0, 0), None).refused.startswith("step")
    gate.halt()
    assert gate.execute((9.0, 0, 0, 0, 0, 0, 0), None).refused.startswith("state")
    assert gate.execute("left", None).refused.startswith("motion")
    assert gate.state == "stopped"


def test_connect_waits_for_nobody_while_the_robot_comes_to_rest():
    entered, go_on = threading.Event(), threading.Event()

    def hold(call):
        entered.set()
        assert go_on.wait(5)

    gate, backend = ready_gate(FakeRobot(fail=hold))
    thread = threading.Thread(target=gate.execute, args=(LEFT, None))
    thread.start()
    assert entered.wait(5)
    halting = threading.Thread(target=gate.halt)
    halting.start()
    assert backend.halted.wait(5)
    with pytest.raises(RobotError, match="not at rest yet"):
        gate.connect()
    assert "moving" in gate.execute(LEFT, None).refused
    assert halting.is_alive()
    go_on.set()
    halting.join(5)
    thread.join(5)
    assert gate.state == "stopped"
    assert backend.tcp_pose[1] < 0.1
    gate.connect()
    assert gate.state == "ready"


def test_a_halt_while_connecting_is_kept():
    class SlowRobot(FakeRobot):
        def connect(self):
            super().connect()
            if meanwhile:
                meanwhile.pop()()

    meanwhile = []
    gate, backend = ready_gate(SlowRobot())
    gate.halt()
    meanwhile.append(lambda: gate.halt("wait"))
    gate.connect()
    assert gate.state == "stopped"
    assert gate.execute(LEFT, None).refused
    assert backend.executed == []
    gate.connect()
    assert gate.execute(LEFT, None).refused is None


@pytest.fixture
def restless_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_halt_cuts_within_a_tick_whenever_it_arrives(restless_threads):
    gate, backend = ready_gate(min_interval_s=0.0)
    gate.watch(lambda time_s: None)
    cut = 0
    for _ in range(400):
        backend.simulation.clear(0)
        halted, done = [], threading.Event()

        def halt(halted=halted, done=done):
            while gate.state == "ready" and not done.is_set():
                pass
            gate.halt()
            halted.append(backend.simulation.time_s)

        thread = threading.Thread(target=halt)
        thread.start()
        outcome = gate.execute(LEFT, None)
        done.set()
        thread.join()
        assert gate.state == "stopped"
        assert backend.simulation.time_s - halted[0] < 1.01 * MOVE_S / TICKS
        if outcome.refused:
            assert backend.tcp_pose == HOME
        elif outcome.stopped_after_s:
            cut += 1
            assert backend.tcp_pose[1] == pytest.approx(0.1 * outcome.stopped_after_s / MOVE_S)
        gate.connect()
        assert gate.state == "ready"
    assert cut > 0


def test_halts_that_race_with_connect_never_leave_a_ready_gate_over_a_halted_robot(
    restless_threads,
):
    gate, _ = ready_gate(min_interval_s=0.0)
    for _ in range(300):
        thread = threading.Thread(target=gate.halt)
        thread.start()
        gate.connect()
        thread.join()
        outcome = gate.execute(NO_MOTION, None)
        assert (outcome.refused is None) == (gate.state == "ready")
        gate.connect()


@pytest.mark.parametrize("error", [ValueError("no picture"), KeyboardInterrupt()])
def test_who_looks_on_and_fails_halts_the_robot(error):
    def look(time_s):
        if time_s > 0.2:
            raise error

    gate, backend = ready_gate()
    gate.watch(look)
    with pytest.raises(type(error)):
        gate.execute(LEFT, None)
    assert gate.state == "stopped"
    assert "who looked on failed" in gate.reason
    assert 0 < backend.tcp_pose[1] < 0.1
    assert not backend.stopped.is_set()
    gate.watch(None)
    gate.connect()
    assert gate.execute(NO_MOTION, None).refused is None


def test_a_robot_that_fails_is_still_a_fault_while_somebody_looks_on():
    def fail(call):
        raise OSError("drive 3")

    gate, _ = ready_gate(FakeRobot(fail=fail))
    gate.watch(lambda time_s: None)
    with pytest.raises(RobotError, match="drive 3"):
        gate.execute(LEFT, None)
    assert gate.state == "faulted"


def test_a_cut_motion_can_be_made_again_and_nobody_has_to_connect():
    gate, backend = ready_gate(min_interval_s=0.0)
    gate.watch(halt_at(gate, 0.3))
    outcome = gate.execute(LEFT, None)
    gate.watch(None)
    gate.connect()
    backend.simulation.clear(0)
    gate.halt_after(outcome.stopped_after_s)
    assert gate.execute(LEFT, None) == outcome
    assert gate.state == "ready"
    assert gate.execute(LEFT, None).stopped_after_s is None


def test_only_a_simulated_robot_makes_cut_motions_again():
    class HardRobot(RobotBackend):
        connect = observe = stop = lambda self: None

        def execute(self, motion, gripper):
            """Nothing."""

    with pytest.raises(UsageError, match="only a simulated robot"):
        Gate(HardRobot(), GateSection()).halt_after(0.1)
    assert Gate(HardRobot(), GateSection()).project([[0, 0, 0]], "scene") is None


def test_a_robot_that_stops_by_itself_stands_until_a_person_has_cleared_it():
    gate, backend = ready_gate()
    gate.watch(lambda time_s: backend.trip("protective stop: it hit something"))
    outcome = gate.execute(LEFT, None)
    assert outcome.stopped_because == "protective stop: it hit something"
    assert outcome.stopped_after_s
    assert (gate.state, gate.reason) == ("stopped", "protective stop: it hit something")
    assert not backend.stopped.is_set()
    gate.watch(None)
    assert gate.execute(LEFT, None).refused.startswith("state: the robot is stopped: protective")
    backend.trip("the emergency stop is pressed")
    with pytest.raises(RobotError, match="emergency"):
        gate.connect()
    assert (gate.state, gate.reason) == ("stopped", "the emergency stop is pressed")
    backend.clear()
    assert gate.execute(LEFT, None).refused
    gate.connect()
    assert (gate.state, gate.reason) == ("ready", "")
    rest = outcome.measured[1]
    assert gate.execute(LEFT, None).measured[1] == pytest.approx(rest + 0.1)


def test_a_robot_that_stopped_while_nobody_moved_it_says_so_at_the_next_motion():
    gate, backend = ready_gate(FakeRobot(simulated=False))
    backend.trip("the emergency stop is pressed")
    gate.observe()
    outcome = gate.execute(LEFT, "closed")
    assert outcome.refused == outcome.stopped_because == "the emergency stop is pressed"
    assert gate.state == "stopped"
    assert not backend.executed


def test_the_robots_own_reason_wins_over_a_halt_and_over_where_it_ended():
    backend = FakeRobot(drift=(0, 0, -0.5))
    gate, _ = ready_gate(backend)

    def look(time_s):
        gate.halt("enough")
        backend.trip("collision")

    gate.watch(look)
    gate.execute(LEFT, None)
    assert (gate.state, gate.reason) == ("stopped", "collision")
