"""A robot in trouble: the person is asked until robot and person agree, and nothing is lost."""

import json

import pytest
from beside import Beside
from fake_robot import HOME, FakeRobot

from cliprt.data.codec import from_record, to_record
from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.registry import load
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import run_episode
from cliprt.runtime.record import Record
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt

VOCABULARY = load("vocabulary", "clip_rt_58")()
COLLISION = "protective stop: look at the arm, then unlock it at the pendant"


class Person(Teleoperator):
    """Says the given sentences, or does the given things; keeps what it hears."""

    is_person = True

    def __init__(self, *sentences):
        self.sentences = list(sentences)
        self.heard = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        said = self.sentences.pop(0)
        return said() if callable(said) else said

    def hear(self, message, offers=()):
        self.heard.append(message)


class Lost(FakeRobot):
    """Hardware whose link can be cut."""

    is_cut = False

    def observe(self):
        self.check()
        return super().observe()

    def execute(self, motion, gripper):
        self.check()
        return super().execute(motion, gripper)

    def connect(self):
        self.check()
        super().connect()

    def check(self):
        if self.is_cut:
            raise RobotError("nobody answers at 192.0.2.1. Check the cable.")


def teach(person, robot, store, with_history=True, **beside):
    gate = Gate(robot, GateSection())
    gate.connect()
    journal = store.begin(Attempt("e", "", "go", 0, "console"))
    record = History(gate, journal) if with_history else Record(journal)
    try:
        episode = run_episode(
            SpokenAgent(person, GrammarInterpreter(VOCABULARY)),
            gate,
            Attempt("e", "", "go", 0, "console", 20),
            record=record,
            company=Beside(**beside),
        )
    finally:
        journal.close()
    return episode, gate


@pytest.fixture
def store(tmp_path):
    return EpisodeStore(tmp_path)


@pytest.mark.parametrize("when", ["idle", "on its way"])
def test_the_person_is_asked_until_the_robot_can_go_on(store, when):
    robot = FakeRobot(simulated=False, fail=lambda call: when != "idle" and crash(call))
    asked = []

    def crash(call):
        if call == 1:
            robot.trip(COLLISION)

    def up():
        if when == "idle":
            robot.trip(COLLISION)
        return "up 5 cm"

    def go_on(reason):
        asked.append(reason)
        if len(asked) == 1:
            robot.trip("the emergency stop is pressed")
        elif len(asked) == 2:
            robot.clear()
        return True

    person = Person("left 5 cm", up, "right 1 cm", "done")
    episode, _ = teach(person, robot, store, go_on=go_on)
    assert asked == [COLLISION, "the emergency stop is pressed"]
    assert episode.meta["end"] == "done"
    assert person.heard == []
    stopped = store.load("e").steps[1].outcome
    assert stopped.stopped_because == COLLISION
    assert (stopped.refused == COLLISION) is (when == "idle")
    assert (stopped.stopped_after_s is None) is (when == "idle")
    assert robot.tcp_pose[1] == pytest.approx(HOME[1] + 0.05 - 0.01)


def test_where_nobody_decides_the_episode_ends_stopped_and_is_committed(store):
    robot = FakeRobot(simulated=False)

    def left():
        robot.trip(COLLISION)
        return "left 5 cm"

    episode, gate = teach(Person("up 5 cm", left), robot, store)
    assert episode.meta == {"end": "stopped", "reason": COLLISION}
    assert store.load("e").meta["end"] == "stopped"
    assert len(episode.steps) == 2
    assert gate.state == "stopped"


def test_a_person_who_gives_up_ends_the_episode(store):
    robot = FakeRobot(simulated=False)
    answers = [True, False]

    def left():
        robot.trip(COLLISION)
        return "left 5 cm"

    episode, _ = teach(Person(left), robot, store, go_on=lambda reason: answers.pop(0))
    assert answers == []
    assert episode.meta == {"end": "stopped", "reason": COLLISION}


@pytest.mark.parametrize("where", ["looking", "moving", "undoing"])
def test_a_lost_link_is_waited_for_and_no_sentence_is_lost(store, where):
    robot = Lost(simulated=False)
    asked = []

    def cut(words):
        def say():
            robot.is_cut = True
            return words

        return say

    def go_on(reason):
        asked.append(reason)
        robot.is_cut = len(asked) < 2
        return True

    def see(step):
        if where == "looking" and step.index == 0:
            robot.is_cut = True

    words = {"looking": "up 1 cm", "moving": cut("up 1 cm"), "undoing": cut("undo")}[where]
    person = Person("left 5 cm", words, "right 1 cm", "done")
    episode, _ = teach(person, robot, store, go_on=go_on, see=see)
    assert len(asked) == 2
    assert all("nobody answers" in reason for reason in asked)
    stored = store.load("e")
    assert stored.meta["end"] == episode.meta["end"] == "done"
    said = [step.supervision for step in stored.steps]
    assert said == ["left 5 cm", *(["up 1 cm"] if where != "undoing" else []), "right 1 cm"]
    if where == "moving":
        assert "nobody answers" in stored.steps[1].outcome.stopped_because
        assert stored.steps[1].outcome.refused


@pytest.mark.parametrize("simulated", [True, False])
def test_where_nobody_can_be_asked_a_failure_keeps_what_was_recorded(store, simulated):
    robot = Lost(simulated=simulated)

    def left():
        robot.is_cut = True
        return "left 5 cm"

    person = Person("up 5 cm", left)
    if simulated:
        with pytest.raises(RobotError, match="nobody answers"):
            teach(person, robot, store, with_history=False, go_on=lambda reason: True)
        assert store.unfinished() == ("e",)
        assert store.repair().recovered == ("e",)
        assert len(store.load("e").steps) == 1
    else:
        episode, _ = teach(person, robot, store)
        assert episode.meta["end"] == store.load("e").meta["end"] == "fault"
        assert "nobody answers" in episode.meta["reason"]
        assert [step.supervision for step in store.load("e").steps] == ["up 5 cm", "left 5 cm"]


def test_a_robot_that_nobody_connected_is_no_episode():
    gate = Gate(FakeRobot(simulated=False), GateSection())
    with pytest.raises(RobotError, match="disconnected"):
        run_episode(
            SpokenAgent(Person("left"), GrammarInterpreter(VOCABULARY)),
            gate,
            Attempt("e", "", "go", 0, "test", 1),
            company=Beside(go_on=lambda reason: True),
        )


def test_episodes_without_the_newer_fields_load(store):

    teach(Person("left 5 cm", "done"), FakeRobot(), store)
    record = json.loads(json.dumps(to_record(store.load("e").steps[0], {})))
    del record["outcome"]["stopped_because"]
    assert from_record(record, store.path).outcome.stopped_because is None
