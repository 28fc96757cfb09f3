"""Every fault of the loopback controller, as the real ur-rtde client sees it.

The client is in a process of its own: it hangs, crashes and has to be killed, as it does with a
real arm.
"""

import time

import pytest
from ur_client import Client, DeadClientError, SilentClientError

from cliprt.errors import RobotError, UsageError
from cliprt_ur.testing import FAULTS, LoopbackController

DOWN = (0.0, 0.05, -0.10)
WATCHDOG_HZ = 10.0
"""Slow enough for a busy computer."""
STARVED_S = 1 / WATCHDOG_HZ + 0.04
"""Until an arm rests whose watchdog is not fed: its period, the brakes, a pulse of the clock."""


@pytest.fixture(scope="module")
def loopback():
    with LoopbackController() as controller:
        yield controller


@pytest.fixture
def controller(loopback):
    """At home, everything well."""
    yield loopback
    loopback.clear()
    loopback.place()
    loopback.forget()


@pytest.fixture
def client(controller):
    with Client(controller.host) as client:
        yield client.open("receive", "control")


def shifted(pose, offset):
    return [a + b for a, b in zip(pose[:3], offset, strict=True)] + list(pose[3:])


def begin_to_move(controller, client):
    """In the middle of a motion, at full speed, with a watchdog that is fed until now."""
    start = controller.state().pose
    client("control", "moveL", shifted(start, DOWN), 0.25, 1.2, True)
    client("control", "setWatchdog", WATCHDOG_HZ)
    begun_s = time.monotonic()
    while time.monotonic() < begun_s + 0.25:
        client("control", "kickWatchdog")
        time.sleep(0.005)
    assert controller.state().joint_speed_rad_s > 0.1


def rest_after(controller, kind, **options):
    """Let it fail; how long the arm went on moving [s]."""
    controller.fault(kind, **options)
    told_s = [e.time_s for e in controller.record() if e.kind == "fault"][-1]
    time.sleep(0.2)
    rest_s = controller.last_moved_s() - told_s
    assert controller.state().joint_speed_rad_s == 0.0
    time.sleep(0.1)
    assert controller.last_moved_s() - told_s == rest_s
    return rest_s


@pytest.mark.parametrize(
    ("kind", "bits", "mode", "within_s"),
    [
        ("protective_stop", 1 << 2 | 1 << 10, 7, 0.03),
        ("emergency_stop", 1 << 6 | 1 << 7 | 1 << 10, 3, 0.03),
        ("safeguard_stop", 1 << 4 | 1 << 10, 7, 0.04),
        ("safety_fault", 1 << 9 | 1 << 10, 3, 0.03),
        ("power_off", 1, 3, 0.03),
        ("program_stopped", 1, 7, 0.04),
        ("local_mode", 1, 7, 0.04),
    ],
)
def test_stops_brake_the_arm_and_end_the_program(controller, client, kind, bits, mode, within_s):
    begin_to_move(controller, client)
    assert 0.002 < rest_after(controller, kind) < within_s
    client.wait(("receive", "getSafetyStatusBits"), lambda seen: seen == bits)
    client.wait(("receive", "getRobotMode"), lambda seen: seen == mode)
    client.wait(("control", "isProgramRunning"), lambda running: not running)
    assert client("control", "moveL", list(controller.state().pose), 0.25, 1.2) is False
    controller.clear()
    time.sleep(0.1)
    rest_s = controller.last_moved_s()
    client.wait(("receive", "getSafetyStatusBits"), lambda seen: seen == 1)
    assert client("control", "isProgramRunning") is False, "nobody has started it"
    client("control", "reuploadScript")
    client.wait(("control", "isProgramRunning"), lambda running: running)
    assert controller.last_moved_s() == rest_s, "a half-done motion is not resumed"
    assert client("control", "moveL", shifted(controller.state().pose, DOWN), 0.5, 3.0)


def test_a_protective_stop_cannot_be_unlocked_at_once(controller, client):
    controller.fault("protective_stop")
    client.wait(("receive", "isProtectiveStopped"), lambda stopped: stopped)
    assert "until 5s after" in controller.press_unlock()
    client.open("dashboard")
    with pytest.raises(RuntimeError, match="5s after"):
        client("dashboard", "unlockProtectiveStop")
    assert controller.state().safety_bits == 1028


@pytest.mark.slow
def test_a_protective_stop_is_unlocked_after_five_seconds(controller, client):
    controller.fault("protective_stop")
    time.sleep(5.1)
    client.open("dashboard")
    client("dashboard", "unlockProtectiveStop")
    client.wait(("receive", "getSafetyStatusBits"), lambda bits: bits == 1)
    assert controller.state().runtime_state == 1


def test_a_safeguard_that_is_restored_lets_a_program_go_on_unless_it_was_ended(controller, client):
    start = controller.state().pose
    client("control", "moveL", shifted(start, DOWN), 0.25, 1.2, True)
    time.sleep(0.2)
    controller.fault("safeguard_stop")
    time.sleep(0.2)
    paused = controller.state()
    assert (paused.runtime_state, paused.joint_speed_rad_s) == (4, 0.0)
    controller.clear()
    client.wait(("control", "isAsyncOperationRunning"), lambda running: not running)
    assert controller.state().pose[:3] == pytest.approx(shifted(start, DOWN)[:3], abs=1e-9)


def test_local_mode_takes_no_program_and_says_so(controller, client):
    controller.fault("local_mode")
    client.wait(("control", "isProgramRunning"), lambda running: not running)
    client("control", "reuploadScript", timeout_s=15.0)
    time.sleep(0.2)
    assert controller.state().runtime_state == 1
    uploads = [e.data for e in controller.record() if e.kind == "script"]
    assert uploads[-1]["refused"] == "local mode"
    with Client(controller.host) as other, pytest.raises(RuntimeError, match="remote control"):
        other.open("control")


def test_a_register_clash_keeps_others_out_and_nobody_else(controller, client):
    controller.fault("register_clash")
    assert client("control", "isSteady") is True
    client.process.kill()
    client.process.wait()
    with Client(controller.host) as other, pytest.raises(RuntimeError, match="already in use"):
        other.open("control")
    controller.clear()
    with Client(controller.host) as other:
        assert other.open("control")("control", "isSteady") is True


def test_a_dropped_link_starves_the_watchdog(controller, client):
    begin_to_move(controller, client)
    # The client reconnects by itself within milliseconds, and may end the program that it finds.
    assert rest_after(controller, "dropped_link") < STARVED_S
    (end,) = [e.data for e in controller.record() if e.kind == "motion_end"]
    assert end["why"] in ("watchdog", "the client ended it")
    assert not end["reached"]
    client.process.kill()
    with Client(controller.host) as other:
        assert other.open("receive")("receive", "getSafetyStatusBits") == 1


def test_refused_ports_take_nobody_until_they_are_open_again(controller, client):
    begin_to_move(controller, client)
    assert rest_after(controller, "refused_ports") < STARVED_S
    client.process.kill()
    with Client(controller.host) as other, pytest.raises((RuntimeError, DeadClientError)):
        other.open("receive")
    controller.clear()
    with Client(controller.host) as other:
        assert other.open("receive")("receive", "getRobotMode") == 7


def test_a_silent_peer_hangs_who_connects_and_starves_the_watchdog(controller, client):
    begin_to_move(controller, client)
    seen_s = client("receive", "getTimestamp")
    assert 0.02 < rest_after(controller, "silent_peer") < STARVED_S
    assert client("receive", "getTimestamp") < seen_s + 0.1, "nothing comes any more"
    with Client(controller.host) as other, pytest.raises(SilentClientError):
        other.open("receive", timeout_s=1.5)
    client.process.kill()
    rest_s = controller.last_moved_s()
    controller.clear()
    time.sleep(0.2)
    assert controller.last_moved_s() == rest_s
    with Client(controller.host) as other:
        assert other.open("receive")("receive", "getRobotMode") == 7


def test_a_slow_network_is_late_and_keeps_its_order(controller, client):
    begun_s = time.monotonic()
    client("control", "getTCPOffset")
    usual_s = time.monotonic() - begun_s
    controller.fault("slow_network", delay_s=0.05, jitter_s=0.02)
    begun_s = time.monotonic()
    assert client("control", "getTCPOffset") == [0.0] * 6
    assert time.monotonic() - begun_s > usual_s + 0.06
    stamps = [client("receive", "getTimestamp") for _ in range(100)]
    assert stamps == sorted(stamps)
    assert client("control", "moveL", shifted(controller.state().pose, DOWN), 0.5, 3.0)


@pytest.mark.parametrize("kind", ["gripper_silent", "gripper_fault"])
def test_a_gripper_that_fails_leaves_the_arm_alone(controller, client, kind):
    controller.fault(kind)
    assert client("control", "moveL", shifted(controller.state().pose, DOWN), 0.5, 3.0)
    assert (controller.state().gripper["FLT"] != 0) is (kind == "gripper_fault")
    controller.clear()
    assert controller.state().gripper["FLT"] == 0


def test_an_emergency_stop_takes_the_grippers_power(controller):
    controller.fault("emergency_stop")
    rest = controller.state().gripper["opening_m"]
    time.sleep(0.05)
    assert controller.state().gripper["opening_m"] == rest


def test_without_a_watchdog_a_motion_outlives_its_client(controller, client):
    """Why the driver needs one."""
    start = controller.state().pose
    client("control", "moveL", shifted(start, DOWN), 0.25, 1.2, True)
    time.sleep(0.1)
    client.process.kill()
    time.sleep(0.8)
    assert controller.state().pose[:3] == pytest.approx(shifted(start, DOWN)[:3], abs=1e-9)


def test_a_client_that_dies_leaves_room_for_another(controller, client):
    client.process.kill()
    client.process.wait()
    with Client(controller.host) as other:
        other.open("receive", "control")
        assert other("control", "moveL", shifted(controller.state().pose, DOWN), 0.5, 3.0)


def test_what_does_not_exist_is_said(controller):
    with pytest.raises(UsageError, match=r"no fault 'protectiv_stop'\. Did you mean 'protective_"):
        controller.fault("protectiv_stop")
    with pytest.raises(UsageError, match=r"Allowed: x, y, z and 1, -1"):
        controller.add_plane("w", 1, 0.5)
    for joints in ([0.0] * 5, [float("nan")] * 6, [7.0] * 6):
        with pytest.raises(UsageError, match="allowed: 6 angles from -2 pi to 2 pi"):
            controller.place(joints)
    assert all(FAULTS.values())


def test_a_controller_that_dies_says_so():
    with LoopbackController() as controller:
        controller._process.kill()
        with pytest.raises(RobotError, match=r"has died: .*\. Start another one\."):
            controller.state()


def test_a_controller_that_is_not_there_says_so():
    controller = LoopbackController()
    with pytest.raises(RobotError, match=r"not running\. Call start\(\) first"):
        controller.state()
    with controller, pytest.raises(RobotError, match="cannot be a controller's address"):
        LoopbackController(controller.host).start()
    with pytest.raises(UsageError, match="time_scale is 0, allowed: above 0"):
        LoopbackController(time_scale=0)
