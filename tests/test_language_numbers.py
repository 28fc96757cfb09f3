"""Numbers as people write them: their value or a question, and no offer that goes further."""

from __future__ import annotations

import math
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cliprt.language.chain import ChainInterpreter
from cliprt.language.evidence import misquotes
from cliprt.language.numbers import Amount
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.slots import Move
from cliprt.language.text import split_words
from cliprt.types import Primitive, Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
CHAIN = ChainInterpreter(VOCABULARY)
UNITS_CM = {"mm": 0.1, "cm": 1.0, "m": 100.0, "inches": 2.54, '"': 2.54, "″": 2.54}
VULGAR = {c: unicodedata.numeric(c) for c in "½¼¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
SIGNS = "0123456789.,/⁄½¾⅛…—–-−+'’·٫²٥５e \u00a0\u2009\u0301"


def read(sentence: str) -> Reading:
    """What the default interpreter makes of it."""
    return CHAIN.read(sentence)


def cm_of(primitive: Primitive) -> float:
    """Its distance [cm]."""
    return max(map(abs, primitive.motion[:3])) * 100


def asked_for(sentence: str, most_cm: float) -> Reading:
    """The question; what one ``y`` takes goes no further."""
    reading = read(sentence)
    assert reading.decision == "ask", reading
    assert all(cm_of(offer) <= most_cm + 1e-9 for offer in reading.offers[:1]), reading
    return reading


@pytest.mark.parametrize(
    ("sentence", "most_cm", "shown"),
    [
        ("left ...5 cm", 0.5, "...5 cm"),
        ("left …5 cm", 0.5, "…5 cm"),
        ("left 1…5 cm", 1, "1…5 cm"),
        ("left 2½5 cm", 2, "2½5 cm"),
        ("left ½5 cm", 0.5, "½5 cm"),
        ("left 1,5 cm", 1.5, "1,5 cm"),
        ("left ,5 cm", 0.5, ",5 cm"),
        ("left.5 cm", 0.5, "left.5 cm"),
        ("left—5 cm", 0, "left—5 cm"),
        ("left 5—10 cm", 5, "5—10 cm"),
        ("left 1.5.2 cm", 1, "1.5.2 cm"),
        ("left 1,000 mm", 0.1, "1,000 mm"),
        ("left 1 000 mm", 0.1, "000 mm"),
        ("left 10’000 mm", 1, "’"),
        ("left 11/2 cm", 1.5, "11/2 cm"),
        ("left 1/2/3 cm", 0.5, "1/2/3 cm"),
        ("left 1/0 cm", 0, "1/0 cm"),
        ("left 05 cm", 0.5, "05 cm"),
        ("left 1e2 mm", 0.1, "e"),
        ("left 1e-2 m", 1, "e"),
        ("left 5² cm", 5, "²"),
        ("left 5-10 mm", 0.5, "-"),
        ("left 10 cm - 8 cm", 2, "-"),
        ("left 5 or 10 mm", 0.5, "or"),
        ("left ５ cm", 5, "５"),
        ("left ٥ cm", 5, "٥"),
        ("left 5㎜", 0.5, "㎜"),
        ("left 5 milimetr", 0.5, "millimet"),
        ("left 5 μm", 0, "μ"),
        ("left 5 m m", 0.5, "m"),
        ("left fve mm", 0.5, "fve"),
        ("left 1\u0332" + "5 cm", 1, "\u0332"),
        ("left 1\u200b5 cm", 1, "control characters"),
        ("up 5 and left 10 mm", 0.5, "5 what?"),
        ("left 0.1 cm", 0.1, "as little as 0.1 cm"),
    ],
)
def test_what_is_no_certain_number_is_asked_about_as_it_was_typed(sentence, most_cm, shown):
    assert shown in asked_for(sentence, most_cm).reason


@given(
    st.integers(0, 30),
    st.sampled_from(sorted(VULGAR)),
    st.sampled_from(["{0}{1}", "{0} {1}", "{1}"]),
    st.sampled_from(sorted(UNITS_CM)),
)
def test_fractions_in_one_sign_have_their_value(whole, sign, how, unit):
    said = how.format(whole, sign)
    value = VULGAR[sign] + (whole if "{0}" in how else 0)
    reading = read(f"left {said} {unit}")
    if reading.decision == "move":
        assert cm_of(reading.primitives[0]) == pytest.approx(value * UNITS_CM[unit], rel=1e-9)
    else:
        asked_for(f"left {said} {unit}", value * UNITS_CM[unit])


@given(
    st.decimals(0, 40, places=3).map(lambda d: f"{d.normalize():f}"),
    st.sampled_from([".", ",", "…", "·", "٫", "'", " . "]),
    st.sampled_from(sorted(UNITS_CM)),
)
def test_a_decimal_has_its_value_or_is_asked_about(decimal, point, unit):
    sentence = f"left {decimal.replace('.', point)} {unit}"
    reading = read(sentence)
    if reading.decision == "move":
        assert point == "." or "." not in decimal, reading
        assert cm_of(reading.primitives[0]) == pytest.approx(
            float(decimal) * UNITS_CM[unit], rel=1e-9
        )
    elif point == ".":
        asked_for(sentence, float(decimal) * UNITS_CM[unit])


@given(st.text(SIGNS, min_size=1, max_size=7), st.sampled_from(["cm", "mm"]))
@example("..5", "cm")
@example("2½5", "cm")
@example("1 0½", "cm")
def test_signs_move_the_arm_only_where_they_are_one_plain_number(signs, unit):
    reading = read(f"left {signs} {unit}")
    if reading.decision != "move":
        return
    words = signs.strip(" \u00a0\u2009").split()
    assert 1 <= len(words) <= 2, signs
    value = sum(VULGAR[w] if w in VULGAR else _plain(w) for w in words)
    assert cm_of(reading.primitives[0]) == pytest.approx(value * UNITS_CM[unit], rel=1e-9)


def _plain(word: str) -> float:
    """A number that Python reads too; a sign for a part may end it."""
    part = VULGAR.get(word[-1], 0.0)
    rest = word[:-1] if part else word
    return float(Fraction(rest.replace("⁄", "/"))) + part


@given(st.text(max_size=40) | st.text(SIGNS, max_size=40))
def test_words_are_what_was_typed(utterance):
    def bare(text: str) -> str:
        one = "".join(c.lower() if len(c.lower()) == 1 else c for c in "".join(text.split()))
        return one.translate(str.maketrans("’‘ʼ", "'''", "-"))

    assert bare("".join(split_words(utterance))) == bare(utterance)


def test_a_phrasebook_takes_no_number_for_another():
    book = PhrasebookInterpreter(VOCABULARY)
    five = VOCABULARY.primitives[0]
    for said, other in (("5² zorbs", "52 zorbs"), (".5 zorbs", "5 zorbs"), ("1½ z", "11/2 z")):
        book.learn(said, [five])
        assert book.read(said).decision == "move"
        assert book.read(other).decision == "ask"
    assert book.read(".5 zorbs ...").decision == "move"


@pytest.mark.parametrize(
    ("said", "move", "is_wrong"),
    [
        ("links 5 zentimeter", Amount("length", 0.05, "5 cm"), False),
        ("links 1,5 zentimeter", Amount("length", 0.15, "15 cm"), True),
        ("links 5² cm", Amount("length", 0.25, "25 cm"), True),
        ("links …5 cm", Amount("plain"), True),
        ("ein bisschen links", Amount("length", 0.01, "1 cm"), False),
    ],
)
def test_what_a_model_understood_in_other_numbers_is_not_offered(said, move, is_wrong):
    assert misquotes(said, [Move("y+", move)]) is is_wrong


@given(st.floats(0.001, 60), st.sampled_from(["left", "zorble left", "left?", "left or right"]))
def test_no_first_offer_goes_further_than_was_said(cm, words):
    cm = math.floor(cm * 1000) / 1000
    reading = read(f"{words} {cm:.3f} cm")
    if reading.decision == "ask":
        assert all(cm_of(offer) <= cm + 1e-9 for offer in reading.offers[:1])
