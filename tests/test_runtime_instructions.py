"""What a policy is asked for by an instruction in a person's words, wherever it acts."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from cliprt.errors import UnclearError
from cliprt.matchers.interface import Match, Matcher
from cliprt.matchers.literal import LiteralMatcher
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component
from cliprt.runtime.choices import GiveUp, Move
from cliprt.runtime.instructions import MOST_REMEMBERED, Understanding, answer_for, pick
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.stages.keys import evaluation_key
from cliprt.types import Observation, Proposal
from cliprt.vocabularies.grid import ClipRt58Vocabulary

KNOWN = ("Close the laptop", "Open the cabinet")
SEEN = Observation({}, (0.0,) * 6, (0.0,) * 6, (), "open", 0.0, 0.0)


class ByFirstWord(Matcher):
    """Sure where exactly one taught instruction begins alike."""

    def __init__(self):
        self.asked = []

    def match(self, instruction, known):
        self.asked.append(instruction)
        begin = instruction.split()[0].lower()
        alike = [one for one in known if one.lower().startswith(begin)]
        return Match(alike[0]) if len(alike) == 1 else Match(instruction, 0.0, 0.0, tuple(known))


def test_other_words_are_taken_for_what_was_taught_and_said_once(capsys):
    matcher = ByFirstWord()
    understand = Understanding(matcher, KNOWN * 2)
    assert understand.known == KNOWN
    assert understand("close that thing") == "Close the laptop"
    assert understand("close that thing") == "Close the laptop"
    assert capsys.readouterr().err == "I take “close that thing” for “Close the laptop”.\n"
    assert understand("Open the cabinet") == "Open the cabinet"
    assert matcher.asked == ["close that thing"], "taught words mean themselves"
    assert capsys.readouterr().err == ""


def test_what_is_unclear_is_asked_until_a_person_has_chosen():
    understand = Understanding(ByFirstWord(), KNOWN)
    for _ in range(2):
        with pytest.raises(UnclearError) as error:
            understand("tidy up\x1b[2J")
    assert error.value.offers == KNOWN
    told = "was not taught in these words. Did you mean “Close the laptop” or “Open the cabinet”?"
    assert told in str(error.value)
    assert "\x1b" not in str(error.value)
    travelled = pickle.loads(pickle.dumps(error.value))
    assert (str(travelled), travelled.offers) == (str(error.value), KNOWN)
    understand.remember("tidy up", "Open the cabinet")
    assert understand("tidy up") == "Open the cabinet"


def test_strangers_cannot_fill_the_memory():
    understand = Understanding(LiteralMatcher())
    for number in range(MOST_REMEMBERED + 10):
        understand(f"go {number}")
    assert len(understand._taken) <= MOST_REMEMBERED


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("2", KNOWN[1]),
        ("the second one", KNOWN[1]),
        ("close the laptop.", KNOWN[0]),
        ("yes", None),
        ("", None),
        ("3", None),
    ],
)
def test_an_answer_names_an_offer(answer, meant):
    assert pick(answer, KNOWN) == meant


def test_an_agent_asks_for_what_is_meant_and_gives_up_where_it_is_unclear():
    asked = []
    understand = Understanding(ByFirstWord(), KNOWN)

    def propose(observation, instruction):
        asked.append(understand(instruction))
        return Proposal(scores=np.arange(58.0))

    agent = PolicyAgent(propose, ClipRt58Vocabulary())
    agent.start("close it", 0, None, None)
    assert isinstance(agent.decide(SEEN), Move)
    assert asked == ["Close the laptop"]
    agent.start("tidy up", 0, None, None)
    choice = agent.decide(SEEN)
    assert isinstance(choice, GiveUp)
    assert "Did you mean “Close the laptop” or “Open the cabinet”?" in choice.reason
    assert agent.probabilities is None


def test_trials_are_named_as_ever_unless_somebody_matches():
    recipe = load_recipe("tiny")
    assert recipe.runtime.instructions == Component("literal")
    other = replace(recipe.runtime, instructions=Component("literal", {"x": 1}))
    changed = replace(recipe, runtime=other)
    before = evaluation_key(recipe, "policy")
    assert before == evaluation_key(replace(recipe, runtime=replace(recipe.runtime)), "policy")
    assert evaluation_key(changed, "policy") != before


def test_a_recipe_names_a_matcher(capsys):
    recipe = load_recipe("tiny", ["runtime.instructions=literal"])
    assert recipe.runtime.instructions == Component("literal")
    with pytest.raises(
        ValueError, match=r"no matcher is called 'litteral'. Did you mean 'literal'"
    ):
        load_recipe("tiny", ["runtime.instructions=litteral"])
    with pytest.raises(ValueError, match=r"runtime.instructions.x.*no such option"):
        load_recipe("tiny", ["runtime.instructions={name: literal, x: 1}"])


def test_a_simulated_person_says_what_they_mean_where_it_is_offered(capsys):
    understand = Understanding(ByFirstWord(), KNOWN)
    answer_for(understand, "tidy up", "Open the cabinet")
    assert understand("tidy up") == "Open the cabinet"
    assert "Asked: “tidy up” was not taught" in capsys.readouterr().err
    answer_for(understand, "make coffee", "Make me a coffee")
    with pytest.raises(UnclearError):
        understand("make coffee")
    answer_for(str, "as it is", "Open the cabinet")
