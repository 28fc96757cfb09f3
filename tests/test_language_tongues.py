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
CASES = load_cases("languages", VOCABULARY)
READ = {case.utterance: GRAMMAR.read(case.utterance) for case in CASES}
MOVING = [said for said, reading in READ.items() if reading.decision == "move"]
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
    found = [judge(case, READ[case.utterance]) for case in CASES]
    assert not [(one.case.utterance, one.reading) for one in found if one.verdict != "right"]


@pytest.mark.parametrize("language", OTHERS)
def test_there_are_sentences_of_each_language(language):
    assert sum(reading.language == language for reading in READ.values()) >= 60


@pytest.mark.parametrize("language", OTHERS)
def test_a_table_says_nothing_that_no_rule_knows(language):
    english, own = table("en"), table(language)
    known = {*english.phrases.values(), *OWN_VALUES}
    parts = {*own.phrases.values(), *(part for pairs in own.gaps.values() for _, part in pairs)}
    assert not parts - known
    assert own.sayings.keys() == english.sayings.keys()
    assert set(own.units.values()) <= UNITS
    numbers = {part for number in own.numbers.values() for part in number.split()}
    assert all(abs(float(n)) >= 0 for n in numbers - {"a", "and", "turned", "point"})
    assert set(own.about.values()) >= {"done", "undo", "redo", "discard", "go on", "nothing"}
    assert own.name


@pytest.mark.parametrize(
    "said",
    [
        *("¿listo?", "fertig?", "끝났어?", "完了？", "c'est fini ?", "terminou?"),
        *("취소 5", "deshacer 5", "listo 5 cm", "refazer 2", "끝 5cm"),
    ],
)
def test_a_question_or_a_number_is_not_about_the_session(said):
    assert about(said) == "arm"
    assert GRAMMAR.read(said).decision == "ask"


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_about_the_session_is_heard_whatever_is_said_politely_around_it(language):
    own = table(language)
    polite = own.polite[0]
    for said, what in own.session.items():
        if what in ("nothing", "arm") or about(said) == "stop":
            continue
        assert about(said) == what
        assert about(f"{polite}{said}{polite}!") == what


def test_no_command_stops():
    told = [tell(primitive, code) for code in OTHERS for primitive in VOCABULARY.primitives]
    assert not [said for said in (*MOVING, *told) if is_stop(said) or about(said) != "arm"]


@given(st.sampled_from(MOVING), st.data())
def test_an_unknown_word_is_never_acted_on(said, data):
    strange = data.draw(st.sampled_from(["zorbl", "뷁뚫", "鼴鼹", "पफ़ठ"]))
    words = said.split()
    words.insert(data.draw(st.integers(0, len(words))), strange)
    assert GRAMMAR.read(" ".join(words)).decision != "move"


@given(st.sampled_from(MOVING))
def test_accents_may_be_left_out(said):
    """A sentence that is then one of another language too is asked about where that differs."""
    bare = GRAMMAR.read(plain(said))
    assert bare.primitives == GRAMMAR.read(said).primitives or len(hear(plain(said))) > 1
    assert bare.decision == "ask" or bare.primitives == GRAMMAR.read(said).primitives


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
        ("往左4厘米", "再来一点", "往左4厘米"),
        ("往左4厘米", "一半", "往左2厘米"),
        ("往左4厘米", "方向反了", "往右4厘米"),
        ("往左4厘米", "同样但是往上", "往上4厘米"),
        ("左に4センチ", "もう一度", "左に4センチ"),
        ("左に4センチ", "行きすぎ", "右に2センチ"),
        ("左に4センチ", "戻って", "右に4センチ"),
        ("左に4センチ", "同じだけ上に", "上に4センチ"),
        ("बाएँ 4 सेमी", "और", "बाएँ 4 सेमी"),
        ("बाएँ 4 सेमी", "2 सेमी और", "बाएँ 2 सेमी"),
        ("बाएँ 4 सेमी", "उल्टी दिशा में", "दाएँ 4 सेमी"),
        ("बाएँ 4 सेमी", "वापस जाओ", "दाएँ 4 सेमी"),
    ],
)
def test_what_is_said_about_the_step_before(step, then, expected):
    assert after(step, then).primitives == GRAMMAR.read(expected).primitives
    assert GRAMMAR.read(then).decision == "ask"


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("往下一点五厘米", "往下1.5厘米"),
        ("往下两厘米半", "往下2.5厘米"),
        ("往下5厘米左右", "往下5厘米"),
        ("再往下5厘米", "往下5厘米"),
        ("往左3厘米再往下5厘米", "往左3厘米，然后往下5厘米"),
        ("右に3㌢", "右に3センチ"),
        ("ｱｰﾑを１０ｃｍ上げて", "アームを10cm上げて"),
        ("साढ़े तीन सेमी ऊपर", "3.5 सेमी ऊपर"),
        ("पौने दो सेमी ऊपर", "1.75 सेमी ऊपर"),
        ("और 5 सेमी ऊपर", "5 सेमी ऊपर"),
        ("बाएँ और ऊपर 5 सेमी", "बाएँ 5 सेमी, ऊपर 5 सेमी"),
        ("haath ko thoda upar karo", "हाथ को थोडा ऊपर करो"),
    ],
)
def test_the_same_is_said_in_two_ways(said, same):
    assert GRAMMAR.read(said).primitives == GRAMMAR.read(same).primitives != ()
    assert GRAMMAR.read(said).language == GRAMMAR.read(same).language


@given(
    st.sampled_from([said for said in MOVING if hear(said)[0][0] == "zh" and "，" not in said]),
    st.sampled_from(["谢谢你", "感谢你", "不要", "别", "为什么", "如果"]),
)
def test_thanks_and_negations_before_a_command_never_move(said, before):
    assert GRAMMAR.read(before + said).decision != "move"


@given(
    st.sampled_from([s for s in MOVING if hear(s)[0][0] in ("fr", "pt") and "," not in s]),
    st.integers(0, 5),
)
def test_what_is_denied_told_or_done_to_a_thing_never_moves(said, which):
    ways = {
        "fr": ("{} pas", "sans {}", "avant de {}", "{} la tasse", "j'ai {}", "plus jamais {}"),
        "pt": ("nunca {}", "sem {}", "antes de {}", "{} a xícara", "eu já {}", "nem {}"),
    }
    way = ways[hear(said)[0][0]][which]
    assert GRAMMAR.read(way.format(said.rstrip(" ?!"))).decision != "move"


def test_what_is_all_english_is_no_other_language():
    for said in ("ｌｅｆｔ", "left ５ cm", "u̶p̶"):
        assert (GRAMMAR.read(said).decision, GRAMMAR.read(said).language) == ("ask", "en")


@pytest.mark.parametrize(
    "said",
    [
        *("von mir aus nach links", "a mi izquierda", "내 왼쪽으로"),
        *("往我左边", "私の左に動かして", "मेरे बाएँ ले जाओ"),
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
        ("es", "a la derécha, levántalo", ["a", "la", "derécha", ",", "levanta", "~lo"]),
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
