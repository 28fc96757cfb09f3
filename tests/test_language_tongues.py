"""Other languages: the same rules over other tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.judging import judge
from cliprt.language.tables import languages
from cliprt.language.telling import tell
from cliprt.language.utterance_files import load_cases
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
OTHERS = languages()[1:]


@pytest.mark.parametrize("language", languages())
def test_every_primitive_is_read_back_as_it_is_told(language):
    for vocabulary in (VOCABULARY, Oxe50Vocabulary()):
        grammar = GrammarInterpreter(vocabulary)
        told = {primitive: tell(primitive, language) for primitive in vocabulary.primitives}
        assert {p: grammar.read(said).primitives for p, said in told.items()} == {
            p: (p,) for p in told
        }
        assert {grammar.read(said).language for said in told.values()} == {language}


@given(st.sampled_from(languages()), st.integers(50, 3000), st.sampled_from("xyz"))
def test_an_exact_amount_is_told_and_read_back(language, tenths_mm, axis):
    (move,) = GRAMMAR.read(
        f"go {dict(x='back', y='left', z='up')[axis]} {tenths_mm / 100} cm"
    ).primitives
    (again,) = GRAMMAR.read(tell(move, language)).primitives
    assert again.motion == pytest.approx(move.motion, abs=1e-9)
    assert again.label == move.label


def test_what_people_say_in_other_languages_is_understood():
    found = [
        judge(case, GRAMMAR.read(case.utterance)) for case in load_cases("languages", VOCABULARY)
    ]
    wrong = [(one.case.utterance, one.reading) for one in found if one.verdict != "right"]
    assert not wrong
