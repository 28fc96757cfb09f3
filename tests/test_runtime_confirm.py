"""Nothing moves that the person at the robot did not allow, whoever wanted it."""

import io
import math
import sys

import pytest
from fake_robot import HOME, FakeRobot

from cliprt.errors import UsageError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.registry import load
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.confirm import Attendant, attend, confirm_moves, describe_motion
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.teleoperators.script import ScriptTeleoperator
from cliprt.types import NO_MOTION, Attempt, Plan, PlannedStep

VOCABULARY = load("vocabulary", "clip_rt_58")()
LEFT = next(p for p in VOCABULARY.primitives if p.phrase.endswith("left by five centimeters"))
UP = next(p for p in VOCABULARY.primitives if p.phrase == "raise the arm up by five centimeters")


class Typed:
    """What the person at the terminal types, and what they are asked."""

    def __init__(self, *answers):
        self.answers, self.questions = list(answers), []

    def __call__(self, question):
        self.questions.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def attended(*answers, **options):
    robot = FakeRobot(simulated=False, **options)
    gate = Gate(robot, GateSection())
    gate.connect()
    typed = Typed(*answers)
    return gate, robot, typed, Attendant(gate, typed, primitives=VOCABULARY.primitives)


def attempt(gate, attendant, agent, **options):
    return run_episode(
        agent,
        gate,
        Attempt("e", "", "go", 0, "test", 20),
        company=attendant,
        **options,
    )


def plan(*primitives):
    return PlanAgent(Plan("e", "p", "p", tuple(map(PlannedStep, primitives))))


@pytest.mark.parametrize(
    ("motion", "gripper", "text"),
    [
        (LEFT.motion, None, "Next: left 5.0 cm\n      from (45.0, 0.0, 25.0) to (45.0, 5.0, 25.0)"),
        ((-0.1, 0, 0.004, 0, 0, 0, 0), "open", "Next: back 10.0 cm, up 0.4 cm, open the gripper"),
        ((0, -0.01, -0.2, 0, 0, 0, 0), None, "Next: right 1.0 cm, down 20.0 cm"),
        ((0, 0, 0, 0, 0, math.radians(-15), 0), None, "Next: yaw -15.0 degrees"),
        ((0, 0, 0, 0, 0, math.radians(-15), 0), None, "      turning 15.0 degrees, keeping the gr"),
        (
            NO_MOTION,
            "closed",
            "Next: close the gripper\n      the arm stays at (45.0, 0.0, 25.0) cm",
        ),
        (NO_MOTION, "closed", "then closing the gripper"),
        (NO_MOTION, None, "Next: stay"),
    ],
)
def test_a_motion_in_words(motion, gripper, text):
    assert text in describe_motion(HOME, motion, gripper)


def test_every_motion_is_shown_and_waits():
    gate, robot, typed, attendant = attended("", "", "y", "n")
    attendant.arrange("go")
    episode = attempt(gate, attendant, plan(LEFT, UP))
    assert "Arrange the scene for: go" in typed.questions[0]
    assert f"Next: {LEFT.phrase}\n" in typed.questions[1]
    assert (
        "from (45.0, 5.0, 25.0) to (45.0, 5.0, 30.0) cm, keeping the gripper"
        in (typed.questions[2])
    )
    assert len(robot.executed) == 2
    assert typed.questions[3].startswith("Did it succeed?")
    assert episode.success is False


def test_what_is_not_allowed_is_not_made():
    gate, robot, typed, attendant = attended("n", "what?", "a", "y")
    words = ["left 5 cm", "up 5 cm", "forward 1 cm", "done"]
    agent = SpokenAgent(ScriptTeleoperator(words), GrammarInterpreter(VOCABULARY))
    episode = attempt(gate, attendant, agent)
    assert episode.steps[0].outcome.refused == "the person at the robot did not allow it"
    assert [motion for motion, _ in robot.executed] == [
        UP.motion,
        episode.steps[2].primitive.motion,
    ]
    assert len(typed.questions) == 3
    assert episode.success is True
    assert gate.state == "ready"


@pytest.mark.parametrize("answer", ["s", "stop", "no, wait!", None])
def test_the_person_ends_an_episode_and_judges_it(answer):
    gate, robot, typed, attendant = attended("", *([] if answer is None else [answer, "y"]))
    episode = attempt(gate, attendant, plan(LEFT, UP, UP))
    assert len(robot.executed) == 1
    assert episode.meta == {"end": "stopped", "reason": "the person at the robot ended it"}
    assert episode.success is (None if answer is None else True)
    assert not any("Look at the robot" in question for question in typed.questions)


def test_a_robot_that_stops_by_itself_goes_on_when_the_person_says_so():
    gate, robot, typed, attendant = attended("", "", "", "s", "n")

    def crash(call):
        if call == 0:
            robot.trip("protective stop")

    def clear(question):
        if "Stopped: protective stop" in question:
            robot.clear()
        return answer(question)

    robot._fail, answer = crash, attendant._ask
    attendant._ask = clear
    episode = attempt(gate, attendant, plan(LEFT, UP, UP))
    assert [s.outcome.stopped_because for s in episode.steps] == ["protective stop", None, None]
    assert sum("Stopped: protective stop" in q for q in typed.questions) == 1
    assert len(robot.executed) == 2


def test_allowing_all_ends_with_the_episode():
    gate, _robot, typed, attendant = attended("", "a", "y", "", "s", "y")
    assert attendant.arrange("one")
    attempt(gate, attendant, plan(LEFT, UP))
    assert attendant.arrange("two")
    attempt(gate, attendant, plan(UP))
    assert sum("Next: " in question for question in typed.questions) == 2


def test_undo_and_redo_are_asked_about_too():
    gate, robot, typed, attendant = attended("", "n", "", "", "y")
    words = ["left 5 cm", "undo", "undo", "redo", "done"]
    agent = SpokenAgent(ScriptTeleoperator(words), GrammarInterpreter(VOCABULARY))
    episode = attempt(gate, attendant, agent, record=History(gate))
    shown = [q for q in typed.questions if "Next: " in q]
    assert len(shown) == 4
    assert "from (45.0, 5.0, 25.0) to (45.0, 0.0, 25.0)" in shown[1]
    assert len(robot.executed) == 3
    assert len(episode.steps) == 1


def test_a_refused_motion_is_not_asked_about():
    gate, _robot, typed, _attendant = attended()
    assert gate.execute((0.29, 0.29, 0, 0, 0, 0, 0), None).refused.startswith("step")
    assert typed.questions == []


def test_a_stop_from_elsewhere_wins_over_a_yes():
    gate, robot, _typed, attendant = attended()

    def press(question):
        gate.halt("the big red button")
        return ""

    attendant._ask = press
    assert gate.execute(LEFT.motion, None).refused
    assert gate.state == "stopped"
    assert robot.executed == []


def test_ctrl_c_at_the_question_stops_the_robot():
    gate, robot, _typed, attendant = attended()

    def interrupt(question):
        raise KeyboardInterrupt

    attendant._ask = interrupt
    with pytest.raises(KeyboardInterrupt):
        gate.execute(LEFT.motion, None)
    assert robot.stopped.is_set()
    assert robot.executed == []


@pytest.mark.parametrize("simulated", [True, False])
def test_where_nobody_can_be_asked_nothing_moves(monkeypatch, simulated):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    gate = Gate(FakeRobot(simulated=simulated), GateSection())
    gate.connect()
    with confirm_moves(True), pytest.raises(UsageError, match="the input is no terminal"):
        attend(gate)
    with confirm_moves(False):
        assert attend(gate) is None
    if simulated:
        assert attend(gate) is None
    else:
        with pytest.raises(UsageError, match="--no-confirm"):
            attend(gate)
