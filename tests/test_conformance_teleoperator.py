"""Every registered teleoperator keeps the contract; a broken one is caught."""

import io

import numpy as np
import pytest
from fake_robot import FakeRobot
from loopback_model import LoopbackModel

from cliprt.errors import UsageError
from cliprt.registry import load, names
from cliprt.tasks.pick import PickTask
from cliprt.teleoperators.interface import Teleoperator
from cliprt.testing.teleoperator import check_teleoperator


def check_teacher(make, monkeypatch):
    from cliprt.robots.pybullet import PyBulletBackend

    task = PickTask()
    with PyBulletBackend(cameras=()) as robot:
        robot.simulation.clear(7)
        task.reset(robot.simulation, np.random.default_rng(7))
        check_teleoperator(make(), robot, task)


def check_console(make, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("move left\nup\nno\n2\n3\n"))
    with FakeRobot() as robot:
        check_teleoperator(make(), robot, repeatable=False)


def check_script(make, monkeypatch):
    with FakeRobot(simulated=False) as robot:
        check_teleoperator(make(["move left", "up a bit"]), robot)


def check_llm_vision(make, monkeypatch):
    pytest.importorskip("litellm")
    with (
        LoopbackModel("move the arm to the left by ten centimeters") as server,
        FakeRobot() as robot,
    ):
        check_teleoperator(make("openai/fake", server.url, server.key_variable), robot)


class Typing:
    """Someone at a page who types the same again and again."""

    def __init__(self):
        self.told = []

    def ask(self, observation):
        return "move left"

    def tell(self, message, offers):
        self.told.append((message, offers))

    def review(self, observation, proposal, probability):
        return ""


def check_web(make, monkeypatch):
    page = Typing()
    with FakeRobot() as robot:
        check_teleoperator(make(page), robot)
        assert page.told
        assert make(page).review(robot.observe(), None, 0.0) == ""
        with pytest.raises(UsageError, match="cliprt teach"):
            make().say(robot.observe())


CHECKS = {
    "teacher": check_teacher,
    "console": check_console,
    "script": check_script,
    "llm_vision": check_llm_vision,
    "web": check_web,
}


@pytest.mark.parametrize("name", names("teleoperator"))
def test_registered_teleoperators_conform(name, monkeypatch):
    CHECKS[name](load("teleoperator", name), monkeypatch)


class BrokenTeleoperator(Teleoperator):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        self.fault = fault
        self.calls = 0

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        self.calls += 1
        said = {"mute": " ", "number": 3, "moody": f"left {self.calls} cm"}
        return said.get(self.fault, "left")

    def hear(self, message, offers=()):
        return "what?" if self.fault == "answers" else None


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("mute", "an empty sentence"),
        ("number", "it must be text"),
        ("moody", "said 'left 1 cm', then 'left 2 cm'"),
        ("answers", "must return nothing"),
    ],
)
def test_broken_teleoperators_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text), FakeRobot() as robot:
        check_teleoperator(BrokenTeleoperator(fault), robot)
