"""What is said back: what was understood, what was not, and what to say next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.asking import GOAL, HELP, NOTHING, READY
from cliprt.language.chain import ChainInterpreter
from cliprt.language.choosing import choose, declines
from cliprt.language.interface import Situation
from cliprt.language.numbers import fold_amounts
from cliprt.language.offers import size_of
from cliprt.language.telling import say, tell
from cliprt.language.text import split_words
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

VOCABULARY = ClipRt58Vocabulary()
CHAIN = ChainInterpreter(VOCABULARY)
SMALL_M = 0.05


def offered(reading: Reading) -> list[str]:
    return [tell(offer) for offer in reading.offers]


def answered(*sentences: str) -> Reading:
    """The reading of the last of them, each said to the question about the one before."""
    reading = None
    for sentence in sentences:
        CHAIN.situate(Situation(asked=reading))
        reading = CHAIN.read(sentence)
    CHAIN.situate(Situation())
    return reading


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("left blorp", "I understood 'left', but not 'blorp'. How far?"),
        ("please go left 4 cm blorp", "I understood 'left 4 cm', but not 'blorp'. Shall I?"),
        ("zorble 5 cm", "I understood '5 cm', but not 'zorble'. Which way?"),
        ("zorble the wrist 20 degrees", "I understood '20 degrees', but not 'zorble'. Which way?"),
        ("open zorble the hand", "I understood 'open … the hand', but not 'zorble'. Shall I?"),
        (
            "rotate zorble the gripper",
            "I understood 'rotate … the gripper', but not 'zorble'. Clockwise or counterclockwise?",
        ),
        ("up zorble blorp 5 cm", "I understood 'up … 5 cm', but not the rest. Shall I?"),
        (
            "up 5 cm and zorble left",
            "I understood 'up 5 cm and … left', but not 'zorble'. Say one step at a time.",
        ),
        ("zorble", "I do not know 'zorble'. Tell me one small step, e.g. 'left 5 cm'."),
        ("zorble blorp", "I did not get that. Tell me one small step, e.g. 'left 5 cm'."),
        ("go down 4%", "How much is '4%'? Write it like 1.5 or 1 1/2."),
        ("up 👍", "I understood 'up', but not the rest. How far?"),
        (
            "a little bit to the zorble right",
            "I understood 'a little bit to … right', but not 'zorble'. Shall I?",
        ),
        (
            "LEFT  by two and a-half cm blorp",
            "I understood 'LEFT  by two and a-half cm', but not 'blorp'. Shall I?",
        ),
        (
            "오른쪽으로 4센티 zorble",
            "'오른쪽으로 4센티'까지는 알았지만 'zorble' 부분은 모르겠어요. 할까요?",
        ),
        ("left it's zorble", "I understood 'left', but not 'zorble'. How far?"),
        ("왼쪽 5cm zorble", "'왼쪽 5cm'까지는 알았지만 'zorble' 부분은 모르겠어요. 할까요?"),
        ("what is on the left", "I only know small steps: tell me one to do now, e.g. 'up 5 cm'."),
        ("go left or right", "You said 'or': say only the one that I should do."),
        ("slower", "My speed stays as it is: say which way the arm should go."),
        (
            "zorble until it is blorp",
            "I cannot watch for that: tell me one small step to do now.",
        ),
        (
            "up back and forth",
            "'back and forth' I might take the wrong way: say which way the arm should go.",
        ),
        ("rotate zorble", "I understood 'rotate', but not 'zorble'. Which of them?"),
        ("open quite zorble", "I understood 'open', but not 'zorble'. Say it in other words."),
        ("left 0.1 cm", "I cannot move as little as 0.1 cm."),
        ("don't go up", 'You said "don\'t", so I stay here. What should I do instead?'),
    ],
)
def test_a_question_says_first_what_was_understood(sentence, question):
    reading = CHAIN.read(sentence)
    assert reading.decision == "ask"
    assert reading.reason == question
    assert "z+" not in reading.reason
    assert "_" not in reading.reason


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        *((s, "en") for s in ("hello", "hi robot", "thanks", "nice", "good job", "ok, great")),
        *(("danke", "de"), ("gracias", "es"), ("고마워", "ko")),
    ],
)
def test_a_greeting_thanks_and_praise_are_answered_kindly(sentence, language):
    reading = CHAIN.read(sentence)
    assert (reading.decision, reading.reason) == ("ask", say(READY, language))


@pytest.mark.parametrize("thing", ["lid", "box", "car", "tap", "pin", "toy"])
def test_a_short_thing_is_no_misspelt_word(thing):
    reading = CHAIN.read(f"push the {thing} down")
    assert "Did you mean" not in reading.reason
    assert CHAIN.read("lower the amr").decision == "move"


def test_no_question_is_answered_yes_and_means_no():
    """Who says "yes" takes the only offer: the question must be about that."""
    for sentence in ("should you go left 5 cm?", "little bit the right"):
        reading = CHAIN.read(sentence)
        assert len(reading.offers) == 1
        assert "?" not in reading.reason


@pytest.mark.parametrize("sentence", ["", "...", "?!", "👍", "‚", "!!!", "- , -"])
def test_signs_alone_are_nothing_to_do(sentence):
    assert (CHAIN.read(sentence).reason, CHAIN.read(sentence).offers) == (NOTHING, ())


@pytest.mark.parametrize(
    "sentence",
    [
        "help",
        "Help!",
        "what can I say?",
        "what can you do",
        "?",
        "how does this work",
        "ok, help me",
    ],
)
def test_who_asks_how_to_speak_is_told_with_three_examples(sentence):
    reading = CHAIN.read(sentence)
    assert (reading.decision, reading.reason, reading.offers) == ("ask", HELP, ())


def test_the_examples_are_understood():
    for text in (HELP, GOAL, "'left 5 cm'", "'up 5 cm'"):
        for example in text.split("'")[1::2]:
            assert CHAIN.read(example).decision == "move"


@pytest.mark.parametrize(
    ("sentence", "way"),
    [
        ("close the laptop", None),
        ("please close the lid", None),
        ("push the lid", None),
        ("shut my computer", None),
        ("pick up the cup", None),
        ("could you pour the water", None),
        ("put the cube in the box", None),
        ("draw a line", None),
        ("grab the right sock", None),
        ("go to the upper shelf", None),
        ("hand me that pencil", None),
        ("line it up with the board", "z+"),
        ("lift the lid of the pan", "z+"),
        ("push the mug over to the left", "y+"),
    ],
)
def test_a_goal_is_shown_step_by_step_from_a_small_one(sentence, way):
    reading = CHAIN.read(sentence)
    assert (reading.decision, reading.reason) == ("ask", GOAL)
    assert {offer.group for offer in reading.offers} == ({way} if way else set())
    assert all(size_of(offer) <= SMALL_M for offer in reading.offers)


@pytest.mark.parametrize(
    "sentence", ["lower it a tick", "move the arm a zorb left", "left a blink"]
)
def test_what_may_say_how_far_is_no_goal(sentence):
    reading = CHAIN.read(sentence)
    assert reading.decision == "ask"
    assert reading.reason != GOAL


@pytest.mark.parametrize(
    "sentence", ["the lower drawer", "the left one is zorble", "is it open", "that lift was nice"]
)
def test_nothing_is_offered_for_what_names_a_thing_or_asks(sentence):
    assert (CHAIN.read(sentence).decision, CHAIN.read(sentence).offers) == ("ask", ())


WAYS = {"left": "y+", "right": "y-", "up": "z+", "down": "z-", "forward": "x+", "back": "x-"}


@given(st.sampled_from(sorted(WAYS)), st.integers(5, 300), st.sampled_from(["zorble", "blorp"]))
def test_an_offer_has_the_number_that_was_said(way, millimetres, word):
    (offer,) = CHAIN.read(f"{way} {millimetres} mm {word}").offers
    assert offer.group == WAYS[way]
    assert sum(map(abs, offer.motion)) == pytest.approx(millimetres / 1000)
    (told,) = [w for w in fold_amounts(split_words(tell(offer))) if not isinstance(w, str)]
    assert told.value == pytest.approx(millimetres / 1000)
    assert CHAIN.read(tell(offer)).primitives == (offer,)


@given(st.sampled_from(sorted(WAYS)), st.floats(0.1, 90).map(lambda cm: round(cm, 1)))
def test_no_offer_goes_further_than_the_number_that_was_said(way, cm):
    for offer in CHAIN.read(f"zorble {way} {cm} cm").offers:
        assert size_of(offer) <= cm / 100 + 1e-9


# A piece that answers the question


@pytest.mark.parametrize(
    ("sentences", "group", "size"),
    [
        (("turn the gripper", "clockwise"), "gripper_rotation+", 45),
        (("roll the arm 20 degrees", "counterclockwise please"), "roll-", 20),
        (("move left 5", "cm"), "y+", 5),
        (("move left 5", "centimeters"), "y+", 5),
        (("move left 5", "5 mm"), "y+", 0.5),
        (("left blorp", "5 cm"), "y+", 5),
        (("left blorp", "5", "cm"), "y+", 5),
        (("5 cm", "left"), "y+", 5),
        (("5 cm", "to the left, please"), "y+", 5),
        (("move it a bit", "up"), "z+", 5),
        (("tilt the arm", "up"), "pitch-", 45),
        (("left 2 meters", "20 cm"), "y+", 20),
        (("gira la pinza", "en sentido horario"), "gripper_rotation+", 45),
    ],
)
def test_a_piece_completes_the_sentence_before_it(sentences, group, size):
    reading = answered(*sentences)
    assert (reading.decision, reading.utterance) == ("move", sentences[-1])
    (primitive,) = reading.primitives
    scale = 0.01 if group[0] in "xyz" and group[:2] != "ya" else 3.141592653589793 / 180
    assert (primitive.group, size_of(primitive)) == (group, pytest.approx(size * scale))
    assert reading.trace["completes"].startswith(sentences[0].split()[0])


@pytest.mark.parametrize(
    ("sentences", "groups"),
    [
        (("left blorp", "up 3 cm"), ["z+"]),  # a sentence by itself
        (("left blorp", "right"), ["y-"]),
        (("close the laptop", "down"), ["z-"]),
        (("turn the gripper", "open the hand"), ["open"]),
        (("don't go left", "up"), ["z+"]),
    ],
)
def test_what_is_understood_by_itself_answers_nothing(sentences, groups):
    assert [p.group for p in answered(*sentences).primitives] == groups


@pytest.mark.parametrize(
    "sentences",
    [
        ("don't go left", "5 cm"),
        ("close the laptop", "5 cm"),
        ("if you see it, left", "5 cm"),
        ("is it on the left", "5 cm"),
        ("left of the cup of tea", "5 cm"),
        ("turn the gripper", "left"),  # by itself a move
        ("zorble", "clockwise zorble"),
    ],
)
def test_a_piece_never_makes_a_move_of_what_was_none(sentences):
    reading = answered(*sentences)
    assert (reading.decision, reading.utterance) == ("ask", sentences[-1])


@pytest.mark.parametrize(
    "sentences", [("dinnae drop it", "5 cm"), ("role clockwise 10 degrees", "the gripper")]
)
def test_a_piece_makes_nothing_but_what_was_offered(sentences):
    offered = {offer.group for offer in CHAIN.read(sentences[0]).offers}
    assert {primitive.group for primitive in answered(*sentences).primitives} <= offered


def test_a_vocabulary_without_a_motion_says_so():
    reading = ChainInterpreter(Oxe50Vocabulary()).read("rotate the gripper clockwise")
    assert (reading.reason, reading.offers) == ("I have no such motion.", ())


def test_a_stop_is_no_piece():
    assert answered("turn the gripper", "stop").decision == "stop"


@given(st.sampled_from(VOCABULARY.primitives), st.sampled_from(["left blorp", "turn it", "5 cm"]))
def test_a_whole_sentence_is_read_as_if_nothing_had_been_asked(entry, before):
    assert answered(before, entry.phrase).primitives == (entry,)


# Choosing


def test_an_option_is_named_by_its_words_its_place_or_yes():
    options = [("Here", "hier"), ("there",), ("Over there",)]
    assert choose("  hIER", options) == 0
    assert choose("over  there ", options) == 2
    assert choose("the second one, please", options) == 1
    assert choose("number three", options) == 2
    assert choose("yes", options) is None  # which?
    assert [choose(yes, options[:1]) for yes in ("yes please", "ok", "right", "sí")] == [0] * 4
    for other in ("yes, left", "no", "the fourth one", "third one or the second one", "please", ""):
        assert choose(other, options[:1]) is None


@pytest.mark.parametrize(
    ("said", "is_no"), [("no", True), ("Nope!", True), ("no, please", True), ("no left", False)]
)
def test_a_no_says_nothing_else(said, is_no):
    assert declines(said) == is_no
