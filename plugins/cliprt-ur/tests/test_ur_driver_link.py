"""One arm through its process: moved, refused, halted, and what is told of it meanwhile."""

import itertools
import os
import statistics
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion, distance
from cliprt_ur.driver.child import IDLE_WATCHDOG_HZ
from cliprt_ur.driver.link import ArmLink
from cliprt_ur.driver.messages import HALTED
from cliprt_ur.driver.words import PROTECTIVE


@pytest.fixture
def arm(config):
    link = ArmLink(config)
    yield link
    link.close()


def raised_by(pose, up_m):
    return (*pose[:2], pose[2] + up_m, *pose[3:])


def of_kind(controller, kind):
    return [event for event in controller.record() if event.kind == kind]


def after(seconds, act):
    """Does something from another thread, and notes when."""
    done = []

    def later():
        done.append(time.monotonic())
        act()

    threading.Timer(seconds, later).start()
    return done


def test_what_is_set_at_connecting(arm, controller, config):
    told = arm.connect()
    state = controller.state()
    assert state.tcp == pytest.approx(config.frame.tcp)
    assert state.payload_kg == config.payload.mass_kg
    assert state.payload_centre_m == pytest.approx(config.payload.centre_m)
    assert state.watchdog_hz is not None
    assert np.less(distance(told.pose, state.pose), (1e-9, 1e-9)).all()
    assert told.joints == pytest.approx(state.joints)
    assert arm.trouble == ""


def test_a_motion_ends_at_its_target_and_is_looked_on(arm, controller, config):
    start = arm.connect().pose
    target = apply_motion(start, (0.02, -0.03, -0.05, 0.1, -0.2, 0.3, 0.0))
    controller.forget()
    seen = []
    result = arm.move(start, target, "closed", seen.append)
    assert (result.refused, result.stopped_after_s, result.trouble) == (None, None, "")
    metres, radians = distance(controller.state().pose, target)
    assert metres < 1e-4
    assert radians < 1e-4
    assert np.less(distance(result.telemetry.pose, target), (1e-4, 1e-4)).all()
    assert result.telemetry.gripper.state == "closed"
    assert len(of_kind(controller, "motion_begin")) == 1
    assert set(result.timings_s) == {"checks", "accepted", "moving", "gripper"}
    assert len({telemetry.taken_s for telemetry in seen}) > 8, "looked at again and again"
    speeds = [event.data for event in of_kind(controller, "command") if event.data["number"] == 3]
    assert speeds[0]["arguments"][6:8] == pytest.approx(
        (config.limits.speed_m_s, config.limits.acceleration_m_s2)
    )


def test_the_watchdog_is_strict_while_the_arm_moves_and_patient_while_it_stands(
    arm, controller, config
):
    start = arm.connect().pose
    assert controller.state().watchdog_hz == IDLE_WATCHDOG_HZ
    seen = []
    arm.move(start, raised_by(start, -0.03), None, lambda _: seen.append(controller.state()))
    assert {state.watchdog_hz for state in seen if state.joint_speed_rad_s} == {
        config.link.watchdog_hz
    }
    assert controller.state().watchdog_hz == IDLE_WATCHDOG_HZ


def test_an_idle_arm_is_told_of_and_looked_at(config):
    told = []
    arm = ArmLink(config, told.append)
    arm.connect()
    while len(told) < 20:
        time.sleep(0.01)
    gaps = [later.taken_s - before.taken_s for before, later in itertools.pairwise(told)]
    assert statistics.median(gaps) > 0.0125, "not more often than it needs to be"
    asked_s = time.monotonic()
    assert arm.look().taken_s >= asked_s - 0.2
    arm.close()


def test_nothing_moves_unasked_for_control(arm, controller):
    pose = arm.look().pose
    assert "Connect first" in arm.trouble
    result = arm.move(pose, raised_by(pose, 0.02), None, None)
    assert "Connect first" in result.refused
    assert result.trouble == result.refused
    assert of_kind(controller, "program_start") == [], "looking takes no control"


def test_an_arm_that_was_moved_by_somebody_waits_for_a_person(arm):
    pose = arm.connect().pose
    result = arm.move(raised_by(pose, 0.003), raised_by(pose, 0.05), None, None)
    assert result.refused.startswith("the arm is not where it was left, but 3.0 mm")
    assert result.trouble == arm.trouble == result.refused
    assert arm.connect().pose == pytest.approx(pose)
    assert arm.move(pose, raised_by(pose, 0.01), None, None).refused is None


def test_what_the_controller_does_not_reach_or_allow_is_refused_beforehand(arm, controller):
    pose = arm.connect().pose
    controller.forget()
    far = (pose[0] - 2.0, *pose[1:])
    assert arm.move(pose, far, None, None).refused.startswith("the arm cannot reach it: x ")
    controller.add_plane(axis=2, sign=-1, limit_m=pose[2] - 0.05)
    refused = arm.move(pose, raised_by(pose, -0.1), "closed", None)
    assert "outside the safety limits of the arm's installation" in refused.refused
    assert (refused.trouble, arm.trouble) == ("", "")
    assert refused.telemetry.gripper.state == "open"
    assert of_kind(controller, "motion_begin") == []
    controller.set_slider(0.0)
    time.sleep(0.1)
    assert "speed slider" in arm.move(pose, raised_by(pose, 0.01), None, None).refused


def test_a_halt_rests_at_once_and_holds_until_connect(arm, controller):
    start = arm.connect().pose
    target = raised_by(start, -0.1)
    halted = after(0.4, arm.halt)
    result = arm.move(start, target, None, None)
    # The tenth of a second is judged by the fault matrix; here others may use the computer, too.
    assert controller.last_moved_s() - halted[0] < 0.3
    assert (result.refused, result.trouble, arm.trouble) == (None, "", HALTED)
    assert result.stopped_after_s > 0.1
    assert start[2] - controller.state().pose[2] < 0.09
    rest = controller.state().pose
    assert arm.move(result.telemetry.pose, target, None, None).refused == HALTED
    assert arm.connect().pose == pytest.approx(rest, abs=1e-9)
    assert of_kind(controller, "program_stop") == [], "a halt is gentle"
    assert arm.move(rest, target, None, None).stopped_after_s is None


def test_a_halt_at_the_very_beginning_leaves_the_arm_where_the_result_says(arm, controller):
    for halted_s in np.linspace(0.0, 0.06, 13):
        start = arm.connect().pose
        after(halted_s, arm.halt)
        result = arm.move(start, raised_by(start, -0.02), None, None)
        assert controller.state().joint_speed_rad_s == 0.0
        assert np.less(distance(result.telemetry.pose, controller.state().pose), (1e-9, 1e-9)).all()
        assert result.refused == HALTED or result.stopped_after_s > 0


def test_a_halt_stops_fingers_and_an_idle_arm_too(arm, controller):
    start = arm.connect().pose
    halted = after(0.3, arm.halt)
    result = arm.move(start, None, "closed", None)
    assert result.stopped_after_s > 0.1
    assert controller.state().gripper["last_moved_s"] - halted[0] < 0.3
    assert 0.0 < result.telemetry.gripper.opening_m < 0.085
    arm.connect()
    arm.halt()
    assert arm.move(start, None, "open", None).refused == HALTED


def test_an_exception_of_who_looks_on_halts_and_comes_out(arm, controller):
    start = arm.connect().pose

    def look_on(telemetry):
        if telemetry.joint_speed_rad_s > 0.05:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        arm.move(start, raised_by(start, -0.1), None, look_on)
    assert controller.state().joint_speed_rad_s == 0.0
    assert arm.trouble == HALTED
    assert abs(controller.state().pose[2] - start[2]) < 0.09
    assert arm.move(start, start, None, None).refused == HALTED


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("protective_stop", "protective stop"),
        ("program_stopped", "the control program was stopped"),
    ],
)
def test_trouble_of_an_idle_arm_is_known_before_the_next_order(arm, controller, fault, words):
    start = arm.connect().pose
    controller.fault(fault)
    deadline_s = time.monotonic() + 60.0
    while not arm.trouble and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert words in arm.trouble
    controller.clear()
    time.sleep(0.2)
    assert words in arm.trouble, "clearing it at the pendant is not a person's word here"
    controller.forget()
    assert arm.move(start, raised_by(start, 0.02), None, None).trouble == arm.trouble
    assert of_kind(controller, "motion_begin") == []
    assert arm.connect().pose == pytest.approx(start)
    assert arm.trouble == ""


def test_what_ended_a_motion_has_been_told_before_its_result(config, controller):
    told = []
    arm = ArmLink(config, told.append)
    for _ in range(5):
        start = arm.connect().pose
        told.clear()
        after(0.2, lambda: controller.fault("protective_stop"))
        result = arm.move(start, raised_by(start, 0.03), None, None)
        conditions = [telemetry.condition for telemetry in told]
        assert "protective stop" in result.trouble
        assert result.telemetry.condition in conditions
        assert any(safety_bits & PROTECTIVE for safety_bits, *_ in conditions)
        controller.clear()
    arm.close()


def test_who_has_no_gripper_is_told_so(config):
    arm = ArmLink(replace(config, gripper={"name": "none"}))
    start = arm.connect().pose
    result = arm.move(start, None, "closed", None)
    assert "has no gripper" in result.trouble
    arm.close()


def test_a_gripper_that_does_not_answer_keeps_nobody_waiting(arm, controller):
    controller.fault("gripper_silent")
    begun_s = time.monotonic()
    with pytest.raises(RobotError, match="the gripper"):
        arm.connect()
    assert time.monotonic() - begun_s < 30.0
    assert "the gripper" in arm.trouble
    controller.clear()
    arm.connect()


def test_registers_in_use_are_a_sentence(arm, controller):
    controller.fault("register_clash")
    with pytest.raises(RobotError, match=r"used by another computer, or by a fieldbus"):
        arm.connect()


def test_closing_gives_control_back_and_may_be_repeated(arm, controller):
    arm.connect()
    process = arm.pid
    arm.close()
    arm.close()
    assert of_kind(controller, "program_stop")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert "closed" in arm.trouble
    arm.connect()


def test_the_library_prints_nothing_to_the_terminal(config, controller, capfd):
    notes = []
    arm = ArmLink(config, record=lambda what, facts: notes.append((what, dict(facts))))
    arm.connect()
    controller.fault("dropped_link")
    deadline_s = time.monotonic() + 60.0
    while not any(what == "driver ended" for what, _ in notes) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    arm.close()
    assert capfd.readouterr() == ("", "")
    assert any(what == "driver printed" for what, _ in notes)


def test_a_network_that_is_too_slow_for_a_stop_is_refused(arm, controller, config):
    config.link.watchdog_hz = 20.0
    start = arm.connect().pose
    controller.fault("slow_network", delay_s=0.03, jitter_s=0.0)
    time.sleep(0.1)
    result = arm.move(start, raised_by(start, 0.02), None, None)
    assert "a stop would come too late" in result.refused
    assert arm.trouble == ""
    controller.clear()
    time.sleep(0.1)
    assert arm.move(start, raised_by(start, 0.02), None, None).refused is None
