"""What is said beside a command: reasons, conditions, places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)

STATES = {
    "too high": "z+",
    "a bit low": "z-",
    "too far to the left": "y+",
    "way too far right": "y-",
    "too far forward": "x+",
    "not high enough": "z-",
}
COMMANDS = {
    "lower it 3 cm": "z-",
    "bring it up a touch": "z+",
    "go right 2 cm": "y-",
    "move it left a bit": "y+",
    "back up 4 cm": "x-",
    "go forward": "x+",
}
CONDITIONS = (
    *("until it touches the lid", "till you reach the wall", "as far as the edge", "if it is open"),
    *("before it spills", "above the cup", "next to the box", "when I say so", "into the mug"),
)


def read(sentence: str) -> Reading:
    """What the grammar makes of it."""
    return GRAMMAR.read(sentence)


@given(
    st.sampled_from(sorted(STATES)),
    st.sampled_from(sorted(COMMANDS)),
    st.sampled_from(["it's {0}, {1}", "the hand is {0} so {1}", "{1}, you are {0}"]),
)
def test_a_reason_must_go_with_the_command(state, command, how):
    reading = read(how.format(state, command))
    too_far, way = STATES[state], COMMANDS[command]
    if (too_far[0], too_far == way) == (way[0], False):
        assert reading.primitives == read(command).primitives
    else:
        assert reading.decision == "ask"


@pytest.mark.parametrize(
    "sentence",
    [
        "it is too high",
        "that's too far left",
        "the cup is too high, lower it 3 cm",
        "it is left, go right",
        "is it too high, lower it?",
        "raise it high",
        "it's too high, don't lower it",
    ],
)
def test_a_reason_alone_or_of_a_thing_moves_nothing(sentence):
    assert read(sentence).decision == "ask"


@given(st.sampled_from(sorted(COMMANDS)), st.sampled_from(CONDITIONS))
def test_what_cannot_be_watched_for_gets_a_first_small_step(command, condition):
    reading = read(f"{command} {condition}")
    assert reading.decision == "ask"
    assert "cannot watch" in reading.reason
    first = reading.offers[0]
    assert first.group == COMMANDS[command]
    assert max(map(abs, first.motion)) <= 0.05


@pytest.mark.parametrize(
    ("sentence", "groups"),
    [
        ("once it is open, move back", {"x-"}),
        ("go above the cup", {"z+"}),
        ("don't move left until I say so", set()),
        ("before you go up, go left", {"y+"}),
        ("tell me when the pasta is ready", set()),
    ],
)
def test_a_condition_itself_is_never_offered(sentence, groups):
    reading = read(sentence)
    assert reading.decision == "ask"
    assert {offer.group for offer in reading.offers} == groups
