"""What the real ur-rtde 1.6.5 client sees of the loopback controller, function by function."""

import time

import pytest
from ur_client import Client

from cliprt.geometry import distance
from cliprt_ur.testing import LoopbackController
from cliprt_ur.testing.arm import HOME

TCP = [0.0, 0.0, 0.15, 0.0, 0.0, 0.0]
DOWN = (0.0, 0.05, -0.10)


@pytest.fixture(scope="module")
def connected():
    """A controller and a client in control of it."""
    with LoopbackController() as controller, Client(controller.host) as client:
        yield controller, client.open("receive", "control", "io", "dashboard")


@pytest.fixture
def controller(connected):
    controller, client = connected
    controller.place(HOME)
    assert client("control", "setTcp", TCP)
    controller.forget()
    return controller


@pytest.fixture
def client(connected):
    return connected[1]


def shifted(pose, offset):
    return [a + b for a, b in zip(pose[:3], offset, strict=True)] + list(pose[3:])


def is_same(pose, other):
    metres, radians = distance(pose, other)
    return metres < 1e-9 and radians < 1e-8


def events(controller, kind):
    return [event.data for event in controller.record() if event.kind == kind]


def await_rest(controller):
    while controller.state().joint_speed_rad_s:
        time.sleep(0.002)


def test_what_is_measured_is_what_is_there(controller, client):
    state = controller.state()
    client.wait(("receive", "getActualQ"), lambda q: q == pytest.approx(state.joints))
    client.wait(("receive", "getActualTCPPose"), lambda pose: is_same(pose, state.pose))
    assert client("receive", "getSafetyStatusBits") == 1
    assert client("receive", "getRobotMode") == 7
    assert client("receive", "getRuntimeState") == 2
    assert client("receive", "getRobotStatus") == 3
    assert client("receive", "getTargetSpeedFraction") == 1.0
    assert client("receive", "isProtectiveStopped") is False
    before = client("receive", "getTimestamp")
    time.sleep(0.05)
    assert client("receive", "getTimestamp") > before


def test_a_straight_motion_ends_exactly_at_its_target(controller, client):
    start = controller.state().pose
    target = shifted(start, DOWN)
    begun_s = time.monotonic()
    assert client("control", "moveL", target, 0.25, 1.2)
    assert time.monotonic() - begun_s > 0.6, "a trapezoid over 112 mm at 0.25 m/s"
    assert is_same(controller.state().pose, target)
    (begin,), (end,) = events(controller, "motion_begin"), events(controller, "motion_end")
    assert (begin["kind"], begin["target"]) == ("moveL", pytest.approx(target))
    assert (end["reached"], end["why"]) == (True, "done")
    assert end["end"][:3] == pytest.approx(target[:3], abs=1e-9)


def test_a_straight_motion_is_straight(controller, client):
    start = controller.state().pose
    target = shifted(start, DOWN)
    client("control", "moveL", target, 0.25, 1.2, True)
    seen = []
    while client("control", "isAsyncOperationRunning"):
        seen.append(controller.state().pose)
    shares = [(pose[2] - start[2]) / DOWN[2] for pose in seen]
    assert len(seen) > 10
    for share, pose in zip(shares, seen, strict=True):
        assert is_same(pose, shifted(start, [share * x for x in DOWN]))
    assert shares == sorted(shares)


def test_other_ways_to_move(controller, client):
    joints = [x + 0.1 for x in HOME]
    assert client("control", "moveJ", joints, 1.05, 1.4)
    assert controller.state().joints == pytest.approx(joints)
    pose = controller.state().pose
    assert client("control", "moveJ_IK", shifted(pose, (0, 0, -0.05)), 1.05, 1.4)
    assert controller.state().pose[2] == pytest.approx(pose[2] - 0.05)
    assert client("control", "moveL_FK", list(HOME), 0.5, 2.0)
    assert controller.state().joints == pytest.approx(HOME)


def test_a_motion_in_the_background_can_be_watched_and_stopped(controller, client):
    start = controller.state().pose
    assert client("control", "moveL", shifted(start, DOWN), 0.25, 1.2, True)
    client.wait(("control", "isAsyncOperationRunning"), lambda running: running)
    assert client("control", "isSteady") is False
    time.sleep(0.2)
    asked_s = time.monotonic()
    client("control", "stopL", 5.0)
    rest_s = controller.last_moved_s() - asked_s
    assert 0.01 < rest_s < 0.1, "0.25 m/s ends within 50 ms, not at once"
    client.wait(("control", "isAsyncOperationRunning"), lambda running: not running)
    assert client("control", "isSteady") is True
    (end,) = events(controller, "motion_end")
    assert (end["reached"], end["why"]) == (False, "stopped by the client")
    assert client("control", "moveL", list(start), 0.25, 1.2)


def test_speed_and_servo(controller, client):
    start = controller.state().pose
    client("control", "speedL", [0, 0, -0.1, 0, 0, 0], 0.5, 0.3)
    time.sleep(0.3)
    assert client("control", "speedStop", 5.0)
    moved = start[2] - controller.state().pose[2]
    assert 0.005 < moved < 0.04
    goal = [x + 0.02 for x in controller.state().joints]
    for _ in range(40):
        client("control", "servoJ", goal, 0, 0, 0.01, 0.1, 300)
        time.sleep(0.01)
    assert client("control", "servoStop", 5.0)
    assert controller.state().joints == pytest.approx(goal, abs=1e-3)


def test_tool_and_load_are_taken_over(controller, client):
    bent = [0.03, -0.02, 0.18, 0.0, 0.0, 0.5]
    assert client("control", "setTcp", bent)
    assert client("control", "getTCPOffset") == pytest.approx(bent)
    assert client("control", "setPayload", 0.9, [0.0, 0.0, 0.06])
    state = controller.state()
    assert state.tcp == pytest.approx(bent)
    assert (state.payload_kg, state.payload_centre_m) == (0.9, (0.0, 0.0, 0.06))
    assert client.wait(("receive", "getPayload"), lambda kg: kg == 0.9)
    assert client("control", "poseTrans", state.flange, bent) == pytest.approx(state.pose, abs=1e-6)


def test_reach_is_asked_before_anything_moves(controller, client):
    pose = controller.state().pose
    joints = client("control", "getInverseKinematics", list(pose))
    assert joints == pytest.approx(HOME, abs=1e-9)
    found = client("control", "getForwardKinematics", list(HOME), TCP)
    assert is_same(found, pose)
    far = [2.0, 0.0, 0.3, *pose[3:]]
    for function in ("getInverseKinematicsHasSolution", "isPoseWithinSafetyLimits"):
        assert client("control", function, list(pose)) is True
        assert client("control", function, far) is False
    assert client("control", "isJointsWithinSafetyLimits", list(HOME)) is True
    assert client("control", "isJointsWithinSafetyLimits", [7.0, *HOME[1:]]) is False


@pytest.mark.parametrize(("axis", "sign"), [("x", 1), ("x", -1), (1, 1), ("y", -1), ("z", -1)])
def test_a_safety_plane_is_asked_and_felt(controller, client, axis, sign):
    pose = controller.state().pose
    index = axis if isinstance(axis, int) else "xyz".index(axis)
    controller.add_plane(axis, sign, pose[index] + sign * 0.05)
    try:
        for offset, is_within in ((0.04, True), (0.06, False)):
            target = list(pose)
            target[index] += sign * offset
            assert client("control", "isPoseWithinSafetyLimits", target) is is_within
        assert client("control", "moveL", target, 0.25, 1.2) is False
        state = controller.state()
        assert state.safety_bits == 1028
        assert abs(state.pose[index] - pose[index]) < 0.056
    finally:
        controller.add_plane(axis, sign, None)
        controller.clear()
        client("control", "reuploadScript")
        client.wait(("control", "isProgramRunning"), lambda running: running)


def test_the_speed_slider_stretches_time(controller, client):
    start = controller.state().pose
    assert client("io", "setSpeedSlider", 0.5)
    client.wait(("receive", "getTargetSpeedFraction"), lambda share: share == 0.5)
    begun_s = time.monotonic()
    assert client("control", "moveL", shifted(start, (0, 0, -0.05)), 0.25, 1.2)
    assert time.monotonic() - begun_s > 0.75
    controller.set_slider(1.0)
    client.wait(("receive", "getTargetSpeedFraction"), lambda share: share == 1.0)


def test_digital_outputs_and_inputs(controller, client):
    assert client("io", "setStandardDigitalOut", 3, True)
    assert client("io", "setConfigurableDigitalOut", 1, True)
    assert client("io", "setToolDigitalOut", 0, True)
    want = 1 << 3 | 1 << 9 | 1 << 16
    client.wait(("receive", "getActualDigitalOutputBits"), lambda bits: bits == want)
    assert controller.state().outputs == want
    assert client("io", "setStandardDigitalOut", 3, False)
    client.wait(("receive", "getActualDigitalOutputBits"), lambda bits: bits == want & ~8)
    controller.set_input(2, True)
    client.wait(("receive", "getActualDigitalInputBits"), lambda bits: bits == 4)
    controller.set_input(2, False)


def test_the_watchdog_lets_a_kicked_motion_finish_and_stops_another(controller, client):
    start = controller.state().pose
    assert client("control", "setWatchdog", 1.0)
    assert client("control", "moveL", shifted(start, DOWN), 0.25, 1.2, True)
    while client("control", "isAsyncOperationRunning"):
        client("control", "kickWatchdog")
        time.sleep(0.01)
        assert client("control", "isProgramRunning"), "nobody kicked it for a second"
    assert events(controller, "watchdog") == []
    assert client("control", "setWatchdog", 20.0)
    assert client("control", "moveL", list(start), 0.25, 1.2, True)
    for _ in range(15):
        client("control", "kickWatchdog")
        time.sleep(0.01)
    starved_s = time.monotonic()
    client.wait(("control", "isProgramRunning"), lambda running: not running)
    await_rest(controller)
    (bite,) = [e for e in controller.record() if e.kind == "watchdog"]
    assert 0.03 < bite.time_s - starved_s < 0.08
    assert 0.002 < controller.last_moved_s() - bite.time_s < 0.035, "it brakes, it does not freeze"
    ended = events(controller, "motion_end")[-1]
    assert (ended["reached"], ended["why"]) == (False, "watchdog")
    assert client("control", "moveL", list(start), 0.25, 1.2) is False
    assert client("control", "reuploadScript")
    client.wait(("control", "isProgramRunning"), lambda running: running)
    assert controller.state().watchdog_hz is None, "it has to be set again"
    assert client("control", "moveL", list(start), 0.25, 1.2)


def test_out_of_reach_ends_the_program_and_moves_nothing(controller, client):
    pose = controller.state().pose
    moved_s = controller.last_moved_s()
    assert client("control", "moveL", [2.0, 0.0, 0.3, *pose[3:]], 0.25, 1.2) is False
    (rejected,) = events(controller, "rejected")
    assert "no joint angles for [2.0, 0.0, 0.3" in rejected["why"]
    assert (rejected["name"], rejected["arguments"][0]) == ("moveL", 2.0)
    assert controller.last_moved_s() == moved_s
    assert client("control", "reuploadScript")
    client.wait(("control", "isProgramRunning"), lambda running: running)
    assert client("control", "moveL", shifted(pose, DOWN), 0.5, 2.0)


def test_only_one_may_write_the_registers(controller, client):
    with Client(controller.host) as second, pytest.raises(RuntimeError, match="already in use"):
        second.open("control")


def test_the_dashboard_answers(controller, client):
    assert client("dashboard", "isInRemoteControl") is True
    assert client("dashboard", "robotmode") == "Robotmode: RUNNING"
    assert client("dashboard", "safetystatus") == "Safetystatus: NORMAL"
    assert client("dashboard", "running") is True
    assert client("dashboard", "programState").startswith("PLAYING")
    assert client("dashboard", "getSerialNumber").isdigit()
    assert client("dashboard", "polyscopeVersion").startswith("5.11")


def test_the_upper_registers_do_as_well():
    with LoopbackController() as controller, Client(controller.host) as client:
        client.open("upper control")
        assert client("upper control", "setTcp", TCP)
        assert client("upper control", "getTCPOffset") == TCP
        assert client("upper control", "setWatchdog", 20.0)
        for _ in range(20):
            client("upper control", "kickWatchdog")
            time.sleep(0.01)
        assert client("upper control", "isProgramRunning") is True
        client.wait(("upper control", "isProgramRunning"), lambda running: not running)


def test_ten_times_as_fast():
    with LoopbackController(time_scale=0.1) as controller, Client(controller.host) as client:
        client.open("control")
        start = controller.state().pose
        assert client("control", "moveL", shifted(start, DOWN), 0.25, 1.2)
        began_s, ended_s = (
            next(e.time_s for e in controller.record() if e.kind == kind)
            for kind in ("motion_begin", "motion_end")
        )
        assert ended_s - began_s < 0.1, "it takes 0.66 s at the usual speed"
        assert is_same(controller.state().pose, shifted(start, DOWN))
