"""A motion is told as it is made, also where it is recorded with a phrase that says another."""

import math

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.types import NO_MOTION, Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.words import name_motion, tell_primitive

VOCABULARY = ClipRt58Vocabulary()


def test_every_entry_is_told_by_its_phrase_alone():
    for entry in VOCABULARY.primitives:
        assert tell_primitive(entry, VOCABULARY.primitives) == entry.phrase


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("down 2 cm", "down 2.0 cm (nearest phrase: lower the arm by one centimeter)"),
        (
            "left 8 cm",
            "left 8.0 cm (nearest phrase: move the arm to the left by ten centimeters)",
        ),
        ("left 50 mm", "move the arm to the left by five centimeters"),
        ("close the gripper", "close the gripper"),
    ],
)
def test_another_amount_than_the_phrase_says_comes_first(sentence, told):
    (primitive,) = GrammarInterpreter(VOCABULARY).read(sentence).primitives
    assert tell_primitive(primitive, VOCABULARY.primitives) == told


def test_what_has_no_entry_is_told_by_its_own_name():
    way = (0.0, 0.0, 0.03, 0.0, 0.0, 0.0, math.radians(30))
    undone = Primitive(None, name_motion(way, "open"), way, "open")
    told = tell_primitive(undone, VOCABULARY.primitives)
    assert told == "up 3.0 cm, gripper +30.0 degrees, open the gripper"
    assert name_motion(NO_MOTION, None) == "stay"
