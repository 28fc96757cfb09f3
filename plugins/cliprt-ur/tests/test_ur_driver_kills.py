"""Processes that die, freeze or are interrupted: the arm rests, and nothing is done twice."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cliprt.geometry import distance
from cliprt_ur.config import Link
from cliprt_ur.driver.link import LOST, ArmLink

PROGRAM = Path(__file__).with_name("ur_driver_program.py")

REST_S = 0.3
"""Half of the motion; the tenth of a second is judged by the fault matrix, on a quiet machine."""


@pytest.fixture
def config(config):
    """With the watchdog that arms have."""
    return replace(config, link=Link())


@pytest.fixture
def arm(config):
    link = ArmLink(config)
    yield link
    link.close()


@contextlib.contextmanager
def program(host):
    """A program in the middle of its first motion; with what it says."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), host], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def motions(controller):
    return [event for event in controller.record() if event.kind == "motion_begin"]


def await_motion(controller):
    deadline_s = time.monotonic() + 60.0
    while controller.state().joint_speed_rad_s < 0.1:
        assert time.monotonic() < deadline_s, "it does not move"
        time.sleep(0.005)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def move_and(arm, controller, act):
    """A motion in the middle of which something happens: its result, and when that was."""
    start = arm.connect().pose
    controller.forget()
    happened_s = []

    def later():
        await_motion(controller)
        happened_s.append(time.monotonic())
        act()

    thread = threading.Thread(target=later)
    thread.start()
    result = arm.move(start, (*start[:2], start[2] - 0.15, *start[3:]), None, None)
    thread.join()
    return result, happened_s[0]


def rest_s(controller, since_s):
    """How long something moved after it happened."""
    time.sleep(0.3)
    return controller.last_moved_s() - since_s


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_driver_that_dies_or_freezes_is_replaced_and_nothing_is_repeated(arm, controller, how):
    arm.connect()
    driver = arm.pid
    result, killed_s = move_and(arm, controller, lambda: os.kill(driver, how))
    took_s = time.monotonic() - killed_s
    assert rest_s(controller, killed_s) < REST_S
    assert took_s < 30.0  # it does not wait for the driver for ever
    assert result.trouble == arm.trouble == LOST
    assert result.stopped_after_s > 0
    assert arm.pid != driver
    assert not is_alive(driver)
    assert np.less(distance(arm.look().pose, controller.state().pose), (1e-6, 1e-6)).all()
    refused = arm.move(result.telemetry.pose, result.telemetry.pose, "closed", None)
    assert refused.refused == LOST
    assert len(motions(controller)) == 1
    here = arm.connect().pose
    assert arm.move(here, (*here[:2], here[2] + 0.02, *here[3:]), None, None).refused is None
    assert len(motions(controller)) == 2


def test_a_lost_link_ends_the_driver_before_the_library_reconnects_for_ever(arm, controller):
    result, lost_s = move_and(arm, controller, lambda: controller.fault("dropped_link"))
    assert rest_s(controller, lost_s) < REST_S
    assert "the connection to the arm's controller is lost" in result.trouble
    assert len(motions(controller)) == 1
    arm.connect()


def test_when_the_program_is_killed_the_arm_rests_and_its_driver_follows(controller):
    with program(controller.host) as (process, said):
        await_motion(controller)
        killed_s = time.monotonic()
        process.kill()
        assert rest_s(controller, killed_s) < REST_S
        assert process.stderr.read() == b""
        deadline_s = time.monotonic() + 60.0
        while is_alive(said["pid"]) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert not is_alive(said["pid"])
        assert len(motions(controller)) == 1


def test_when_the_program_is_suspended_the_arm_rests_until_a_person_says_more(controller):
    with program(controller.host) as (process, _):
        await_motion(controller)
        frozen_s = time.monotonic()
        process.send_signal(signal.SIGSTOP)
        assert rest_s(controller, frozen_s) < REST_S
        process.send_signal(signal.SIGCONT)
        said = json.loads(process.stdout.readline())
        assert "was suspended" in said["trouble"]
        time.sleep(0.3)
        assert len(motions(controller)) == 1


def test_ctrl_c_reaches_the_program_but_not_its_driver(controller):
    with program(controller.host) as (process, said):
        await_motion(controller)
        os.kill(said["pid"], signal.SIGINT)
        time.sleep(0.1)
        assert is_alive(said["pid"])
        assert os.getpgid(said["pid"]) != os.getpgid(process.pid)
        interrupted_s = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert rest_s(controller, interrupted_s) < REST_S
        assert process.wait(60.0) != 0
        assert b"KeyboardInterrupt" in process.stderr.read()


def test_orders_to_a_driver_are_executed_once_and_in_order(arm, controller):
    from cliprt_ur.driver.messages import Order

    start = arm.connect().pose
    up = (*start[:2], start[2] + 0.02, *start[3:])
    process = arm._process
    assert process.carry_out(Order(7, start, up, None), None).refused is None
    again = process.carry_out(Order(7, up, start, None), None)
    assert again.refused == "order 7 was given before."
    earlier = process.carry_out(Order(6, up, start, None), None)
    assert earlier.refused == "order 6 was given before."
    assert len(motions(controller)) == 1
