"""When a stop returns, nothing moves any more, and no later robot is reached by what it ended."""

import copy
import gc
import os
import pickle
import threading
import time

import pytest
from fake_robot import FakeRobot

from cliprt.errors import CliprtError, RobotError, UsageError
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.client import PhysicsClient, silenced
from cliprt.runtime import motion as motion_module
from cliprt.runtime.gate import Gate
from cliprt.types import NO_MOTION

pytest.importorskip("pybullet")

LEFT = (0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0)


def build_gate(**options):
    gate = Gate(PyBulletBackend(cameras=(), **options), GateSection())
    gate.connect()
    return gate


def start_moving(gate, go_on=None):
    """A thread in the middle of a motion, where it waits for `go_on`; and what becomes of it."""
    moving, outcomes = threading.Event(), []

    def look_on(time_s):
        moving.set()
        if go_on:
            go_on.wait(20)

    gate.watch(look_on)
    thread = threading.Thread(target=lambda: outcomes.append(gate.execute(LEFT, "closed")))
    thread.start()
    assert moving.wait(20)
    return thread, outcomes


def check_that_nobody_moves_the_next_robot(rounds):
    for number in range(rounds):
        stopped, go_on = build_gate(speed_m_s=0.05), threading.Event()
        is_waited_for = number % 2 == 1
        thread, outcomes = start_moving(stopped, None if is_waited_for else go_on)
        world = stopped.simulation
        (stopped if is_waited_for else stopped._backend).stop()
        robot = build_gate()
        go_on.set()
        thread.join(20)
        assert robot.simulation.time_s == 0
        assert robot.simulation.tcp_pose == build_pose(robot)
        with pytest.raises(RobotError, match=r"stopped.*Call connect\(\) first"):
            world.settle(0.1)
        with pytest.raises(RobotError, match=r"Call connect\(\) first"):
            world.clear(0)
        assert not is_waited_for or "state: stopped while moving" in outcomes[0].refused
        assert robot.execute(LEFT, None).refused is None
        robot.stop()


def build_pose(robot):
    """Where a robot is that nobody has moved."""
    robot.simulation.clear(0)
    return robot.simulation.tcp_pose


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_robot_stopped_while_moving_never_moves_the_next_one():
    check_that_nobody_moves_the_next_robot(6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_robot_stopped_while_moving_never_moves_the_next_one_in_200_rounds():
    check_that_nobody_moves_the_next_robot(200)


def test_a_client_that_ended_calls_nothing_any_more():
    client = PhysicsClient()
    step = client.stepSimulation
    client.disconnect()
    client.disconnect()
    with PyBulletBackend(cameras=()) as robot:
        for call in (step, client.resetSimulation, client.getNumBodies):
            with pytest.raises(RobotError, match="its world is no more"):
                call()
        assert robot.observe().tcp_pose


@pytest.mark.parametrize("stop", [Gate.halt, Gate.stop])
def test_a_stop_returns_when_the_motion_has_ended(stop):
    class Busy(FakeRobot):
        is_busy = False

        def execute(self, motion, gripper):
            self.is_busy = True
            try:
                return super().execute(motion, gripper)
            finally:
                time.sleep(0.01)
                self.is_busy = False

    backend = Busy()
    gate = Gate(backend, GateSection())
    for _ in range(5):
        gate.connect()
        backend.simulation.clear(0)
        thread, _ = start_moving(gate)
        stop(gate)
        assert not backend.is_busy
        thread.join(5)


def test_a_motion_that_does_not_end_is_not_waited_for_without_end(monkeypatch, caplog):
    monkeypatch.setattr(motion_module, "REST_S", 0.01)
    go_on, entered = threading.Event(), threading.Event()

    def hang(call):
        entered.set()
        go_on.wait(20)

    gate = Gate(FakeRobot(fail=hang), GateSection())
    gate.connect()
    thread = threading.Thread(target=gate.execute, args=(LEFT, None))
    thread.start()
    assert entered.wait(5)
    gate.halt()
    assert "the robot was stopped and is not at rest 0.01 s later" in caplog.text
    with pytest.raises(RobotError, match="not at rest yet"):
        gate.connect()
    go_on.set()
    thread.join(5)


def test_a_stop_while_connecting_lets_go_again():
    class Slow(FakeRobot):
        def connect(self):
            super().connect()
            gate.stop()

    backend = Slow()
    gate = Gate(backend, GateSection())
    gate.connect()
    assert (gate.state, gate.reason) == ("stopped", "stop was asked for")
    assert backend.stopped.is_set()


@pytest.mark.parametrize("call", ["connect", "stop", "halt", "render", "project"])
def test_what_a_backend_raises_comes_out_in_words_with_its_cause(call):
    class Raw(FakeRobot):
        def fail(self, *_):
            raise AttributeError("'NoneType' object has no attribute 'step'")

        def render(self, width, height, camera="scene"):
            """Never reached."""

        def project(self, points_m, camera):
            """Never reached."""

    gate = Gate(Raw(), GateSection())
    setattr(gate._backend, call, gate._backend.fail)
    arguments = {"render": (8, 8), "project": ([[0, 0, 0]], "scene")}.get(call, ())
    with pytest.raises(RobotError, match="the robot failed: AttributeError: 'NoneType'") as caught:
        getattr(gate, call)(*arguments)
    assert isinstance(caught.value.__cause__, AttributeError)


def test_connecting_around_a_stop_raises_only_what_is_meant_for_people():
    gate, raised = build_gate(), []

    def connect():
        for _ in range(15):
            try:
                gate.connect()
                gate.observe()
            except CliprtError:
                pass
            except BaseException as error:
                raised.append(error)

    threads = [threading.Thread(target=connect) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        gate.stop()
    assert raised == []
    gate.stop()


def test_silence_in_two_threads_at_once_ends():
    before = [os.fstat(number) for number in (1, 2)]
    both, one_left = threading.Event(), threading.Event()

    def first():
        with silenced():
            started.set()
            both.wait(0.2)
        one_left.set()

    def second():
        with silenced():
            both.set()
            one_left.wait(0.2)

    started = threading.Event()
    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    started.wait(5)
    threads[1].start()
    for thread in threads:
        thread.join(5)
    assert [os.fstat(number) for number in (1, 2)] == before


def test_silence_within_silence_ends():
    before = os.fstat(1)
    with silenced(), silenced():
        assert os.fstat(1) != before
    assert os.fstat(1).st_ino == before.st_ino


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_there_is_one_of_says_so_when_it_is_copied(copied):
    backend = PyBulletBackend(cameras=())
    client = PhysicsClient()
    for thing in (backend, Gate(backend, GateSection()), FakeRobot(), client):
        with pytest.raises(UsageError, match=r"cannot be copied or pickled.*Build another"):
            copied(thing)
    client.disconnect()
    gc.collect()


def test_a_stopped_gate_answers_every_motion_by_words():
    gate = build_gate()
    gate.stop()
    assert gate.execute(NO_MOTION, None).refused == (
        "state: the robot is stopped: stop was asked for"
    )
