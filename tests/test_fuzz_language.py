"""Sentences of any characters and any length: an answer in words, soon, and never too far a move."""

from __future__ import annotations

import math
import re
import unicodedata

from fuzzing import NASTY_TEXT, fuzz, only_refusals
from hypothesis import example, given
from hypothesis import strategies as st
from language_samples import everyday, out_of_scope

from cliprt.language.chain import ChainInterpreter
from cliprt.language.text import about
from cliprt.types import Primitive, Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
CHAIN = ChainInterpreter(VOCABULARY)

SIGNS = st.text("0123456789.,/⁄½⅞…—–-−'’·٫²٥５e \u200b\u0301", max_size=9)
WORDS = st.sampled_from(
    [*"left up 5 cm mm m inches degrees and then a half couple of point no roll".split()]
    + [*"clockwise - , . ½ ,5 1/2 twenty hundred minus to or very bit lot x".split()]
)
SAID = st.sampled_from([said for said, _, _ in everyday()] + out_of_scope())
SENTENCES = (
    st.text(max_size=60)
    | st.sampled_from(NASTY_TEXT)
    | st.lists(WORDS | SIGNS, max_size=12).map(" ".join)
    | st.tuples(SAID, SIGNS | st.text(max_size=5), st.floats(0, 1)).map(
        lambda cut: (
            cut[0][: int(cut[2] * len(cut[0]))] + cut[1] + cut[0][int(cut[2] * len(cut[0])) :]
        )
    )
    | st.tuples(st.text(min_size=1, max_size=9), st.integers(1, 3000)).map(lambda t: t[0] * t[1])
)


def size_of(primitive: Primitive) -> float:
    """Centimetres or degrees."""
    straight = max(map(abs, primitive.motion[:3])) * 100
    return straight or math.degrees(max(map(abs, primitive.motion[3:])))


def largest(sentence: str) -> float:
    """The most that its signs can say, in the largest unit of one command."""
    digits = [float(run) for run in re.findall(r"\d+(?:\.\d+)?|\.\d+", sentence)]
    parts = [unicodedata.numeric(c) for c in sentence if c in "½¼¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"]
    return sum(digits) + sum(parts)


def holds(reading: Reading, sentence: str) -> None:
    """What must be true of any reading of a sentence."""
    assert reading.utterance == sentence
    assert bool(reading.primitives) == (reading.decision == "move")
    assert len(reading.primitives) <= 6
    assert len(reading.offers) <= 3
    for primitive in reading.primitives:
        assert size_of(primitive) <= 180 + 1e-9
        assert max(map(abs, primitive.motion[:3])) <= 0.3 + 1e-9
    assert (about(sentence) == "stop") == (reading.decision == "stop")
    if reading.decision == "move" and len(sentence) > 300:
        raise AssertionError("nobody follows so long a sentence")
    if set(sentence.lower()) <= set("0123456789.,/½⅞ cmleftright") and "cm" in sentence:
        for primitive in (*reading.primitives, *reading.offers[:1]):
            no_number = not any(map(str.isnumeric, sentence))
            assert no_number or size_of(primitive) <= largest(sentence) + 1e-6, reading


@fuzz
def test_any_sentence_has_an_answer(go_on):
    @given(SENTENCES)
    @example("1,5 cm left")
    @example("left " + "9" * 290 + " cm")
    @example("\ud800 left")
    def check(sentence):
        with only_refusals():
            holds(CHAIN.read(sentence), sentence)

    go_on(check)


@fuzz
def test_a_number_is_never_more_than_its_signs(go_on):
    @given(st.text("0123456789.,/½⅞ ", min_size=1, max_size=8))
    @example("2½5")
    @example("11/2")
    def check(signs):
        sentence = f"left {signs} cm"
        with only_refusals():
            holds(CHAIN.read(sentence), sentence)

    go_on(check)


@fuzz
def test_what_is_confirmed_is_learned_or_passed_over(go_on):
    chain = ChainInterpreter(VOCABULARY)

    @given(SENTENCES, st.sampled_from(VOCABULARY.primitives))
    def check(sentence, primitive):
        with only_refusals():
            before = chain.read(sentence)
            chain.learn(sentence, [primitive])
            after = chain.read(sentence)
        if before.decision == "stop":
            assert after.decision == "stop"

    go_on(check)
