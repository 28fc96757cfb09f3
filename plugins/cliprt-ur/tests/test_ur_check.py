"""The guided check, whole, at a loopback controller: what it finds, and what stops it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ur_person import Person

from cliprt_ur.check.commissioning import Commissioning, LeftEarlyError
from cliprt_ur.check.directions import check_directions
from cliprt_ur.check.flange import check_flange
from cliprt_ur.check.guide import STAGES, run_check
from cliprt_ur.check.workspace import check_corners, check_workspace
from cliprt_ur.config import Arm, Limits, Link, Payload, UrConfig
from cliprt_ur.config_file import load_config, save_config
from cliprt_ur.testing import LoopbackController

PATIENT = Link(watchdog_hz=5.0)
"""A busy machine that runs tests may be late; what the watchdog is for is tested elsewhere."""


@pytest.fixture
def arm() -> Iterator[LoopbackController]:
    """One that moves five times as fast as it says."""
    with LoopbackController(time_scale=0.2) as controller:
        yield controller


@pytest.fixture
def slow_arm() -> Iterator[LoopbackController]:
    with LoopbackController() as controller:
        yield controller


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "arm.yaml"


def done_until(name: str) -> list[str]:
    """The stages before `name`, as the file of an unfinished check has them."""
    before = STAGES[: [stage.name for stage in STAGES].index(name)]
    return [stage.name for stage in before if not stage.each_time]


def ready(arm: LoopbackController, name: str, **sections: object) -> UrConfig:
    """What is known when everything before a stage is done."""
    stages = Arm(stages=done_until(name))
    return UrConfig(host=arm.host, arm=stages, link=PATIENT, **sections)  # type: ignore[arg-type]


def wait_until_it_moves(arm: LoopbackController) -> None:
    for _ in range(2000):
        if arm.state().joint_speed_rad_s > 0.005:
            return
        time.sleep(0.005)
    raise AssertionError("the arm does not move")


@pytest.mark.parametrize("mounted_deg", [0.0, 90.0, 180.0, 270.0])
def test_the_mounting_is_found_by_wiggling(
    arm: LoopbackController, path: Path, mounted_deg: float
) -> None:
    person = Person(arm, mounted_deg)
    start = arm.state().flange
    with Commissioning(ready(arm, "directions"), path, person) as visit:
        check_directions(visit)
        assert visit.config.frame.base_rotation_deg == mounted_deg
    assert np.allclose(arm.state().flange[:3], start[:3], atol=1e-3)
    assert person.dialogue.count("Once more") == (mounted_deg != 180.0)


def test_a_base_at_an_angle_is_found_too(arm: LoopbackController, path: Path) -> None:
    person = Person(arm, 135.0, ("Which way did it move", "up"))
    person.plans += [("Which way did it move", "other"), ("to the left of forward", "?")]
    person.plans += [("to the left of forward", "45")]
    with Commissioning(ready(arm, "directions"), path, person) as visit:
        check_directions(visit)
        assert visit.config.frame.base_rotation_deg == 135.0
    assert "Please give a number, such as 45" in person.dialogue


def test_answers_that_do_not_fit_together_are_asked_again(
    arm: LoopbackController, path: Path
) -> None:
    person = Person(arm, 180.0, ("Which way did it move", "down"), ("Look again", "yes"))
    person.plans += [("Which way did it move", "up"), ("Which way did it move", "up")]
    person.plans += [("Which way did it move", "forward"), ("Which way did it move", "right")]
    with Commissioning(ready(arm, "directions"), path, person) as visit:
        check_directions(visit)
        assert visit.config.frame.base_rotation_deg == 180.0
    assert "Arms on walls and ceilings are not supported" in person.dialogue
    assert "It measured a level motion" in person.dialogue
    assert "does not fit together with forward" in person.dialogue


@pytest.mark.slow
def test_the_whole_check_needs_no_more_than_answers(arm: LoopbackController, path: Path) -> None:
    """From nothing to an arm that a recipe may move, by one who looks and says what they see."""
    shown = path.parent / "pictures"
    shown.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((64, 48), Image.Resampling.NEAREST).save(shown / "0.png")
    person = Person(
        arm,
        90.0,
        ("Which is right", "cliprt"),
        ("Name of another", "scene"),
        ("What kind", "images"),
        ("Which folder", str(shown)),
        ("Which box", "around"),
    )
    config = run_check(UrConfig(host=arm.host, link=PATIENT), path, person)
    assert config == load_config(path)
    assert config.arm.checked
    assert config.arm.serial
    assert config.frame.base_rotation_deg == 90.0
    assert config.gripper == {"name": "robotiq"}
    assert config.cameras["scene"]["intrinsics"] == {"width": 64, "height": 48}
    assert Path(config.cameras["scene"]["view"]).is_file()
    assert (
        "All eight corners can be reached" in person.dialogue or "Out of reach" in person.dialogue
    )
    assert person.said[-1].endswith(f"robot.name=ur robot.host={arm.host}")


def test_nothing_moves_without_a_yes(arm: LoopbackController, path: Path) -> None:
    person = Person(arm, 180.0, ("way clear", "no"))
    begun_s = arm.last_moved_s()
    with pytest.raises(LeftEarlyError, match=r"you said no\.\n.*kept.*cliprt ur check") as caught:
        run_check(UrConfig(host=arm.host, link=PATIENT), path, person)
    assert arm.last_moved_s() == begun_s
    assert f"kept in {path}" in str(caught.value)
    assert load_config(path).arm.stages == done_until("directions")
    assert not load_config(path).arm.checked


def test_without_motion_the_arm_is_not_commissioned(arm: LoopbackController, path: Path) -> None:
    person = Person(arm, 180.0)
    begun_s = arm.last_moved_s()
    config = run_check(UrConfig(host=arm.host, link=PATIENT), path, person, may_move=False)
    assert arm.last_moved_s() == begun_s
    assert not config.arm.checked
    assert "Not done yet: Directions, Gripper, Corners; until then no recipe" in person.dialogue


def test_an_interrupted_check_goes_on_where_it_was(arm: LoopbackController, path: Path) -> None:
    person = Person(arm, 0.0, ("Which gripper", "none"), ("way clear", "no"))
    with pytest.raises(LeftEarlyError):
        run_check(UrConfig(host=arm.host, link=PATIENT), path, person)
    again = Person(arm, 0.0)
    config = run_check(load_config(path), path, again, may_move=False)
    assert config.gripper == {"name": "none"}
    assert "An earlier check has done: Payload, tool and gripper." in again.dialogue
    assert "3 of 8: Payload, tool and gripper - done before" in again.dialogue
    assert "Which gripper" not in again.dialogue


def test_a_commissioned_arm_is_left_alone_unless_asked(arm: LoopbackController, path: Path) -> None:
    config = UrConfig(host=arm.host, arm=Arm(checked="2026-01-02T03:04:05"))
    save_config(config, path)
    person = Person(arm, 180.0, ("Do it again", "no"))
    assert run_check(config, path, person) == config
    assert load_config(path) == config


@pytest.mark.parametrize("answer", ["pendant", "cliprt", "neither"])
def test_a_payload_that_differs_is_settled(
    arm: LoopbackController, path: Path, answer: str
) -> None:
    told = UrConfig(
        host=arm.host, link=PATIENT, payload=Payload(mass_kg=3.3, centre_m=[0.0, 0.0, 0.1])
    )
    person = Person(arm, 180.0, ("Which is right", answer))
    if answer == "neither":
        person.plans += [("Mass of", "1.25")]
    with Commissioning(told, path, person) as visit:
        check_flange(visit)
        found = visit.config.payload.mass_kg
    assert found == {"pendant": arm.state().payload_kg, "cliprt": 3.3, "neither": 1.25}[answer]
    assert "The payload on the pendant:" in person.dialogue
    assert "The payload cliprt sets:     3.3 kg" in person.dialogue


def test_numbers_are_asked_until_they_are_allowed(arm: LoopbackController, path: Path) -> None:
    person = Person(arm, 180.0, ("Which box", "numbers"))
    person.plans += [("Lowest corner", "0.3 -0.2"), ("Lowest corner", "0.3 -0.2 much")]
    person.plans += [("Lowest corner", "0.3 -9 0.1"), ("Lowest corner", "0.3, -0.2, 0.1")]
    person.plans += [("Highest corner", "0.2 0.3 0.4"), ("Highest corner", "0.6 0.3 0.4")]
    with Commissioning(ready(arm, "workspace"), path, person) as visit:
        check_workspace(visit)
        assert visit.config.limits.lower == [0.3, -0.2, 0.1]
        assert visit.config.limits.upper == [0.6, 0.3, 0.4]
    assert "x 0.3 m is not below the upper corner's 0.2 m" in person.dialogue
    assert "Please give 3 numbers" in person.dialogue
    assert "Allowed: at least -2 and at most 2 m" in person.dialogue


def test_local_mode_is_told_and_tried_again(arm: LoopbackController, path: Path) -> None:
    arm.fault("local_mode")

    def mend() -> str:
        arm.clear()
        return "yes"

    person = Person(arm, 180.0, ("Try again", "yes"), ("Try again", mend), ("way clear", "no"))
    with pytest.raises(LeftEarlyError, match="you said no"):
        run_check(UrConfig(host=arm.host, link=PATIENT), path, person)
    told = [line for line in person.said if "Not yet" in line]
    assert len(told) == 2
    assert "remote" in told[0].lower()
    assert load_config(path).arm.stages == ["flange"]


def test_an_emergency_stop_in_the_middle_needs_a_person(
    slow_arm: LoopbackController, path: Path
) -> None:
    """Pressed while it wiggles; released, and another yes given, the same wiggle is done again."""
    arm = slow_arm

    def stop() -> None:
        wait_until_it_moves(arm)
        arm.fault("emergency_stop")

    press = threading.Thread(target=stop)

    def go() -> str:
        press.start()
        return "yes"

    def mend() -> str:
        assert "emergency" in person.said[-1].lower()
        stopped_s = arm.last_moved_s()
        arm.clear()
        assert arm.last_moved_s() == stopped_s
        return "yes"

    person = Person(arm, 180.0, ("way clear", go), ("Try again", mend))
    with Commissioning(ready(arm, "directions"), path, person) as visit:
        check_directions(visit)
        assert visit.config.frame.base_rotation_deg == 180.0
    press.join()
    asked = [line for line in person.said if "way clear" in line]
    assert len(asked) >= 4  # up twice, forward, left


def test_ctrl_c_stops_the_arm_and_keeps_what_was_found(arm: LoopbackController, path: Path) -> None:
    def interrupt() -> None:
        wait_until_it_moves(arm)
        os.kill(os.getpid(), signal.SIGINT)

    press = threading.Thread(target=interrupt)

    def go() -> str:
        press.start()
        return "yes"

    person = Person(arm, 180.0, ("Is that the payload", "yes"), ("way clear", go))
    with pytest.raises(KeyboardInterrupt):
        run_check(UrConfig(host=arm.host, link=PATIENT), path, person)
    assert "Stopped; the arm is at rest." in person.said[-1]
    assert load_config(path).arm.stages == done_until("directions")
    rested_s = arm.last_moved_s()
    threading.Event().wait(0.3)
    assert arm.last_moved_s() == rested_s


def test_another_arm_at_the_address_is_noticed(arm: LoopbackController, path: Path) -> None:
    config = ready(arm, "cameras")
    config.arm.serial = "20199999999"
    person = Person(arm, 180.0, ("Begin anew", "no"))
    with pytest.raises(LeftEarlyError, match="another arm is at"):
        run_check(config, path, person)
    assert "serial number 20199999999" in person.dialogue


def test_no_arm_at_the_address(path: Path) -> None:
    with LoopbackController() as gone:
        host = gone.host
        person = Person(gone, 180.0, ("Try again", "no"))
    with pytest.raises(LeftEarlyError, match=r"29999 .*refuses the connection"):
        run_check(UrConfig(host=host), path, person)
    assert not path.exists()


@pytest.mark.slow
def test_the_corners_are_driven_and_those_out_of_reach_named(
    arm: LoopbackController, path: Path
) -> None:
    x, y, z = (-arm.state().flange[0], -arm.state().flange[1], arm.state().flange[2] - 0.15)
    limits = Limits(lower=[x - 0.05, y - 0.05, z - 0.05], upper=[x + 0.05, y + 0.05, z + 0.02])
    person = Person(arm, 180.0)
    with Commissioning(ready(arm, "corners", limits=limits), path, person) as visit:
        check_corners(visit)
    assert person.dialogue.count(": reached") == 8
    assert np.allclose(arm.state().pose[:3], [-x, -y, z], atol=1e-3)

    far = Limits(lower=[x - 0.05, y - 0.05, z - 0.05], upper=[1.5, y + 0.05, z + 0.02])
    person = Person(arm, 180.0, ("Keep this box", "no"))
    with (
        Commissioning(ready(arm, "corners", limits=far), path, person) as visit,
        pytest.raises(LeftEarlyError, match="choose another box"),
    ):
        check_corners(visit)
    assert "Out of reach: far right top" in person.dialogue
    assert "workspace" not in load_config(path).arm.stages


def test_a_box_driven_by_hand(arm: LoopbackController, path: Path) -> None:
    joints = arm.state().joints
    there = (joints[0] + 0.5, joints[1] + 0.2, *joints[2:])

    def drive() -> str:
        arm.place(there)
        return ""

    person = Person(arm, 180.0, ("Which box", "hand"))
    person.plans += [("highest, farthest", drive)]
    with Commissioning(ready(arm, "workspace"), path, person) as visit:
        check_workspace(visit)
        limits = visit.config.limits
    lower, upper = np.array(limits.lower), np.array(limits.upper)
    assert (upper - lower >= 0.05).all()
    assert "Switch the pendant back to Remote" in person.dialogue
