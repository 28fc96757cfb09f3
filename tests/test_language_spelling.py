"""One wrong letter: what is acted on, what is only offered, what is a word of its own."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.lexicon import KNOWN, REPAIRABLE
from cliprt.language.spelling import _lists, _pairs, repair
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
ACTED_ON, REAL, USUAL = _lists()["acted on"], _lists()["words"], _pairs("usual")


def read(sentence: str) -> Reading:
    """What the grammar makes of it."""
    return GRAMMAR.read(sentence)


@pytest.mark.parametrize(
    ("sentence", "meant"),
    [
        ("shfit the arm to teh left", "shift the arm to the left"),
        ("rotaet the wrist clockwise 20 degres", "rotate the wrist clockwise 20 degrees"),
        ("trun the wrist clokwise 30 degreees", "turn the wrist clockwise 30 degrees"),
        ("opne teh griper", "open the gripper"),
        ("foward 6 cm", "forward 6 cm"),
        ("upp 12 mm", "up 12 mm"),
        ("bring teh hand dowm 7 centimters", "bring the hand down 7 centimeters"),
    ],
)
def test_one_wrong_letter_of_a_common_word_is_acted_on_and_told(sentence, meant):
    reading = read(sentence)
    assert reading.decision == "move"
    assert reading.primitives == read(meant).primitives
    assert reading.reason == f"I read that as {meant!r}."


@pytest.mark.parametrize(
    "sentence",
    [
        "lwft 5 cm",  # left, or lift
        "move the arn left",  # three letters
        "left fvie cm",  # never a number
        "nto left",  # never a negation
        "moveleft",
        "twits the hand clockwise",
        "lower the ram",
        "dont mvoe left",
        "mvoe left?",
        "mvoe left 40 cm",
        "mvoe the cup left",
        "mvoe the arm lfet dwon",
    ],
)
def test_what_could_be_another_word_is_not(sentence):
    assert read(sentence).decision == "ask"


def test_no_word_of_its_own_is_taken_for_a_mistake():
    for word in REAL - KNOWN:
        for sentence in (f"{word} the arm", f"move the arm {word}", f"lift 5 {word}"):
            assert read(sentence).decision != "move", sentence


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("go rite three centimetres", "go right three centimetres"),
        ("write a bit", "right a bit"),
        ("clothes the hand", "close the hand"),
        ("rays the arm", "raise the arm"),
        ("hi-er", "higher"),
        ("lo-er a bit", "lower a bit"),
        ("four word 5 cm", "forward 5 cm"),
        ("move left to centimetres", "move left two centimetres"),
        ("go up too centimeters", "go up two centimeters"),
        ("up for centimeters", "up four centimeters"),
        ("left buy 5 cm", "left by 5 cm"),
        ("five sent a meters left", "five centimeters left"),
    ],
)
def test_what_dictation_heard_is_offered_as_it_was_meant(heard, meant):
    reading = read(heard)
    assert (reading.decision, reading.reason) == ("ask", f"Did you mean {meant!r}?")
    (primitive,) = read(meant).primitives
    assert reading.offers[0].group == primitive.group


@pytest.mark.parametrize(
    "sentence",
    ["write a letter", "wash the clothes", "don't write", "write to me", "hi er left a bit"],
)
def test_a_word_that_is_meant_is_offered_no_other(sentence):
    assert "Did you mean" not in read(sentence).reason


def test_what_is_acted_on_is_known_and_what_is_usual_is_meant():
    assert ACTED_ON - {"up"} <= REPAIRABLE
    assert set(USUAL.values()) <= KNOWN
    assert not KNOWN & USUAL.keys()
    assert not REAL & (ACTED_ON | USUAL.keys())


@given(st.sampled_from([p.phrase for p in VOCABULARY.primitives]), st.data())
def test_two_swapped_letters_never_move_another_way(phrase, data):
    i = data.draw(st.integers(0, len(phrase) - 2))
    typo = phrase[:i] + phrase[i + 1] + phrase[i] + phrase[i + 2 :]
    reading = read(typo)
    assert reading.decision != "move" or reading.primitives == read(phrase).primitives


@given(st.sampled_from(sorted(ACTED_ON)), st.data())
def test_a_repair_is_one_letter_away(word, data):
    i = data.draw(st.integers(0, len(word)))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    for typo in (word[:i] + letter + word[i:], word[:i] + letter + word[i + 1 :]):
        assume(typo not in KNOWN)
        repaired = repair([typo])
        if repaired is not None and repaired.is_sure:
            (meant,) = repaired.words
            assert meant == word or read(f"go {meant}").primitives == read(f"go {word}").primitives


def test_two_ways_that_are_as_near_are_not_guessed_between():
    assert repair(["go", "lft"]) is None  # left, lift, or even aft
    assert repair(["go", "to", "the", "lft"]) is None
    assert repair(["go", "rght"]).words == ["go", "right"]
