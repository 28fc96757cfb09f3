"""No wrong reading: what is said of a goal counts, every word of it, or is asked about."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.goals.conditions import Condition, Not, all_of, any_of
from cliprt.goals.phrases import PHRASES
from cliprt.goals.words import read_goal, tell_goal

NAMES = (
    "red cup",
    "blue cup",
    "plate",
    "mug",
    "spoon",
    "red car",
    "blue car",
    "whiteboard",
    "sign",
)
THINGS = dict.fromkeys(NAMES, ()) | {"box": ("lid",), "cabinet": ("drawer",)}
PLAIN = sorted(
    words for words, phrase in PHRASES.items() if not (phrase.is_swapped or phrase.where)
)
OF_TWO = [words for words in PLAIN if PHRASES[words].is_of_two]
_MEANINGFUL = """before after until unless almost nearly very gently twice never always exactly
except loved tilted towards through corner handle bottom zorp blurry several most none first"""
MEANINGFUL = tuple(_MEANINGFUL.split())
"""Words that no rule knows: what they say is not measured."""


def reading(text):
    """The goal that is read, or None where it is asked."""
    try:
        return read_goal(text, THINGS)
    except UsageError:
        return None


@st.composite
def clauses(draw):
    """One clause in words, and what it means."""
    words = draw(st.sampled_from(PLAIN))
    phrase = PHRASES[words]
    what, where = draw(st.permutations(NAMES))[:2]
    is_so = draw(st.booleans())
    copula = draw(st.sampled_from(["is", "'s", "has been"] if is_so else ["is not", "isn't"]))
    said = f"the {what} {copula} {' '.join(words)}".replace(" 's", "'s")
    meant = Condition(
        phrase.relation, what, where if phrase.is_of_two else "", phrase.amount, phrase.unit
    )
    meant = meant if is_so == phrase.is_so else Not(meant)
    return (f"{said} the {where}" if phrase.is_of_two else said), meant


@settings(max_examples=150, deadline=None)
@given(st.lists(clauses(), min_size=1, max_size=3), st.sampled_from(["and", "or"]), st.data())
def test_a_reading_is_right_or_it_asks(some, joint, data):
    joints = [", and ", " and ", ", "] if joint == "and" else [" or ", ", or "]
    text = reduce(lambda a, b: a + data.draw(st.sampled_from(joints)) + b, (t for t, _ in some))
    text = data.draw(st.sampled_from(["", "When ", "It's done once ", "I want that "])) + text
    goals = [goal for _, goal in some]
    assert reading(text) in (None, all_of(goals) if joint == "and" else any_of(goals)), text


def test_nearly_every_phrase_is_read_without_asking():
    said = [f"the mug is {' '.join(words)} the plate" for words in OF_TWO]
    said += [f"the mug is {' '.join(words)}" for words in PLAIN if words not in OF_TWO]
    asked = [text for text in said if reading(text) is None]
    assert len(asked) < 0.03 * len(said), asked


@settings(max_examples=150, deadline=None)
@given(st.lists(clauses(), min_size=1, max_size=2), st.sampled_from(MEANINGFUL), st.data())
def test_no_word_is_left_out(some, word, data):
    words = " and ".join(text for text, _ in some).split()
    goal = reading(" ".join(words))
    words.insert(data.draw(st.integers(0, len(words))), word)
    assert reading(" ".join(words)) is None or reading(" ".join(words)) != goal


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "the box is closed and either the spoon or the mug is in it",
            "the box is closed and (the spoon is in the box or the mug is in the box)",
        ),
        ("red car moved, blue car did not", "the red car is moved and the blue car is not moved"),
        ("the mug isn't moved but the spoon is", "the mug is not moved and the spoon is moved"),
        ("the robot has the spoon in its hand", "the spoon is held"),
        ("the spoon is let go by the robot", "the spoon is let go"),
        ("the mug sits up", "the mug is upright"),
        ("mug is in the cabinet and the lid is shut", "the mug is in the cabinet and the box is"),
        ("the lid is off", "the box is open"),
        ("the spoon is on the plate, the box too is", None),
        (
            "the mug is not on the plate or the box",
            "the mug is not on the plate and the",
        ),
        (
            "the mug is not on any of the cups",
            "the mug is not on the red cup and",
        ),
        ("the red one is upside down or on its side", None),
        ("red cup is behind the mug, no more than 4 cm away", "the red cup is behind the mug and"),
        ("the spoon lies close to the plate on the right", "the spoon is near the plate and the"),
        (
            "the spoon is on the plate or in the mug, and the lid is closed",
            "(the spoon is on the plate or the spoon is in the mug) and the box is closed",
        ),
        ("the mug has nothing in it", "the red cup is not in the mug, the blue cup is not in the"),
        ("there is nothing left on the whiteboard", "the whiteboard is clean"),
        ("the robot holds nothing", "the red cup is let go, the blue cup is let go"),
        ("nothing but the spoon is in the mug", None),
        ("everything but the spoon is in the mug", None),
        ("pull the drawer open", "the cabinet is open"),
        ("the mug tips over", "the mug is lying on its side"),
        ("the mug is on the plate with the spoon", None),
        ("the mug is upright if held", None),
        ("the mug can be lifted", None),
        ("the sign faces left of the mug", None),
        ("open the box and take the spoon out", None),
        ("they are closed", None),
        (
            "the mug is on the plate and the spoon is in it",
            "the mug is on the plate and the spoon is in the mug",
        ),
        ("the mug is on the box and the spoon is on it", None),
        ("the mug is not in the box or on the plate", None),
        ("one of the cups is on the plate and upright", None),
        ("both cups are on the plate or in the box", None),
        ("either the mug is upright or the box is shut and the spoon is held", None),
        ("the spoon is on the plate and the mug and the box is closed", None),
        ("not all cups are on the plate", None),
        ("only one of the cups is on the plate", None),
        ("half of the cups are upright", None),
        ("the mug and the spoon or the plate are moved", None),
        ("the spoon is in the red box", None),
        ("the handle of the mug is over the plate", None),
        ("the lid of the box is moved", None),
        ("the mug is moved the plate", None),
        ("the mug is on the plate without the spoon", None),
        ("the mug is down", None),
        ("the mug is gone", None),
        ("the mug is more than 5 cm but less than 10 cm from the plate", None),
        ("the mug is on the plate and it is closed", None),
    ],
)
def test_every_word_counts(said, told):
    goal = reading(said)
    assert goal is None if told is None else tell_goal(goal).startswith(told)


@pytest.mark.parametrize(
    ("said", "nearest"),
    [("the mug has reached the plate", "on"), ("you can see the keyboard", "open")],
)
def test_the_nearest_that_can_be_measured_is_offered(said, nearest):
    with pytest.raises(UsageError, match=f"Did you mean “{nearest}”?"):
        read_goal(said, THINGS)
