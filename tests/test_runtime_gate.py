"""The gate: nothing unsafe reaches a robot, and every refusal names its limit."""

import math
import threading

import numpy as np
import pytest
from fake_robot import HOME, FakeRobot
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import RobotError
from cliprt.recipe.schema import GateSection
from cliprt.runtime.gate import Gate
from cliprt.runtime.limits import find_violation
from cliprt.types import NO_MOTION

LIMITS = GateSection()
INSIDE = (0.4, 0.1, 0.2, 0.0, 3.0, 0.0)


def move(x=0.0, y=0.0, z=0.0, roll=0.0, pitch=0.0, yaw=0.0, grip=0.0):
    return (x, y, z, roll, pitch, yaw, grip)


def is_inside(position, slack=2e-6):
    return all(
        a - slack <= p <= b + slack
        for p, a, b in zip(position, LIMITS.lower, LIMITS.upper, strict=False)
    )


def ready_gate(limits=LIMITS, **options):
    backend = FakeRobot(**options)
    gate = Gate(backend, limits)
    gate.connect()
    return gate, backend


@pytest.mark.parametrize(
    ("motion", "gripper", "text"),
    [
        (move(z=-0.22), None, "workspace: z would be -0.020 m, below the limit 0.005 m"),
        (move(x=0.29), "open", None),
        (move(y=0.25), None, None),
        (move(x=0.31), None, "step: 0.310 m long, above the limit 0.300 m"),
        (move(x=0.2, y=0.2, z=0.2), None, "step: 0.346 m long, above the limit 0.300 m"),
        (move(yaw=math.radians(181)), None, "step: turns 181.0 degrees, above the limit 180.0"),
        (move(yaw=math.radians(350)), None, "step: turns 350.0 degrees"),
        (move(x=math.nan), None, "motion: number 0 is nan, not finite"),
        (move(z=-math.inf), None, "motion: number 2 is -inf, not finite"),
        (move(y=10**400), None, "motion: number 1 is <int>, not finite"),
        (move(y=10**5000), None, "motion: number 1 is <int>, not finite"),
        (move(x=True), None, "motion: number 0 is <bool>, not a real number"),
        (move(x="0.1"), None, "motion: number 0 is '0.1', not a real number"),
        (move(x=None), None, "motion: number 0 is <NoneType>, not a real number"),
        (move(x=1j), None, "motion: number 0 is <complex>, not a real number"),
        ((0.0,) * 6, None, "motion: 6 numbers, expected 7"),
        ((0.0,) * 8, None, "motion: 8 numbers, expected 7"),
        ((), None, "motion: 0 numbers, expected 7"),
        ("forward", None, "motion: 'forward' is not a sequence of 7 numbers"),
        (b"forward", None, "motion: <bytes> is not a sequence"),
        (None, None, "motion: <NoneType> is not a sequence"),
        ({}, None, "motion: <dict> is not a sequence"),
        (np.float64(1), None, "is not a sequence of 7 numbers"),
        (np.zeros((7, 1)), None, "motion: number 0 is <ndarray>, not a real number"),
        (np.zeros(7), None, None),
        ([0.0] * 7, "closed", None),
        (NO_MOTION, "half", "gripper: 'half' is none of 'open', 'closed' and None (unchanged)"),
        (NO_MOTION, 1, "gripper: <int> is none of"),
        (NO_MOTION, ["open"], "gripper: <list> is none of"),
    ],
)
def test_every_violation_is_named(motion, gripper, text):
    found = find_violation(INSIDE, motion, gripper, LIMITS)
    assert found is None if text is None else found is not None and text in found


def test_a_pose_that_is_not_finite_allows_nothing():
    found = find_violation((math.nan, *INSIDE[1:]), move(x=0.01), None, LIMITS)
    assert found is not None
    assert "commanded pose" in found


@pytest.mark.parametrize(
    ("motion", "allowed"),
    [
        (move(z=0.01), True),  # still below, but less
        (move(z=0.1), True),  # inside again
        (move(z=-0.01), False),
        (move(x=0.01), False),  # does not lead back
        (move(z=0.01, x=0.29, y=0.0), True),
        (move(yaw=0.1), False),
        (NO_MOTION, True),  # the gripper may always be told to open
    ],
)
def test_outside_the_box_only_the_way_back_is_open(motion, allowed):
    below = (0.4, 0.0, -0.04, 0.0, 3.0, 0.0)
    assert (find_violation(below, motion, "open", LIMITS) is None) is allowed


@pytest.mark.parametrize(
    ("motion", "allowed"),
    [
        (move(y=0.05), True),  # along the wall
        (move(yaw=0.1), True),
        (move(z=0.01), True),
        (move(z=-0.001), False),
        (move(x=0.29, z=-0.0001), False),
    ],
)
def test_a_measured_pose_beside_a_wall_is_on_it(motion, allowed):
    beside = (0.4, 0.0, LIMITS.lower[2] - 0.0004, 0.0, 3.0, 0.0)
    assert (find_violation(beside, motion, None, LIMITS) is None) is allowed
    below = (0.4, 0.0, LIMITS.lower[2] - 0.0014, 0.0, 3.0, 0.0)
    assert (find_violation(below, motion, None, LIMITS) is None) is (motion[2] > 0)


def test_the_way_back_may_not_leave_on_the_other_side():
    thin = GateSection(lower=(0.0, 0.0, 0.0), upper=(1.0, 1.0, 0.1))
    assert find_violation((0.5, 0.5, -0.1, 0, 0, 0), move(z=0.25), None, thin)


numbers = st.floats(-0.4, 0.4) | st.floats() | st.integers(-1, 1)
motions = st.tuples(*[numbers] * 3, *[st.floats(-0.9, 0.9)] * 4)
positions = st.tuples(st.floats(0.1, 0.9), st.floats(-0.5, 0.5), st.floats(-0.1, 0.7))


@settings(deadline=None)
@given(positions, motions)
def test_an_allowed_motion_never_leaves_or_moves_further_out(position, motion):
    if find_violation((*position, 0.0, 3.0, 0.0), motion, None, LIMITS) is None:
        end = np.add(position, motion[:3])
        for share in (0.25, 0.5, 0.75, 1.0):
            middle = (1 - share) * np.array(position) + share * end
            if is_inside(position):
                assert is_inside(middle)
            elif any(motion):
                assert np.abs(middle - np.clip(middle, LIMITS.lower, LIMITS.upper)).max() <= (
                    np.abs(np.array(position) - np.clip(position, LIMITS.lower, LIMITS.upper)).max()
                    + 2e-6
                )


def adversarial_motion(rng):
    kind = rng.integers(12)
    base = [float(x) for x in rng.normal(0, 0.15, 3)] + [float(x) for x in rng.normal(0, 0.5, 4)]
    poison = [math.nan, math.inf, -math.inf, 10**400, "0.1", None, 1e308, -1e300, 2j, [], True]
    if kind < 5:
        return tuple(base)
    if kind == 5:
        base[rng.integers(7)] = poison[rng.integers(len(poison))]
        return tuple(base)
    if kind == 6:
        return tuple(base[: rng.integers(7)])
    if kind == 7:
        return np.array(base)
    if kind == 8:
        return ["up", None, 7, object(), {}, b"1234567", "1234567"][rng.integers(7)]
    return tuple(float(x) for x in rng.choice([-0.2, -0.05, 0.0, 0.05, 0.2], 3)) + (0.0,) * 4


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_adversarial_motions_never_leave_the_workspace(seed):
    gate, backend = ready_gate()
    rng = np.random.default_rng(seed)
    refused = 0
    for _ in range(250):
        before = len(backend.executed)
        gripper = ["open", "closed", None, None, "ajar", 3][rng.integers(6)]
        outcome = gate.execute(adversarial_motion(rng), gripper)
        assert is_inside(backend.tcp_pose)
        assert gate.state == "ready"
        if outcome.refused:
            refused += 1
            assert len(outcome.refused) > 15
            assert outcome.sent is None
            assert len(backend.executed) == before
            assert all(math.isfinite(x) for x in outcome.measured)
        else:
            assert len(backend.executed) == before + 1
    assert 50 < refused < 240


def test_nothing_executes_before_connect_or_after_stop():
    backend = FakeRobot()
    gate = Gate(backend, LIMITS)
    assert gate.execute(NO_MOTION, None).refused == (
        "state: the robot is disconnected: connect() was not called yet"
    )
    with pytest.raises(RobotError, match=r"disconnected.*Call connect"):
        gate.observe()
    gate.connect()
    assert gate.execute(move(x=0.01), None).refused is None
    gate.stop()
    gate.stop()
    assert (
        gate.execute(NO_MOTION, None).refused == "state: the robot is stopped: stop was asked for"
    )
    gate.connect()
    assert gate.execute(move(x=0.01), None).refused is None
    assert len(backend.executed) == 2


def test_a_backend_failure_is_a_fault_until_connect():
    def fail(call):
        if call == 1:
            raise ZeroDivisionError("drive 3")

    gate, backend = ready_gate(fail=fail)
    gate.execute(move(x=0.01), None)
    with pytest.raises(RobotError, match="ZeroDivisionError: drive 3"):
        gate.execute(move(x=0.01), None)
    assert (gate.state, gate.reason) == ("faulted", "drive 3")
    assert backend.stopped.is_set()
    refused = gate.execute(move(x=0.01), None).refused
    assert refused == "state: the robot is faulted: drive 3"
    gate.stop()
    assert gate.state == "faulted"
    gate.connect()
    assert gate.execute(move(x=0.01), None).refused is None


def test_a_measured_pose_outside_stops_the_robot():
    gate, backend = ready_gate(drift=(0.0, 0.0, -0.05))
    outcome = gate.execute(move(z=-0.22), None)
    assert outcome.refused is None
    assert gate.state == "faulted"
    assert gate.reason == "workspace: z was measured at -0.020 m, below the limit 0.005 m"
    assert backend.stopped.is_set()


def test_what_the_backend_refuses_is_passed_on():
    gate, _ = ready_gate(refuse_at=0)
    assert gate.execute(move(x=0.01), None).refused == "reach: out of reach"
    assert gate.state == "ready"


def test_too_fast_is_refused_and_the_wait_is_known():
    now = [0.0]
    gate = Gate(FakeRobot(), GateSection(min_interval_s=0.1), clock=lambda: now[0])
    gate.connect()
    assert gate.wait_s == 0
    assert gate.execute(move(x=0.01), None).refused is None
    now[0] = 0.03
    assert gate.wait_s == pytest.approx(0.07)
    assert gate.execute(move(x=0.01), None).refused == (
        "rate: 0.030 s after the last motion, limit 0.100 s"
    )
    now[0] = 0.11
    assert gate.execute(move(x=0.01), None).refused is None


@pytest.mark.parametrize("fails", [False, True])
def test_stop_from_another_thread_while_moving(fails):
    moving = threading.Event()

    def fail(call):
        moving.set()
        assert backend.stopped.wait(5)
        if fails:
            raise OSError("connection closed")

    gate, backend = ready_gate(fail=fail)
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(gate.execute(move(x=0.1), None)))
    thread.start()
    assert moving.wait(5)
    assert gate.state == "moving"
    assert "moving" in str(gate.execute(NO_MOTION, None).refused)
    gate.stop()
    thread.join(5)
    assert gate.state == "stopped"
    assert "state: stopped while moving" in outcomes[0].refused


def test_ctrl_c_while_moving_stops_the_robot():
    def fail(call):
        raise KeyboardInterrupt

    gate, backend = ready_gate(fail=fail)
    with pytest.raises(KeyboardInterrupt):
        gate.execute(move(x=0.01), None)
    assert gate.state == "stopped"
    assert backend.stopped.is_set()


def test_hardware_is_checked_from_where_it_was_last_told_to_be():
    gate, _ = ready_gate(simulated=False)
    assert gate.simulation is None
    for _ in range(3):
        assert gate.execute(move(z=0.1), None).refused is None
    assert gate.execute(move(z=0.1), None).refused == (
        "workspace: z would be 0.650 m, above the limit 0.600 m"
    )
    assert gate.observe().commanded_pose[2] == pytest.approx(HOME[2] + 0.3)


class Disguised(FakeRobot):
    """Hardware whose class says that nothing real moves."""

    simulates = True


def test_hardware_that_passes_for_a_simulated_robot_is_not_connected():
    robot = Disguised(simulated=False)
    gate = Gate(robot, GateSection())
    with pytest.raises(RobotError, match=r"says that it simulates, but has no simulation\. Set"):
        gate.connect()
    assert robot.stopped.is_set()
    assert gate.state == "disconnected"
