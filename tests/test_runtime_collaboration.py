"""Policy and helper: who acts when, how often, and what may be learned from."""

import numpy as np
import pytest
from fake_robot import FakeRobot

from cliprt.data.samples import is_sample
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import run_episode
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt, Proposal
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
LABELS = {p.phrase: p.label for p in VOCABULARY.primitives}
LEFT = LABELS["move the arm to the left by one centimeter"]
RIGHT = LABELS["move the arm to the right by one centimeter"]
UP = LABELS["raise the arm up by one centimeter"]


class Listener(Teleoperator):
    """Gives prepared answers, and remembers what it was asked."""

    def __init__(self, answers, is_person=False):
        self.answers = list(answers)
        self.is_person = is_person
        self.heard = []
        self.seen = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        return self.answers.pop(0) if self.answers else ""

    def hear(self, message, offers=()):
        self.heard.append((message, offers))

    def review(self, observation, proposal, probability):
        self.seen.append((proposal.phrase, round(probability, 2)))
        return self.say(observation)


def scorer(*columns):
    """A policy whose n-th decision has these (label, score) pairs; the last one for ever."""
    turn = iter([*columns[:-1]])

    def score(observation, instruction):
        values = np.full(58, -20.0)
        for label, value in next(turn, columns[-1]):
            values[label] = value
        return Proposal(scores=values)

    return score


def run(score, answers, steps=4, is_person=False, break_loops=False, **options):
    teleoperator = Listener(answers, is_person)
    agent = CollaborativeAgent(
        PolicyAgent(score, VOCABULARY, break_loops),
        SpokenAgent(teleoperator, GrammarInterpreter(VOCABULARY)),
        VOCABULARY,
        threshold=0.2,
        source="listener",
        **options,
    )
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    episode = run_episode(
        agent, gate, Attempt("e", "", "go", 0, "clip_rt", steps), record=History(gate)
    )
    return teleoperator, agent, episode


SURE, UNSURE = ((LEFT, 5.0),), ((LEFT, 1.0), (UP, 0.9), (RIGHT, 0.8))


def test_a_policy_that_is_sure_asks_nobody():
    listener, agent, episode = run(scorer(SURE), ["up"], largest_set=2)
    assert [step.primitive.label for step in episode.steps] == [LEFT] * 4
    assert listener.heard == []
    assert agent.interventions == 0
    assert {step.source for step in episode.steps} == {"clip_rt"}
    assert not any(is_sample(step) for step in episode.steps)


def test_an_unsure_policy_asks_and_its_helper_is_learned_from():
    listener, agent, episode = run(scorer(UNSURE, SURE), ["move up 5 cm"], largest_set=2)
    first, second = episode.steps[:2]
    assert first.primitive.phrase == "raise the arm up by five centimeters"
    assert (first.source, first.supervision) == ("listener", "move up 5 cm")
    assert is_sample(first)
    assert (second.source, second.supervision, is_sample(second)) == ("clip_rt", "", False)
    message, offers = listener.heard[0]
    assert "which of 3 things" in message
    assert offers == tuple(VOCABULARY.primitives[i].phrase for i in (LEFT, UP, RIGHT))
    assert agent.interventions == 1


def test_a_set_of_nothing_and_a_repetition_are_reasons_to_ask():
    nothing = tuple((label, 1.0) for label in range(58))
    listener, _, _ = run(scorer(nothing, SURE), ["up"], largest_set=2)
    assert "Nothing seems right" in listener.heard[0][0]
    assert len(listener.heard[0][1]) == 5
    back_and_forth = scorer(SURE, ((RIGHT, 5.0),), SURE, SURE)
    listener, _, episode = run(back_and_forth, ["up"], break_loops=True)
    assert "I have been here before" in listener.heard[0][0]
    assert [s.source for s in episode.steps] == ["clip_rt", "clip_rt", "listener", "clip_rt"]


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_no_more_questions_than_allowed(budget):
    _, agent, episode = run(
        scorer(UNSURE), ["up 1 cm"] * 9, largest_set=2, interventions=budget, steps=6
    )
    assert agent.interventions == budget
    assert [s.source for s in episode.steps].count("listener") == budget


@pytest.mark.parametrize("answers", [[], ["blah blah"] * 9, ["done"]])
def test_who_does_not_help_lets_the_policy_go_on(answers):
    _, agent, episode = run(scorer(UNSURE), answers, largest_set=2, interventions=1)
    assert [s.primitive.label for s in episode.steps] == [LEFT] * 4
    assert agent.interventions == 1
    assert episode.meta["end"] == "max_steps"


def test_stop_is_obeyed_and_a_person_may_say_that_it_is_done():
    assert run(scorer(UNSURE), ["stop"], largest_set=2)[2].meta["end"] == "stopped"
    done = run(scorer(UNSURE), ["done"], largest_set=2, is_person=True)[2]
    assert done.meta["end"] == "done"


def test_a_person_who_watches_objects_by_a_sentence():
    listener, agent, episode = run(
        scorer(SURE), ["", "up 1 cm", ""], initiative="person", interventions=2, is_person=True
    )
    assert [s.source for s in episode.steps] == ["clip_rt", "listener", "clip_rt", "clip_rt"]
    assert [is_sample(s) for s in episode.steps] == [False, True, False, False]
    assert listener.seen[0] == ("move the arm to the left by one centimeter", 1.0)
    assert len(listener.seen) == 4
    assert agent.interventions == 1


def correct(answers, steps=4, **options):
    return run(scorer(SURE), answers, initiative="person", is_person=True, steps=steps, **options)


def test_a_correction_marks_the_steps_before_it_and_what_it_replaces():
    _, _, episode = correct(["", "", "right 3 cm, up 1 cm", "", "up 5 cm"], steps=6)
    sources = ["clip_rt", "clip_rt", "listener", "listener", "clip_rt", "listener"]
    assert [step.source for step in episode.steps] == sources
    marks = [step.trace.get("corrects") for step in episode.steps]
    assert marks == [None, None, [0, 1], [], None, [4]]
    instead = episode.steps[2].trace["instead_of"]
    assert (instead["label"], instead["rank"]) == (LEFT, 1)
    assert instead["probability"] == pytest.approx(1.0)


def test_a_question_of_the_policy_is_no_correction():
    _, _, episode = run(scorer(UNSURE, SURE), ["move up 5 cm"], largest_set=2)
    assert episode.steps[0].trace == {}


def test_a_person_takes_back_what_the_policy_did():
    _, agent, episode = correct(["", "undo", "up 1 cm", "undo", "redo", "discard"], steps=9)
    assert [step.primitive.label for step in episode.steps] == [UP]
    assert episode.steps[0].trace["corrects"] == []  # nothing wrong is left before it
    assert episode.meta["end"] == "discarded"
    assert agent.interventions == 5


def test_an_undone_step_is_not_proposed_again_where_loops_are_broken():
    both = scorer(((LEFT, 5.0), (UP, 4.0)))
    listener, _, episode = run(
        both, ["", "undo"], initiative="person", is_person=True, break_loops=True, steps=2
    )
    proposed = [VOCABULARY.primitives[label].phrase for label in (LEFT, LEFT, UP)]
    assert [phrase for phrase, _ in listener.seen[:3]] == proposed
    assert episode.steps[0].primitive.label == UP


def test_only_a_person_may_take_back_or_discard():
    _, _, episode = run(scorer(SURE), ["", "undo", "discard", ""], initiative="person", steps=4)
    assert [step.source for step in episode.steps] == ["clip_rt"] * 4
    assert episode.meta["end"] == "max_steps"
