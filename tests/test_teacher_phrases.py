"""What the teacher says is varied, and means one thing."""

import math

import pytest

from cliprt.registry import load
from cliprt.teleoperators.teacher_phrases import sentences

VOCABULARY = load("vocabulary", "clip_rt_58")()


def test_no_sentence_means_two_things():
    meanings = {}
    for primitive in VOCABULARY.primitives:
        for sentence in sentences(primitive.motion, primitive.gripper):
            assert meanings.setdefault(sentence, primitive.label) == primitive.label, sentence


@pytest.mark.parametrize("primitive", VOCABULARY.primitives, ids=lambda p: p.phrase)
def test_every_sentence_reads_back_to_what_was_meant(primitive):
    grammar = load("interpreter", "grammar")(VOCABULARY)
    own = sentences(primitive.motion, primitive.gripper)
    assert len(own) >= 4
    for sentence in own:
        reading = grammar.read(sentence)
        assert reading.decision == "move", f"{sentence!r}: {reading.decision}, {reading.reason}"
        assert [p.label for p in reading.primitives] == [primitive.label], sentence
        assert reading.primitives[0].motion == pytest.approx(primitive.motion), sentence


def test_an_amount_that_is_no_vague_word_is_said_in_numbers():
    assert "go left 8 cm" in sentences((0, 0.08, 0, 0, 0, 0, 0), None)
    assert all("8" in s for s in sentences((0, 0.08, 0, 0, 0, 0, 0), None))
    assert "move up 2.5 centimeters" in sentences((0, 0, 0.025, 0, 0, 0, 0), None)
    assert "tilt the arm down 30 degrees" in sentences((0, 0, 0, 0, math.radians(30), 0, 0), None)


def test_two_axes_at_once_cannot_be_said():
    assert sentences((0.1, 0.1, 0, 0, 0, 0, 0), None) == ()
