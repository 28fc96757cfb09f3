"""Grippers on a digital output, arms without one, and how both are named in a configuration."""

import time

import pytest

from cliprt.errors import RobotError, UnknownNameError, UsageError
from cliprt_ur.grippers.build import build_gripper, gripper_problems
from cliprt_ur.grippers.interface import Gripper


class Wires:
    """Outputs and inputs by bank and number; `broken` raises like the client does."""

    def __init__(self) -> None:
        self.levels: dict[tuple[str, int], bool] = {}
        self.inputs: dict[tuple[str, int], bool] = {}
        self.broken = False

    def set_output(self, bank: str, number: int, value: bool) -> None:
        self._check()
        self.levels[bank, number] = value

    def output(self, bank: str, number: int) -> bool:
        self._check()
        return self.levels.get((bank, number), False)

    def input(self, bank: str, number: int) -> bool:
        self._check()
        return self.inputs.get((bank, number), False)

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("no link")


@pytest.fixture
def wires() -> Wires:
    return Wires()


def _build(wires: Wires, **options: object) -> Gripper:
    quick = {"name": "digital_output", "close_s": 0.1, "open_s": 0.1}
    return build_gripper({**quick, **options}, "127.0.0.1", wires)


def test_one_output_closes_and_opens(wires: Wires) -> None:
    gripper = _build(wires, bank="standard", number=3, stroke_m=0.04)
    assert "not connected" in gripper.report().trouble
    gripper.connect()
    gripper.begin("closed")
    assert wires.levels == {("standard", 3): True}
    time.sleep(0.03)
    assert 0.0 < gripper.report().opening_m < 0.04
    assert gripper.report().is_moving
    gripper.hold()
    time.sleep(0.1)
    report = gripper.report()
    assert (report.opening_m, report.is_moving, report.holds) == (0.0, False, None)
    gripper.begin("open")
    time.sleep(0.11)
    assert gripper.report().opening_m == pytest.approx(0.04)
    assert wires.levels == {("standard", 3): False}
    gripper.close()


def test_a_low_level_may_close(wires: Wires) -> None:
    gripper = _build(wires, closes_when="low")
    gripper.connect()
    assert gripper.report().state == "closed", "its output is low, and low closes"
    gripper.begin("open")
    assert wires.levels == {("tool", 0): True}


def test_an_input_tells_what_is_held(wires: Wires) -> None:
    gripper = _build(wires, held_input=1)
    gripper.connect()
    gripper.begin("closed")
    time.sleep(0.11)
    assert gripper.report().holds is False
    wires.inputs["tool", 1] = True
    assert gripper.report().holds is True
    gripper.begin("open")
    time.sleep(0.11)
    assert "still says that it holds" in gripper.report().trouble
    wires.inputs["tool", 1] = False
    assert gripper.report().trouble == ""


def test_broken_wires_in_words(wires: Wires) -> None:
    gripper = _build(wires, held_input=1)
    gripper.connect()
    wires.broken = True
    assert "input 1 of the tool bank cannot be read (no link)" in gripper.report().trouble
    gripper.begin("closed")
    assert "could not be switched (no link)" in gripper.report().trouble
    assert not gripper.report().is_moving
    with pytest.raises(RobotError, match=r"output 0 of the tool bank cannot be read \(no link\)"):
        gripper.connect()


def test_pins_that_are_not_there(wires: Wires) -> None:
    with pytest.raises(UsageError, match=r"number is 2, but the tool bank has the numbers 0 to 1"):
        _build(wires, number=2)
    with pytest.raises(UsageError, match=r"held_input is 5, but the tool bank"):
        _build(wires, held_input=5)


def test_without_a_gripper_nothing_closes() -> None:
    gripper = build_gripper({"name": "none"}, "127.0.0.1", Wires())
    gripper.connect()
    gripper.begin("open")
    assert gripper.report().trouble == ""
    gripper.begin("closed")
    assert "has no gripper" in gripper.report().trouble
    gripper.hold()
    gripper.connect()
    assert gripper.report().trouble == ""
    gripper.close()


def test_names_and_options_are_checked_all_at_once() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'robotiq'\? Allowed: digital_output"):
        build_gripper({"name": "robotic"}, "x", Wires())
    with pytest.raises(UnknownNameError, match="gripper says no name"):
        build_gripper({}, "x", Wires())
    wrong = {"name": "robotiq", "sped": 1, "force": 2, "activate": "yes", "stroke_m": float("nan")}
    with pytest.raises(UsageError) as caught:
        build_gripper(wrong, "x", Wires())
    text = str(caught.value)
    assert "gripper.sped: the gripper 'robotiq' has no option 'sped'. Did you mean 'speed'?" in text
    assert "gripper.force: got 2. Allowed: a number, at least 0 and at most 1." in text
    assert "gripper.activate: got 'yes'. Allowed: true or false." in text
    assert "gripper.stroke_m: got nan" in text
    assert gripper_problems({"name": "none", "speed": 1}) == [
        (
            "gripper.speed",
            "gripper.speed: the gripper 'none' has no option 'speed'. Allowed: none at all.",
        )
    ]
    assert gripper_problems({"name": "digital_output", "bank": "tol", "number": True})[1] == (
        "gripper.number",
        "gripper.number: got True. Allowed: a whole number, at least 0 and at most 7.",
    )
    assert gripper_problems({"name": "digital_output", "held_input": None}) == []
