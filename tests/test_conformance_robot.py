"""Every robot of ours keeps the contract; a broken one is caught."""

import contextlib
import math
from dataclasses import replace

import numpy as np
import pytest
from fake_robot import FakeRobot, FakeSimulation

from cliprt.recipe.schema import GateSection
from cliprt.registry import entries, load
from cliprt.robots.interface import RobotBackend
from cliprt.runtime.gate import Gate
from cliprt.testing.robot import check_robot

pytest.importorskip("pybullet")


@pytest.mark.parametrize("name", [e.name for e in entries("robot") if e.package == "cliprt"])
def test_registered_robots_conform(name):
    check_robot(load("robot", name)(image_size=32))


@pytest.mark.parametrize("simulated", [False, True])
def test_gates_conform(simulated):
    robot = FakeRobot(simulated=simulated)
    gate = Gate(robot, GateSection(min_interval_s=0.0))
    check_robot(gate, trip=lambda: robot.trip("collision"), clear=robot.clear)


@pytest.mark.parametrize("simulated", [False, True])
def test_the_fake_robot_conforms_itself(simulated):
    check_robot(FakeRobot(simulated=simulated))


class WrongRobot(FakeRobot):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        super().__init__(simulated=fault != "hardware")
        self.fault = fault
        self.buffer = np.zeros((8, 8, 3), dtype=np.uint8)

    def observe(self):
        seen = super().observe()
        if self.fault in ("buffer", "frozen"):
            np.copyto(self.buffer, 0 if self.fault == "frozen" else seen.images["front"])
            return replace(seen, images={"front": self.buffer})
        return seen


class PosingRobot(WrongRobot):
    simulates = True


class WrongSimulation(FakeSimulation):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        self.fault = ""
        super().__init__()
        self.fault = fault

    def clear(self, seed):
        time_s = self.time_s if self.fault else 0.0
        if self.fault != "uncleared":
            super().clear(seed)
        if self.fault == "clock":
            self._time_s = time_s

    def settle(self, seconds):
        if self.fault != "rigid":
            super().settle(seconds)

    def restore(self, snapshot):
        if self.fault == "vague":
            snapshot = {**snapshot, "_time_s": self.time_s}
        super().restore(snapshot)

    def move_home(self, pose):
        return self.fault != "lame"


@pytest.mark.parametrize(
    ("robot", "text"),
    [
        (FakeRobot, "is no object of a RobotBackend"),
        (FakeSimulation(), "is no object of a RobotBackend"),
        (WrongRobot("buffer"), "an image that was handed out changed later"),
        (PosingRobot("hardware"), "it simulates, but has no `simulation`"),
    ],
)
def test_wrong_robots_are_caught(robot, text):
    with pytest.raises(AssertionError, match=text):
        check_robot(robot)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("clock", r"time_s is .* after clear"),
        ("rigid", r"no time passes in settle"),
        ("vague", r"restore did not return to the snapshot"),
        ("lame", r"move_home says that home is out of reach"),
        ("uncleared", r"time_s is .* after clear"),
    ],
)
def test_wrong_simulations_are_caught(fault, text):
    robot = FakeRobot()
    robot._world = WrongSimulation(fault)
    with pytest.raises(AssertionError, match=text):
        check_robot(robot)


def test_a_camera_that_sees_nothing_move_is_warned_of():
    with pytest.warns(UserWarning, match="camera 'front' gave the very same picture .* frozen"):
        check_robot(WrongRobot("frozen"))


class TrippingRobot(FakeRobot):
    """Stops by itself, and breaks one rule then."""

    def __init__(self, fault):
        super().__init__()
        self.fault = fault

    def execute(self, motion, gripper):
        if self.fault == "forgets":
            self._stopped_because = self._stopped_because and self._trouble
        if len(motion) != 7 or not max(map(abs, motion)) < 1:
            return self._refuse(motion, gripper, "too far")
        outcome = super().execute(motion, gripper)
        return replace(outcome, stopped_because=None) if self.fault == "silent" else outcome

    def connect(self):
        if self.fault == "eager":
            self._trouble = ""
        super().connect()


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("silent", "says why: stopped_because"),
        ("eager", "must say what a person has to clear"),
        ("forgets", r"moved after a person cleared it, but before connect"),
    ],
)
def test_robots_that_go_on_by_themselves_are_caught(fault, text):
    robot = TrippingRobot(fault)
    with pytest.raises(AssertionError, match=text):
        check_robot(robot, trip=lambda: robot.trip("collision"), clear=robot.clear)


class PlainRobot(load("robot", "pybullet")):
    """Has nothing but what every backend has: it cannot halt without stopping, and calls nobody."""

    halt = RobotBackend.halt
    watch = RobotBackend.watch


def test_robots_that_can_only_stop_conform():
    check_robot(PlainRobot(image_size=16))


class FaultyRobot(load("robot", "pybullet")):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        super().__init__(image_size=16)
        self.fault = fault
        self.idle, self.was_halted = True, False

    def observe(self):
        if self.fault == "silent" and self._world is None:
            return None
        seen = super().observe()
        if self.fault == "grey":
            images = {name: image.mean(axis=2) for name, image in seen.images.items()}
            return replace(seen, images=images)
        if self.fault == "blind":
            return replace(seen, images={})
        if self.fault == "stubborn" and self.was_halted:
            return replace(seen, commanded_pose=(9.0, *seen.commanded_pose[1:]))
        if self.fault == "fist":
            return replace(seen, gripper_opening_m=0.0)
        return seen

    def execute(self, motion, gripper):
        if self.fault == "raise" and len(motion) != 7:
            raise ValueError("seven!")
        if self.fault == "clip":
            motion = tuple(np.nan_to_num(motion)) if len(motion) == 7 else motion
        if self.fault == "swallow" and self._world.on_moving:
            self._world.on_moving = quiet(self._world.on_moving)
        if self.fault == "restless":
            self._world.halted.clear()
        outcome = super().execute(motion, gripper)
        if self.fault == "off":
            return replace(outcome, measured=(9.0, *outcome.measured[1:]))
        if self.fault == "lie" and any(map(math.isnan, motion)):
            return replace(outcome, refused=None)
        self.was_halted = outcome.stopped_after_s is not None
        return outcome

    def halt(self):
        if self.fault != "deaf" or self.idle:
            super().halt()

    def watch(self, on_moving):
        self.idle = on_moving is None
        if self.fault != "faithful" or on_moving is not None:
            super().watch(on_moving)
        if self.fault == "wrong clock" and on_moving is not None:
            super().watch(lambda time_s: on_moving(time_s + 1000))


def quiet(on_moving):
    def look(time_s):
        with contextlib.suppress(ArithmeticError):
            on_moving(time_s)

    return look


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("blind", "but the cameras are"),
        ("grey", "images are uint8"),
        ("fist", "openings measured the wrong way"),
        ("off", "mm beside the target"),
        ("raise", "refused, not raised"),
        ("clip", "was not refused"),
        ("lie", "was not refused"),
        ("silent", "after stop"),
        ("restless", r"execute\(\) moved before connect"),
        ("deaf", "a halt during a motion did not end it"),
        ("stubborn", "motions must add up on where it rests"),
        ("faithful", r"watch\(None\) did not end the calls"),
        ("wrong clock", "another time than observe"),
        ("swallow", "must come out, got None"),
    ],
)
def test_faulty_robots_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text):
        check_robot(FaultyRobot(fault))
