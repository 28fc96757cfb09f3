"""What was done before, as the loop tells it: again, back, keep going, and what ends that."""

import io

import pytest
from fake_robot import FakeRobot

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import MAX_REPEATS, SpokenAgent
from cliprt.runtime.company import Speaker as Standing
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import run_episode
from cliprt.runtime.record import Notes
from cliprt.teleoperators.console import ConsoleTeleoperator
from cliprt.teleoperators.interface import Teleoperator
from cliprt.teleoperators.script import ScriptTeleoperator
from cliprt.types import Attempt
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()


class Watcher(Teleoperator):
    """Says sentences; a number lets what goes on happen so many times."""

    is_person = True

    def __init__(self, *said):
        self.said = list(said)
        self.heard = []
        self.shown = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        while self.said and isinstance(self.said[0], int):
            self.said.pop(0)
        return self.said.pop(0) if self.said else "done"

    def hear(self, message, offers=()):
        self.heard.append(message)

    def review(self, observation, proposal, probability):
        self.shown.append((proposal.motion, probability))
        if not (self.said and isinstance(self.said[0], int) and self.said[0]):
            return self.say(observation)
        self.said[0] -= 1
        return ""

    def go_on(self, reason):
        return True


def run(speaker, max_steps=None, look=None):
    """An episode; the cm in y of each step that was made, and the episode."""
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    if look:
        gate.watch(look(gate))
    episode = run_episode(
        SpokenAgent(speaker, GrammarInterpreter(VOCABULARY)),
        gate,
        Attempt("e", "", "go", 0, "console", max_steps),
        record=History(gate, Notes()),
        company=Standing(speaker),
    )
    return [round(s.primitive.motion[1] * 100, 6) for s in episode.steps], episode


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        (["left 4 cm", "again", "half of that", "the other way"], [4, 4, 2, -2]),
        (["left 4 cm", "left 2 cm", "undo", "again"], [4, 4]),
        (["left 4 cm", "left 2 cm", "undo", "redo", "again"], [4, 2, 2]),
        (["left 4 cm", "left 2 cm", "undo", "undo", "again", "right 1 cm"], [-1]),
        (["left 4 cm then right 1 cm", "a bit more"], [4, -1, -1]),
        (["left 4 cm then right 1 cm", "again"], [4, -1, 4, -1]),
        (["left 4 cm then right 1 cm", "undo", "again"], [4, 4]),
        (["left 4 cm then right 1 cm", "go back", "left 2 cm", "again"], [4, -1, 1, -4, 2, 2]),
        (["left 4 cm", "too far", "go back"], [4, -2, 2]),
    ],
)
def test_the_last_step_is_the_last_that_was_not_taken_back(said, steps):
    assert run(Watcher(*said))[0] == steps


def test_an_episode_that_is_gone_on_with_knows_its_last_step_only():
    _, episode = run(Watcher("left 4 cm", "right 1 cm"))
    agent = SpokenAgent(Watcher("again"), GrammarInterpreter(VOCABULARY))
    agent.start("go", 0, None, None)
    agent.recall(episode.steps, False, Situation())
    with FakeRobot() as robot:
        (planned,) = agent.decide(robot.observe()).steps
    assert planned.primitive.motion[1] == -0.01


def test_a_refused_step_is_no_step_before():
    speaker = Watcher("left 4 cm", "down 25 cm", "again")
    made, episode = run(speaker)
    assert [bool(step.outcome.refused) for step in episode.steps] == [False, True, False]
    assert made == [4, 0, 4]


def test_keep_going_shows_each_next_step_and_ends_when_something_else_is_said():
    speaker = Watcher("left 14 cm", "keep going", 3, "right 2 cm", "again")
    made, episode = run(speaker)
    assert made == [14, 1, 1, 1, 1, -2, -2]
    assert [step.supervision for step in episode.steps[1:5]] == ["keep going"] * 4
    assert {probability for _, probability in speaker.shown} == {None}
    assert len(speaker.shown) == 4


@pytest.mark.parametrize("ending", ["undo", "there", "hm", "stop", "the other way", "done"])
def test_whatever_is_said_ends_it(ending):
    speaker = Watcher("left 4 cm", "keep going", 2, ending, "up 1 cm")
    run(speaker)
    assert len(speaker.shown) == 3


def test_a_stop_in_motion_ends_it_and_is_no_step_before():
    speaker = Watcher("left 14 cm", "keep going", 20, "again", "right 1 cm")
    cuts = []

    def halt_third(gate):
        def look(now_s):
            if len(speaker.shown) == 2 and gate.state == "moving" and not cuts:
                cuts.append(now_s)
                gate.halt("enough")

        return look

    made, episode = run(speaker, look=halt_third)
    cut = [step.outcome.stopped_after_s is not None for step in episode.steps]
    assert (made, cut) == ([14, 1, 1, 1, -1], [False, False, False, True, False])
    assert len(speaker.shown) == 2
    assert "step before" in speaker.heard[0]


def test_what_was_not_made_after_all_does_not_go_on():
    _, episode = run(Watcher("left 4 cm"))
    speaker = Watcher("keep going", "right 1 cm")
    agent = SpokenAgent(speaker, GrammarInterpreter(VOCABULARY))
    agent.start("go", 0, None, None)
    agent.recall(episode.steps, False, Situation())
    with FakeRobot() as robot:
        ways = [agent.decide(robot.observe()).steps[0].primitive.motion[1] for _ in range(2)]
    assert (ways, speaker.shown) == ([0.04, -0.01], [])


def test_a_refusal_ends_it():
    speaker = Watcher("up 30 cm", "keep going", 1000)
    _, episode = run(speaker)
    refused = [bool(step.outcome.refused) for step in episode.steps]
    assert refused == [False] * (len(refused) - 1) + [True]
    assert len(speaker.shown) == len(refused) - 2
    assert speaker.heard[-1].startswith("I did not move: that would be")


def test_nobody_keeps_going_for_ever():
    script = ScriptTeleoperator(["left 1 cm", "keep going", "right 2 cm"])
    made, _ = run(script)
    assert made == [1] * (1 + MAX_REPEATS) + [-2]
    assert run(script, max_steps=7)[1].meta["end"] == "max_steps"


def test_at_the_console_enter_goes_on(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("left 3 cm\nkeep going\n\n\nthere\nagain\ndone\n"))
    assert run(ConsoleTeleoperator())[0] == [3, 3, 3, 3, 3]
    shown = capsys.readouterr().err
    assert "Next: move the arm to the left by 3 cm" in shown
    assert "Policy" not in shown


def test_a_stop_at_the_console_ends_it(monkeypatch):
    typed = "left 14 cm\nkeep going\n\nplease stop\n\nright 1 cm\ndone\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert run(ConsoleTeleoperator())[0] == [14, 1, 1, -1]
