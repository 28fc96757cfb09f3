"""The simulated Robotiq: its fingers take time, stop at things, and fail as told."""

import pytest

from cliprt_ur.testing.robotiq import CLOSED_AT, OPEN_AT, STROKE_M, RobotiqServer


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> RobotiqServer:
    return RobotiqServer(clock=clock)


def test_fingers_take_their_time(server: RobotiqServer, clock: Clock) -> None:
    assert server.answer("SET POS 255 SPE 255 FOR 30 GTO 1\n") == "ack"
    clock.now += 0.2
    assert server.answer("GET OBJ\n") == "OBJ 0\n"
    assert server.opening_m == pytest.approx(STROKE_M - 0.2 * 0.15)
    assert server.last_moved_s == clock.now
    clock.now += 2.0
    assert server.answer("GET OBJ\n") == "OBJ 3\n"
    assert server.answer("GET POS\n") == f"POS {CLOSED_AT}\n"
    assert server.last_moved_s == pytest.approx(100.0 + STROKE_M / 0.15)
    server.answer("SET POS 0 SPE 255\n")
    clock.now += 1.0
    assert server.answer("GET POS\n") == f"POS {OPEN_AT}\n"


def test_fingers_stop_at_what_lies_between(server: RobotiqServer, clock: Clock) -> None:
    server.blocked_m = 0.03
    server.answer("SET POS 255\n")
    clock.now += 3.0
    assert server.answer("GET OBJ\n") == "OBJ 2\n"
    assert server.opening_m == pytest.approx(0.03)
    server.blocked_m = None
    clock.now += 3.0
    assert server.opening_m == pytest.approx(0.0)


def test_hold_ends_the_motion(server: RobotiqServer, clock: Clock) -> None:
    server.answer("SET POS 255\n")
    clock.now += 0.1
    server.answer("SET GTO 0\n")
    rest = server.opening_m
    clock.now += 1.0
    assert server.opening_m == rest
    assert 0 < rest < STROKE_M
    assert server.last_moved_s == pytest.approx(100.1)
    server.answer("SET GTO 1\n")
    clock.now += 1.0
    assert server.opening_m == pytest.approx(0.0)


def test_nothing_moves_before_activation(clock: Clock) -> None:
    server = RobotiqServer(active=False, clock=clock)
    server.answer("SET POS 255 GTO 1\n")
    clock.now += 1.0
    assert server.opening_m == STROKE_M
    assert server.answer("GET FLT\n") == "FLT 7\n"
    server.answer("SET ACT 0\n")
    server.answer("SET ACT 1\n")
    clock.now += 3.0
    assert (server.answer("GET STA\n"), server.answer("GET FLT\n")) == ("STA 3\n", "FLT 0\n")


def test_faults_stop_the_fingers(server: RobotiqServer, clock: Clock) -> None:
    server.answer("SET POS 255\n")
    clock.now += 0.1
    server.fail(14)
    rest = server.opening_m
    clock.now += 1.0
    assert server.opening_m == rest
    server.is_dead = True
    assert server.answer("GET POS\n") == "POS ?\n"
    server.clear()
    assert server.state()["FLT"] == 0


def test_power_that_returns_moves_nothing(server: RobotiqServer, clock: Clock) -> None:
    server.answer("SET POS 255\n")
    clock.now += 0.1
    server.is_dead = True
    rest = server.opening_m
    server.clear()
    clock.now += 1.0
    assert server.opening_m == rest
    assert server.answer("GET STA\n") == "STA 0\n"


def test_nonsense_is_ignored(server: RobotiqServer) -> None:
    assert server.answer("HELLO\n") == ""
    assert server.answer("SET POS\n") == ""
    assert server.answer("GET XYZ\n") == "XYZ ?\n"
