"""What is said about the step before: read with it, asked about without it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.chain import ChainInterpreter
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.types import Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.nearest import AXES, by_phrase, group_of

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)


def step(axis, value):
    """A step along one axis [m or rad]; ``("grip", 1)`` opens."""
    if axis == "grip":
        return Primitive(None, "", gripper="open" if value else "closed")
    motion = tuple(value if name == axis else 0.0 for name in AXES)
    return Primitive(None, "", motion, None, group_of(motion))


def read(said, *last, interpreter=GRAMMAR):
    interpreter.situate(Situation(tuple(step(*one) for one in last)))
    reading = interpreter.read(said)
    interpreter.situate(Situation())
    return reading


def moves(said, *last):
    """(axis, value) of each step that it asks for, in cm or degrees."""
    reading = read(said, *last)
    assert reading.decision == "move", reading
    found = []
    for primitive in reading.primitives:
        if primitive.gripper:
            found.append(("grip", int(primitive.gripper == "open")))
        for axis, value in zip(AXES, primitive.motion, strict=True):
            if value:
                in_units = value * 100 if axis in "xyz" else math.degrees(value)
                found.append((axis, round(in_units, 6)))
    return found


LEFT_8 = ("y", 0.08)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("again", 8),
        ("and once more, please", 8),
        ("great, do it again", 8),
        ("nice, again", 8),
        ("again then", 8),
        ("back the same amount", -8),
        ("again, thanks", 8),
        ("repeat the last one", 8),
        ("can you do that again?", 8),
        ("one more", 8),
        ("repeat that", 8),
        ("same again", 8),
        ("more", 8),
        ("more more more", 8),
        ("move a bit further", 5),
        ("a bit more", 5),
        ("a tiny bit more", 1),
        ("a hair more", 1),
        ("a lot more", 20),
        ("another 2 cm", 2),
        ("another inch", 2.54),
        ("2 more cm", 2),
        ("again, but 3 cm", 3),
        ("half of that", 4),
        ("half of that again", 4),
        ("a quarter of that", 2),
        ("twice that", 16),
        ("double it", 16),
        ("three times as far", 24),
        ("the same but twice as far", 16),
        ("the other way", -8),
        ("no, the other direction", -8),
        ("oops, wrong way", -8),
        ("the other way, half of that", -4),
        ("in the opposite direction 3 cm", -3),
        ("too far", -4),
        ("sorry, that was too far", -4),
        ("2 cm too far", -2),
        ("a tiny bit too far", -1),
        ("that was way too much", -4),
        ("not so far", -4),
        ("less", -4),
        ("too far, come back 2 cm", -2),
        ("a tiny bit back the other way", -1),
        ("not enough", 8),
        ("no, further", 8),
        ("almost, a tiny bit more", 1),
        ("2 cm more that way", 2),
        ("that again but only 1 cm", 1),
        ("do that twice more", 16),
        ("come back", -8),
        ("undo that", -8),
        ("go back", -8),
        ("now go back", -8),
        ("and back again", -8),
        ("back to where you were", -8),
    ],
)
def test_the_step_before_decides_which_way_and_how_far(said, expected):
    assert moves(said, ("z", 0.02), LEFT_8) == [("y", expected)]
    assert moves(said, ("y", -0.08)) == [("y", -expected)]


@pytest.mark.parametrize(
    ("said", "last", "expected"),
    [
        ("a bit more", ("y", 0.03), ("y", 3)),
        ("a bit more", ("yaw", math.radians(90)), ("yaw", 15)),
        ("5 degrees more", ("pitch", 0.5), ("pitch", 5)),
        ("the other way", ("pitch", math.radians(20)), ("pitch", -20)),
        ("half of that", ("gripper_rotation", math.radians(-30)), ("gripper_rotation", -15)),
        ("turn it some more", ("gripper_rotation", math.radians(30)), ("gripper_rotation", 30)),
        ("too far left", LEFT_8, ("y", -4)),
        ("it's a bit too far to the left", LEFT_8, ("y", -4)),
        ("too far, 1 cm to the right", LEFT_8, ("y", -1)),
        ("wrong way, go right", LEFT_8, ("y", -8)),
        ("turn it the other way", ("yaw", math.radians(-20)), ("yaw", 20)),
        ("it's too high", ("z", 0.1), ("z", -5)),
        ("too low now", ("z", -0.06), ("z", 3)),
        ("tilt it a bit more", ("pitch", math.radians(-30)), ("pitch", -15)),
        ("again", ("grip", 0), ("grip", 0)),
        ("great, same again", ("yaw", 0.5), ("yaw", round(math.degrees(0.5), 6))),
        ("the other way", ("grip", 0), ("grip", 1)),
        ("go back", ("grip", 1), ("grip", 0)),
    ],
)
def test_turns_and_the_gripper_are_steps_too(said, last, expected):
    assert moves(said, last) == [expected]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("same but up", ("z", 8)),
        ("the same thing to the right", ("y", -8)),
        ("again, but up", ("z", 8)),
        ("up twice as far", ("z", 16)),
        ("left again", ("y", 8)),
        ("further left", ("y", 8)),
        ("up again", ("z", 2)),
        ("down again", ("z", -10)),
        ("move left again 5 cm", ("y", 5)),
        ("a bit more to the left", ("y", 5)),
        ("keep going left", ("y", 10)),
        ("go back 5 cm", ("x", -5)),
        ("go back down", ("z", -10)),
        ("open the gripper again", ("grip", 1)),
    ],
)
def test_a_sentence_that_says_which_way_keeps_its_meaning(said, expected):
    assert moves(said, ("z", 0.02), LEFT_8) == [expected]


@pytest.mark.parametrize(
    "said",
    [
        *("again", "a bit more", "another 2 cm", "half of that", "the other way", "too far"),
        *("not so much", "keep going", "same but up", "back again", "there", "double it"),
    ],
)
def test_without_a_step_before_they_ask(said):
    reading = read(said)
    assert (reading.decision, "step before" in reading.reason) == ("ask", True)


@pytest.mark.parametrize(
    "said",
    [
        *("do the same with the cup", "do the same with the", "again and again", "half", "no"),
        *("thanks for going further", "thanks for the extra bit", "nice move again", "there"),
        *("that was left", "that was further left", "that was not so far", "again?", "it is more"),
        *("twice that, 5 cm", "the other way, left", "too far right", "go to the opposite side"),
        *("that way", "too high", "lift it the other way", "almost", "this is more fun"),
        *("no more left", "no more, please", "it's too far left, go left 2 cm", "not that way"),
        *(
            "thanks again",
            "thank you once more",
            "well done again",
            "once again thanks",
            "the last one",
        ),
        *("hello again", "hi, again", "sorry again", "here we go again", "that's more like it"),
        *("same thing with the wrist", "again with the gripper"),
        *("a bit more to the side", "again in a bit", "right, again", "a bit more over"),
        *("half of that twice", "5 degrees more", "move there", "don't do it again", "more tea"),
    ],
)
def test_what_is_about_something_else_or_unclear_asks(said):
    assert read(said, LEFT_8).decision == "ask"


def test_several_steps_of_one_sentence_are_made_again_and_taken_back_together():
    two = (step("y", 0.08), step("z", -0.02))
    for said, wanted in (
        ("again", [("y+", 0.08), ("z-", -0.02)]),
        ("go back", [("z+", 0.02), ("y-", -0.08)]),
        ("half of that", [("z-", -0.01)]),
    ):
        GRAMMAR.situate(Situation(two, at_once=2))
        made = GRAMMAR.read(said).primitives
        assert [(p.group, round(sum(p.motion), 6)) for p in made] == wanted
    GRAMMAR.situate(Situation())


def test_what_cannot_be_more_or_less_asks():
    assert read("a bit more", ("grip", 0)).reason == "The gripper opens and closes fully."
    assert read("same but up", ("roll", 0.5)).decision == "ask"
    assert read("twice that", ("x", 0.2)).reason == "40 cm is more than the 30 cm of one command."
    both = Primitive(None, "", (0.1, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0))
    GRAMMAR.situate(Situation((both,)))
    assert GRAMMAR.read("again").decision == "ask"
    GRAMMAR.situate(Situation())


def test_back_after_backward_is_asked_with_both():
    reading = read("go back", ("x", -0.1))
    assert (reading.decision, [o.group for o in reading.offers]) == ("ask", ["x+", "x-"])


def test_a_number_alone_offers_the_same_way():
    reading = read("2 cm", LEFT_8)
    assert reading.decision == "ask"
    assert {offer.group for offer in reading.offers} == {"y+"}
    assert read("3 more", LEFT_8).reason == "3 what? Say centimeters."
    assert read("2 cm").offers == read("20 degrees", LEFT_8).offers == ()


def test_a_misspelt_word_is_offered_the_same_way():
    (offer,) = read("do it agian", ("z", -0.05)).offers
    assert offer.phrase == "lower the arm by five centimeters"


SIZES = st.floats(0.05, 0.3)


@given(st.sampled_from(AXES), SIZES, st.booleans())
def test_keep_going_is_one_small_step_the_same_way(axis, size, forward):
    last = (axis, size if forward else -size)
    reading = read("keep going", last)
    (primitive,) = reading.primitives
    assert reading.continues
    assert primitive.group == step(*last).group
    small, least = (0.05, 0.01) if axis in "xyz" else (math.radians(15), math.radians(5))
    assert max(map(abs, primitive.motion)) == pytest.approx(size if size <= small + 1e-9 else least)
    assert not read("keep going 2 cm", ("x", 0.1)).continues


@given(st.sampled_from(AXES), SIZES, st.booleans())
def test_the_other_way_is_the_exact_way_back(axis, size, forward):
    last = step(axis, size if forward else -size)
    for said in ("the other way", "go back again, please", "no, wrong way"):
        if said.startswith("go back") and last.group == "x-":
            continue
        (primitive,) = read(said, (axis, size if forward else -size)).primitives
        assert primitive.motion == tuple(-x for x in last.motion)


def test_the_phrasebook_neither_learns_nor_answers_what_depends_on_the_step_before():
    book = PhrasebookInterpreter(VOCABULARY)
    left = by_phrase(VOCABULARY, "move the arm to the left by five centimeters")
    for said in ("again", "go back", "the other way", "2 cm", "keep going"):
        book.learn(said, (left,))
        assert book.read(said).decision == "ask"
    assert book.wordings == ()


def test_the_chain_knows_the_step_before_and_offers_nothing_without():
    chain = ChainInterpreter(VOCABULARY)
    assert read("again", LEFT_8, interpreter=chain).primitives[0].motion[1] == 0.08
    assert read("again", interpreter=chain).offers == ()
