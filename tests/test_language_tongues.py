"""Other languages: the same rules over other tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.judging import judge
from cliprt.language.numbers import UNITS
from cliprt.language.stops import is_stop
from cliprt.language.tables import languages, plain, table
from cliprt.language.telling import tell
from cliprt.language.text import about
from cliprt.language.tongues import hear, words_in
from cliprt.language.utterance_files import load_cases
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
OTHERS = languages()[1:]
SAID = [case.utterance for case in load_cases("languages", VOCABULARY)]
MOVING = [said for said in SAID if GRAMMAR.read(said).decision == "move"]
OWN_VALUES = {
    *(("it", "leads"), ("object", "leads"), ("filler", "thanks for"), ("unclear", "unit")),
    *(("joiner", "and more"), ("joiner", "then more")),
    *(("weak", "z+"), ("carrier", "y+"), ("carrier", "y-")),
}
"""Beside those of English."""


def after(said: str, utterance: str) -> Reading:
    """What an utterance is read as after a step."""
    grammar = GrammarInterpreter(VOCABULARY)
    grammar.situate(Situation(last=grammar.read(said).primitives))
    return grammar.read(utterance)


@pytest.mark.parametrize("language", languages())
def test_every_primitive_is_read_back_as_it_is_told(language):
    for vocabulary in (VOCABULARY, Oxe50Vocabulary()):
        grammar = GrammarInterpreter(vocabulary)
        told = {primitive: tell(primitive, language) for primitive in vocabulary.primitives}
        read = {primitive: grammar.read(said) for primitive, said in told.items()}
        assert {p: reading.primitives for p, reading in read.items()} == {p: (p,) for p in told}
        assert {reading.language for reading in read.values()} == {language}


@given(st.sampled_from(languages()), st.integers(50, 3000), st.sampled_from(["back", "left", "up"]))
def test_an_exact_amount_is_told_and_read_back(language, tenths_mm, way):
    (move,) = GRAMMAR.read(f"go {way} {tenths_mm / 100} cm").primitives
    (again,) = GRAMMAR.read(tell(move, language)).primitives
    assert again.motion == pytest.approx(move.motion, abs=1e-9)
    assert again.label == move.label


def test_what_people_say_in_other_languages_is_understood():
    cases = load_cases("languages", VOCABULARY)
    found = [judge(case, GRAMMAR.read(case.utterance)) for case in cases]
    assert not [(one.case.utterance, one.reading) for one in found if one.verdict != "right"]


@pytest.mark.parametrize("language", OTHERS)
def test_there_are_sentences_of_each_language(language):
    assert sum(GRAMMAR.read(said).language == language for said in SAID) >= 60


@pytest.mark.parametrize("language", OTHERS)
def test_a_table_says_nothing_that_no_rule_knows(language):
    english, own = table("en"), table(language)
    known = {*english.phrases.values(), *OWN_VALUES}
    parts = {*own.phrases.values(), *(part for pairs in own.gaps.values() for _, part in pairs)}
    assert not {part for part in parts if part[0] != "idiom"} - known
    assert own.sayings.keys() == english.sayings.keys()
    assert set(own.units.values()) <= UNITS
    numbers = {part for number in own.numbers.values() for part in number.split()}
    assert all(abs(float(n)) >= 0 for n in numbers - {"a", "and", "turned", "point"})
    assert set(own.about.values()) >= {"done", "undo", "redo", "discard", "go on", "nothing"}
    assert own.name


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_about_the_session_is_heard_whatever_is_said_politely_around_it(language):
    own = table(language)
    polite = own.polite[0]
    for said, what in own.session.items():
        if what in ("nothing", "arm") or about(said) == "stop":
            continue
        assert about(said) == what
        assert about(f"{polite}{said}{polite}!") == what


@pytest.mark.parametrize(
    "said", [*MOVING, *(tell(p, c) for c in OTHERS for p in VOCABULARY.primitives)]
)
def test_no_command_stops(said):
    assert not is_stop(said)
    assert about(said) == "arm"


@given(st.sampled_from(MOVING), st.data())
def test_an_unknown_word_is_never_acted_on(said, data):
    strange = data.draw(st.sampled_from(["zorbl", "뷁뚫", "鼴鼹", "पफ़ठ"]))
    words = said.split()
    words.insert(data.draw(st.integers(0, len(words))), strange)
    assert GRAMMAR.read(" ".join(words)).decision != "move"


@given(st.sampled_from(MOVING))
def test_accents_may_be_left_out(said):
    assert GRAMMAR.read(plain(said)).primitives == GRAMMAR.read(said).primitives


@given(st.sampled_from([said for said in MOVING if hear(said)[0][0] in ("ko", "ja", "zh")]))
def test_spaces_may_be_left_out_but_never_change_the_meaning(said):
    joined = GRAMMAR.read(said.replace(" ", ""))
    assert joined.decision == "ask" or joined.primitives == GRAMMAR.read(said).primitives


def test_english_stays_english():
    for name in ("in_scope", "injection"):
        for case in load_cases(name, VOCABULARY):
            assert hear(case.utterance)[0][0] == "en", case.utterance


@pytest.mark.parametrize(
    ("step", "then", "expected"),
    [
        ("5 cm nach links", "noch ein bisschen", "5 cm nach links"),
        ("5 cm nach links", "die Hälfte davon", "2,5 cm nach links"),
        ("5 cm nach links", "in die andere Richtung", "5 cm nach rechts"),
        ("5 cm nach links", "zu weit", "2,5 cm nach rechts"),
        ("4 cm a la derecha", "otra vez", "4 cm a la derecha"),
        ("4 cm a la derecha", "la mitad", "2 cm a la derecha"),
        ("4 cm a la derecha", "lo mismo pero arriba", "4 cm arriba"),
        ("à gauche de 4 cm", "encore un peu", "à gauche de 4 cm"),
        ("à gauche de 4 cm", "la moitié", "à gauche de 2 cm"),
        ("à gauche de 4 cm", "la même chose mais vers le haut", "4 cm vers le haut"),
        ("à gauche de 4 cm", "dans l'autre sens", "à droite de 4 cm"),
        ("4 cm para a direita", "mais", "4 cm para a direita"),
        ("4 cm para a direita", "mais 2 cm", "2 cm para a direita"),
        ("4 cm para a direita", "longe demais", "2 cm para a esquerda"),
        ("4 cm para a direita", "a mesma coisa mas para cima", "4 cm para cima"),
        ("오른쪽으로 4센티", "한 번 더", "오른쪽으로 4센티"),
        ("오른쪽으로 4센티", "반대로", "왼쪽으로 4센티"),
        ("오른쪽으로 4센티", "2센티 더", "오른쪽으로 2센티"),
        ("오른쪽으로 4센티", "너무 멀리 갔어", "왼쪽으로 2센티"),
    ],
)
def test_what_is_said_about_the_step_before(step, then, expected):
    assert after(step, then).primitives == GRAMMAR.read(expected).primitives
    assert GRAMMAR.read(then).decision == "ask"


@pytest.mark.parametrize(
    "said",
    [
        *("von mir aus nach links", "a mi izquierda", "내 왼쪽으로"),
        *("à ma gauche", "para a minha esquerda"),
    ],
)
def test_the_speakers_own_side_is_asked_about_once(said):
    grammar = GrammarInterpreter(VOCABULARY)
    question = grammar.read(said)
    assert (question.decision, question.offers) == ("ask", ())
    grammar.answer(question, question.answers[1])
    assert [p.group for p in grammar.read(said).primitives] == ["y-"]


@pytest.mark.parametrize(
    ("language", "said", "words"),
    [
        ("es", "Muévelo ３ cm!", ["mueve", "~lo", "3", "cm", ","]),
        ("es", "¿qué? —no", ["?", "qué", "?", ",", "no"]),
        ("es", "a la derécha", ["a", "la", "derecha"]),
        ("fr", "Peux-tu monter d’un cm ?", ["peux", "tu", "monter", "d", "un", "cm", "?"]),
        ("fr", "lève-le, monte le bras", ["lève", "-le", ",", "monte", "le", "bras"]),
        ("pt", "levanta-o, anti-horário", ["levanta", "-o", ",", "anti", "horário"]),
    ],
)
def test_words_are_cut_as_the_table_says(language, said, words):
    assert words_in(said, table(language)) == words


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("gire a garra 5° no sentido horário", "pt"),  # "no" is "do not" in Spanish
        ("agarra-o", "pt"),  # "o" is "or" in Spanish
        ("gira la garra 5° en sentido horario", "es"),
    ],
)
def test_accents_and_hyphens_tell_languages_apart(said, language):
    reading = GRAMMAR.read(said)
    assert (reading.decision, reading.language) == ("move", language)
