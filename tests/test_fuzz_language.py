"""Sentences of any characters and any length: an answer in words, and never too far a move."""

from __future__ import annotations

import re
import unicodedata

from fuzzing import NASTY_TEXT, fuzz, only_refusals
from hypothesis import example, given
from hypothesis import strategies as st
from language_samples import everyday, out_of_scope

from cliprt.language.chain import ChainInterpreter
from cliprt.language.text import MAX_CHARACTERS, about
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
SIGNS = st.text("0123456789.,/⁄½⅞…—–-−'’·٫²٥５e \u200b\u0301", max_size=9)
KNOWN = """left up 5 cm mm m inches degrees and then a half couple of point no roll clockwise
- , . ½ ,5 1/2 twenty hundred minus to or very bit lot x"""
WORDS = st.sampled_from(KNOWN.split())
SAID = st.sampled_from([*(said for said, _, _ in everyday()), *out_of_scope()])


@st.composite
def spoilt(draw):
    """A sentence that people say, with something in the midst of it."""
    said = draw(SAID)
    at = draw(st.integers(0, len(said)))
    return said[:at] + draw(SIGNS | st.text(max_size=5)) + said[at:]


SENTENCES = (
    st.text(max_size=60)
    | st.sampled_from(NASTY_TEXT)
    | st.lists(WORDS | SIGNS, max_size=12).map(" ".join)
    | spoilt()
    | st.tuples(st.text(min_size=1, max_size=9), st.integers(1, 3000)).map(lambda t: t[0] * t[1])
)


@fuzz
def test_any_sentence_has_an_answer(go_on):
    chain = ChainInterpreter(VOCABULARY)

    @given(SENTENCES)
    @example("left " + "9" * 290 + " cm")
    @example("\ud800 left")
    def check(sentence):
        with only_refusals():
            reading = chain.read(sentence)
        assert reading.utterance == sentence
        assert bool(reading.primitives) == (reading.decision == "move")
        assert (about(sentence) == "stop") == (reading.decision == "stop")
        assert len(reading.primitives) <= (0 if len(sentence) > MAX_CHARACTERS else 6)
        assert len(reading.offers) <= 3
        for primitive in reading.primitives:
            assert max(map(abs, primitive.motion[:3])) <= 0.3 + 1e-9

    go_on(check)


@fuzz
def test_a_number_never_moves_the_arm_further_than_its_signs_add_up_to(go_on):
    chain = ChainInterpreter(VOCABULARY)

    @given(st.text("0123456789.,/½⅞ ", max_size=8).filter(lambda s: any(map(str.isnumeric, s))))
    @example("2½5")
    @example(",5")
    @example("11/2")
    @example("./0")
    def check(signs):
        numbers = [float(run) for run in re.findall(r"[0-9]+\.[0-9]+|\.?[0-9]+", signs)]
        most_cm = sum(numbers) + sum(map(unicodedata.numeric, re.findall("[½⅞]", signs)))
        reading = chain.read(f"left {signs} cm")
        for primitive in (*reading.primitives, *reading.offers[:1]):
            assert primitive.motion[1] * 100 <= most_cm + 1e-9, reading

    go_on(check)


@fuzz
def test_what_is_confirmed_is_learned_or_passed_over(go_on):
    chain = ChainInterpreter(VOCABULARY)

    @given(SENTENCES, st.sampled_from(VOCABULARY.primitives))
    def check(sentence, primitive):
        with only_refusals():
            chain.learn(sentence, [primitive])
            reading = chain.read(sentence)
        assert (about(sentence) == "stop") == (reading.decision == "stop")

    go_on(check)
