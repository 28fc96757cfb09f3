"""The arm as a robot: who it is, what it refuses, what motions add up on, what it remembers."""

import json
import math
import threading
import time

import numpy as np
import pytest
from PIL import Image

from cliprt.errors import RobotError, UnknownNameError, UsageError
from cliprt.geometry import apply_motion, distance
from cliprt.types import NO_MOTION
from cliprt_ur.backend import UrBackend
from cliprt_ur.config_file import save_config
from cliprt_ur.driver.messages import HALTED

UP_1_CM = (0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.0)
DOWN_10_CM = (0.0, 0.0, -0.10, 0.0, 0.0, 0.0, 0.0)
UP_10_CM = (0.0, 0.0, 0.10, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def config(config, tmp_path):
    config.black_box = str(tmp_path / "black_box")
    return config


@pytest.fixture
def file(config, tmp_path):
    """The configuration as a file, with its black box beside it."""
    path = tmp_path / "arm.yaml"
    save_config(config, path)
    return path


@pytest.fixture
def arm(controller, file):
    robot = UrBackend(controller.host, config=str(file))
    yield robot
    robot.stop()


def motions(controller):
    """What the controller says it moved by order."""
    return [event for event in controller.record() if event.kind == "motion_begin"]


def black_box_lines(robot):
    path = robot.black_box
    robot.stop()
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"host": ""}, "has no host"), ({"host": "10.0.0.1", "image_size": 0}, "allowed: 1 to 4096")],
)
def test_options_that_fit_no_arm_are_refused_at_once(options, words):
    with pytest.raises(UsageError, match=words):
        UrBackend(**options)


def test_an_arm_that_was_not_commissioned_is_not_reached(tmp_path, config):
    path = tmp_path / "arm.yaml"
    with pytest.raises(RobotError, match=r"not commissioned yet\. Run: cliprt ur check 127\.9\."):
        UrBackend("127.9.9.9", config=str(path)).connect()
    config.arm.checked = ""
    save_config(config, path)
    with pytest.raises(RobotError, match=r"never commissioned, so it is not moved\. Run:"):
        UrBackend(config.host, config=str(path)).connect()
    with pytest.raises(RobotError, match=r"is of the arm at .*, not of 127\.9\.9\.9"):
        UrBackend("127.9.9.9", config=str(path)).connect()


def test_without_connect_and_after_stop_nothing_answers(arm):
    for call in (arm.observe, lambda: arm.execute(NO_MOTION, None)):
        with pytest.raises(RobotError, match=r"Call connect\(\) first"):
            call()
    arm.stop()
    arm.connect()
    arm.stop()
    arm.stop()
    with pytest.raises(RobotError, match=r"Call connect\(\) first"):
        arm.observe()
    arm.connect()
    assert arm.execute(UP_1_CM, None).refused is None


def test_it_starts_where_it_is_measured_and_its_clock_at_zero(arm, controller):
    arm.connect()
    seen = arm.observe()
    assert seen.time_s < 2.0
    assert distance(seen.tcp_pose, seen.commanded_pose)[0] < 1e-6
    assert seen.joints == pytest.approx(controller.state().joints, abs=1e-6)
    time.sleep(0.2)
    assert arm.observe().time_s > seen.time_s


def test_motions_add_up_on_what_was_sent(arm):
    arm.connect()
    start = arm.observe().commanded_pose
    pose = start
    for motion in (UP_1_CM, (0.01, 0.02, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0.05, 0.1, -0.1)):
        pose = apply_motion(pose, motion)
        outcome = arm.execute(motion, None)
        assert np.less(distance(outcome.sent, pose), (1e-9, 1e-6)).all()
        assert distance(outcome.measured, pose)[0] < 1e-4
    assert arm.observe().commanded_pose == outcome.sent


FORBIDDEN = (
    ((0, 0, -0.19, 0, 0, 0, 0), "workspace: z would be"),
    ((0, 0.21, 0, 0, 0, 0, 0), "step: 0.210 m long, above the arm's limit 0.200 m"),
    ((0, 0, 0, 0, 0, 0, 2.0), "step: turns 114.6 degrees, above the arm's limit 90.0"),
    ((0, 0, 0, 1.3, 0, 0, 0), "tilt: the tool would lean 74.5 degrees from straight down"),
    ((0, 0, math.nan, 0, 0, 0, 0), "motion: number 2 is nan, not finite"),
    ("up", "motion: 'up' is not a sequence of 7 numbers"),
)


def test_what_the_configuration_forbids_never_reaches_the_controller(controller, config, tmp_path):
    with _low_arm(controller, config, tmp_path) as arm:
        before = arm.observe()
        controller.forget()
        for motion, words in FORBIDDEN:
            outcome = arm.execute(motion, "closed")
            assert outcome.refused.startswith(words)
            assert outcome.sent is None
        assert motions(controller) == []
        after = arm.observe()
        assert after.commanded_pose == before.commanded_pose
        assert after.gripper == before.gripper
        assert arm.black_box is None, "what never left this computer is no fault"


def _low_arm(controller, config, tmp_path):
    """An arm with a low table and little leaning."""
    config.limits.lower[2] = 0.2
    config.limits.max_tilt_deg = 60.0
    path = tmp_path / "low.yaml"
    save_config(config, path)
    return UrBackend(controller.host, config=str(path))


def test_a_halt_rests_at_once_and_motions_add_up_on_what_is_measured(arm, controller):
    arm.connect()
    start = arm.observe().commanded_pose
    halted_s = []

    def halt_on_the_way(time_s):
        if abs(controller.state().pose[2] - start[2]) > 0.02 and not halted_s:
            halted_s.append(time.monotonic())
            arm.halt()

    arm.watch(halt_on_the_way)
    outcome = arm.execute(DOWN_10_CM, None)
    arm.watch(None)
    # The tenth of a second is judged by the fault matrix; here others may use the computer, too.
    assert controller.last_moved_s() - halted_s[0] < 0.3
    assert outcome.stopped_after_s > 0
    assert outcome.refused is None
    assert outcome.stopped_because is None, "a person's halt is not the arm's own"
    assert 0.02 < start[2] - outcome.measured[2] < 0.08
    assert arm.execute(UP_1_CM, None).refused == HALTED
    arm.connect()
    seen = arm.observe()
    assert np.less(distance(seen.commanded_pose, outcome.measured), (1e-4, 1e-4)).all()
    outcome = arm.execute(UP_1_CM, None)
    assert np.less(
        distance(outcome.sent, apply_motion(seen.commanded_pose, UP_1_CM)), (1e-9, 1e-6)
    ).all()


def test_a_halt_from_another_thread_is_kept_by_a_connect_that_was_under_way(arm):
    arm.connect()
    connecting = threading.Thread(target=arm.connect)
    connecting.start()
    while connecting.is_alive():
        time.sleep(0.002)
        arm.halt()
    assert arm.execute(UP_1_CM, None).refused == HALTED
    arm.connect()
    assert arm.execute(UP_1_CM, None).refused is None


def test_a_protective_stop_waits_for_a_person_and_is_written_down(arm, controller):
    arm.connect()
    start = arm.observe().commanded_pose
    calls = []

    def stop_on_the_way(time_s):
        calls.append(time_s)
        if len(calls) == 10:
            controller.fault("protective_stop")

    arm.watch(stop_on_the_way)
    outcome = arm.execute(DOWN_10_CM, None)
    arm.watch(None)
    assert "protective stop" in outcome.stopped_because
    assert str(arm.black_box) in outcome.stopped_because
    assert outcome.stopped_after_s > 0
    again = arm.execute(UP_1_CM, None)
    assert again.refused
    assert again.sent is None
    with pytest.raises(RobotError, match="protective stop"):
        arm.connect()
    assert arm.execute(UP_1_CM, None).refused
    controller.clear()
    arm.connect()
    seen = arm.observe()
    assert np.less(distance(seen.commanded_pose, seen.tcp_pose), (1e-6, 1e-6)).all()
    assert distance(seen.tcp_pose, start)[0] > 0.001
    assert arm.execute(UP_1_CM, None).refused is None
    entries = black_box_lines(arm)
    assert entries[0]["config"]["host"] == controller.host
    steps = [entry for entry in entries if entry["kind"] == "step"]
    assert steps[0]["commanded"] == list(DOWN_10_CM)
    assert "protective stop" in steps[0]["trouble"]
    assert {"accepted", "moving"} <= set(steps[0]["latencies_s"])
    assert any("protective" in e["safety"] for e in entries if e["kind"] == "telemetry")


def test_a_stop_while_nothing_moves_is_written_down_and_nothing_moves(arm, controller):
    arm.connect()
    before = arm.observe()
    controller.fault("emergency_stop")
    deadline_s = time.monotonic() + 60
    while arm.black_box is None and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert arm.black_box is not None
    outcome = arm.execute(UP_1_CM, "closed")
    assert "emergency stop" in outcome.refused
    assert outcome.stopped_because
    assert distance(outcome.measured, before.tcp_pose)[0] < 1e-4
    entries = black_box_lines(arm)
    assert "emergency stop" in " ".join(entries[0]["why"])


def test_a_lost_link_ends_the_motion_and_connect_goes_on_from_the_real_pose(arm, controller):
    arm.connect()
    calls = []

    def lose_the_link(time_s):
        calls.append(time_s)
        if len(calls) == 10:
            controller.fault("dropped_link")

    arm.watch(lose_the_link)
    outcome = arm.execute(DOWN_10_CM, None)
    arm.watch(None)
    assert outcome.stopped_because
    assert arm.execute(UP_1_CM, None).refused
    arm.connect()
    seen = arm.observe()
    real = controller.state().pose
    assert seen.tcp_pose[2] == pytest.approx(real[2], abs=1e-4)
    assert np.less(distance(seen.commanded_pose, seen.tcp_pose), (1e-6, 1e-6)).all()
    assert arm.execute(UP_1_CM, None).refused is None


def test_out_of_reach_is_the_controllers_word_and_moves_nothing(controller, config, tmp_path):
    config.limits.upper[0] = 1.5
    path = tmp_path / "wide.yaml"
    save_config(config, path)
    with UrBackend(controller.host, config=str(path)) as arm:
        controller.forget()
        for _ in range(6):
            outcome = arm.execute((0.2, 0, 0, 0, 0, 0, 0), None)
            if outcome.refused:
                break
        assert outcome.refused
        assert outcome.stopped_because is None, "a person need not decide about a short arm"
        assert distance(outcome.measured, arm.observe().commanded_pose)[0] < 1e-4
        assert arm.execute((-0.05, 0, 0, 0, 0, 0, 0), None).refused is None
        assert arm.black_box is not None


def test_pictures_are_of_the_chosen_cameras_square_and_of_the_size(controller, config, tmp_path):
    for name, colour in (("wrist", (200, 30, 30)), ("scene", (30, 30, 200))):
        (tmp_path / name).mkdir()
        Image.new("RGB", (64, 48), colour).save(tmp_path / name / "0.png")
        config.cameras[name] = {"name": "images", "path": str(tmp_path / name)}
    path = tmp_path / "seeing.yaml"
    save_config(config, path)
    with UrBackend(controller.host, config=str(path), image_size=32) as arm:
        assert arm.cameras == ("wrist", "scene")
        images = arm.observe().images
        assert {name: image.shape for name, image in images.items()} == {
            "wrist": (32, 32, 3),
            "scene": (32, 32, 3),
        }
        assert images["wrist"][16, 16] == pytest.approx((200, 30, 30), abs=8)
    with UrBackend(controller.host, config=str(path), cameras=["scene"]) as arm:
        assert set(arm.observe().images) == {"scene"}
    with pytest.raises(UnknownNameError, match="Did you mean 'scene'"):
        UrBackend(controller.host, config=str(path), cameras=["scen"]).connect()


def test_an_arm_that_fails_to_connect_leaves_nothing_running(config, tmp_path):
    config.host = "127.9.9.9"
    path = tmp_path / "nobody.yaml"
    save_config(config, path)
    robot = UrBackend("127.9.9.9", config=str(path))
    begun_s = time.monotonic()
    with pytest.raises(RobotError):
        robot.connect()
    assert time.monotonic() - begun_s < 60
    with pytest.raises(RobotError, match=r"Call connect\(\) first"):
        robot.observe()


def test_an_arm_that_is_where_it_must_not_be_on_its_way_is_stopped(arm):
    arm.connect()
    start = arm.observe().tcp_pose
    arm.confine(lambda at: "workspace: pushed away" if at[2] < start[2] - 0.02 else None)
    outcome = arm.execute(DOWN_10_CM, None)
    assert outcome.stopped_because.startswith("workspace: pushed away. ")
    assert outcome.stopped_after_s is not None
    assert 0.02 < start[2] - outcome.measured[2] < 0.05
    assert arm.execute(UP_1_CM, None).refused
    arm.connect()
    arm.confine(None)
    assert arm.execute(UP_1_CM, None).refused is None
