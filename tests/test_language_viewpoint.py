"""The speaker's own frame: never the mirrored way, asked once, remembered by the person's name."""

import math

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import StoreError, VocabularyError
from cliprt.language.chain import ChainInterpreter
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.seats import load_seats
from cliprt.language.tables import languages, table
from cliprt.language.text import is_stop
from cliprt.language.tongues import hear
from cliprt.language.viewpoint import ANSWERS, CAMERAS, MOST_OFF_DEG, SEATS, to_groups
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
TURNS = {"away": (1, 0), "toward": (-1, 0), "left": (0, 1), "right": (0, -1)}
"""Way -> (along how the speaker looks, to their left)."""

MINE = {
    "toward me": "toward",
    "come to me": "toward",
    "closer to me": "toward",
    "in my direction": "toward",
    "away from me": "away",
    "my left": "left",
    "move over to my left side": "left",
    "left from where I sit": "left",
    "go right from my point of view": "right",
    "to my right": "right",
    "come over here": "toward",
    "towards where I'm sitting": "toward",
    "away from my chair": "away",
    "shift left from over here": "left",
    "to the viewer's right": "right",
}
PICTURES = {
    "toward the camera": "toward",
    "away from the camera": "away",
    "left as I see it in the picture": "left",
    "camera left": "left",
    "on my screen it should go right": "right",
    "to the right in the image": "right",
}
SAID = MINE | PICTURES
ANGLES = st.floats(-math.pi, math.pi)


def looking(angle):
    return math.cos(angle), math.sin(angle)


def wanted(way, looks):
    along, aside = TURNS[way]
    x, y = looks
    return np.array([along * x - aside * y, along * y + aside * x])


def seated(seat, situation=None, kind=GrammarInterpreter, **options):
    """An interpreter whose speaker was asked where they sit, and answered."""
    one = kind(VOCABULARY, **options)
    one.situate(situation or Situation(looks=(1.0, 0.0)))
    question = one.read("toward me")
    one.answer(question, ANSWERS[seat])
    return one


def meant(said):
    """Which way a misspelt sentence of these tests means."""
    ways = {"rihgt": "right", "camera": "toward", "toward": "toward"}
    return next((way for word, way in ways.items() if word in said), "left")


def along_the_table(primitives):
    return [p for p in primitives if any(p.motion[:2])]


@given(st.sampled_from(sorted(TURNS)), ANGLES)
def test_a_way_is_the_axis_that_it_is_nearly_along_else_the_two_that_lead_there(way, angle):
    looks = looking(angle)
    steps = {"x+": (1, 0), "x-": (-1, 0), "y+": (0, 1), "y-": (0, -1)}
    shares = [wanted(way, looks) @ steps[group] for group in to_groups(way, looks)]
    assert all(share > 0 for share in shares)
    off_deg = math.degrees(math.acos(min(1.0, shares[0])))
    assert off_deg <= 45 + 1e-6
    assert (len(shares) == 1) == (off_deg <= MOST_OFF_DEG) or abs(off_deg - MOST_OFF_DEG) < 1e-3


@pytest.mark.parametrize(
    ("seat", "toward", "right"),
    [
        ("behind", (-1, 0), (0, -1)),
        ("facing", (1, 0), (0, 1)),
        ("left", (0, 1), (-1, 0)),
        ("right", (0, -1), (1, 0)),
    ],
)
def test_where_a_person_sits_is_what_their_words_mean(seat, toward, right):
    one = seated(seat)
    for said, way in (("toward me 3 cm", toward), ("to my right 3 cm", right)):
        reading = one.read(said)
        assert reading.decision == "move"
        assert reading.primitives[0].motion[:2] == pytest.approx([0.03 * x for x in way])
    assert one.read("to the right 3 cm").primitives[0].motion[1] == pytest.approx(-0.03)
    assert one.read("your left 3 cm").primitives[0].motion[1] == pytest.approx(0.03)
    assert one.read("up 3 cm from where I sit").primitives[0].motion[2] == pytest.approx(0.03)


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
@pytest.mark.parametrize(
    "about", ["{}", "{} 3 cm", "a bit {}", "{} then up 2 cm", "please {} again"]
)
@pytest.mark.parametrize("said", SAID)
def test_without_a_seat_it_asks_and_offers_no_way(kind, about, said):
    reading = kind(VOCABULARY).read(about.format(said))
    assert (reading.decision, reading.offers) == ("ask", ())
    answers = tuple((ANSWERS if said in MINE else CAMERAS).values())
    is_mixed = "up" in about and said in PICTURES  # "up in the picture" need not be a height
    assert reading.answers in ([answers, ()] if is_mixed else [answers])


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
@pytest.mark.parametrize(
    "about",
    [
        "{} until it touches",
        "{} to the cup",
        "the cup {}",
        "don't go {}",
        "thanks for moving {}",
        "{}?",
        "{} and then left 3 cm",
        "left, no, {}",
        "frobnicate {} 3 cm",
        "rotate it {}",
        "facing you, {}",
    ],
)
@pytest.mark.parametrize(
    "said", ["toward me", "to my left", "left in the picture", "left on my scren"]
)
def test_with_anything_else_it_asks_and_offers_no_way_either(kind, about, said):
    reading = kind(VOCABULARY).read(about.format(said))
    assert (reading.decision, reading.offers) == ("ask", ())


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
@pytest.mark.parametrize(
    "said",
    [
        "to my lefft 3 cm",
        "lefft in the picture",
        "left in the pictuer",
        "mvoe to the camera",
        "lfet on my screen",
        "comme toward me",
        "rihgt as seen by the camera",
        "left in the mirorr",
        "teh left from my point of view",
    ],
)
def test_misspelt_it_is_no_other_way_either(kind, said):
    reading = kind(VOCABULARY).read(said)
    assert (reading.decision, reading.offers) == ("ask", ())
    one = seated("facing", Situation(looks=(-1.0, 0.0)), kind)
    found = one.read(said).primitives or one.read(said).offers
    assert all(wanted(way, (-1, 0)) @ p.motion[:2] > 0 for p in found for way in [meant(said)])


@given(st.sampled_from(sorted(SAID)), st.sampled_from(sorted(ANSWERS)), ANGLES, st.booleans())
def test_neither_a_move_nor_an_offer_ever_goes_the_other_way(said, seat, angle, down):
    looks = looking(angle)
    one = seated(seat, Situation(looks=looks, looks_down=down), ChainInterpreter)
    sees = looks if said in PICTURES or seat == "picture" else SEATS[seat]
    for about, most_off_deg in (("{} 3 cm", MOST_OFF_DEG), ("{} 3 cm until it touches", 65)):
        reading = one.read(about.format(said))
        found = along_the_table(reading.primitives or reading.offers)
        for primitive in found:
            step = np.array(primitive.motion[:2]) / np.linalg.norm(primitive.motion[:2])
            off_deg = math.degrees(math.acos(np.clip(step @ wanted(SAID[said], sees), -1, 1)))
            assert off_deg <= (most_off_deg if reading.primitives else 65 + 1e-6) + 1e-6
        assert reading.decision == "ask" or found
        assert not reading.answers


def test_a_way_between_two_axes_is_asked_about_with_both():
    reading = seated("picture", Situation(looks=(-0.77, -0.64))).read("to my left 5 cm")
    assert "between two of my ways" in reading.reason
    assert [offer.group for offer in reading.offers] == ["y-", "x+"]


def test_a_camera_above_the_table_has_a_left_but_nothing_is_toward_it():
    one = seated("behind", Situation(looks=(0.0, 1.0), looks_down=True))
    assert one.read("left in the picture 3 cm").primitives[0].motion[0] == pytest.approx(-0.03)
    reading = one.read("toward the camera 3 cm")
    assert (reading.decision, reading.offers) == ("ask", ())
    assert "looks down" in reading.reason


def test_who_looks_at_the_picture_is_asked_again_where_there_is_none():
    one = seated("picture")
    assert one.read("toward me").decision == "move"
    one.situate(Situation())
    reading = one.read("toward me")
    assert reading.decision == "ask"
    assert reading.answers == tuple(CAMERAS.values())


def test_a_camera_that_the_robot_does_not_know_is_asked_about_once(tmp_path):
    file = tmp_path / "seats.yaml"
    one = GrammarInterpreter(VOCABULARY, seats=str(file), person="anna")
    question = one.read("left in the picture 3 cm")
    assert question.answers == tuple(CAMERAS.values())
    one.answer(question, CAMERAS["facing"])
    assert one.read("left in the picture 3 cm").primitives[0].motion[1] == pytest.approx(-0.03)
    assert one.read("toward me").answers == tuple(ANSWERS.values())
    one.answer(one.read("toward me"), ANSWERS["picture"])
    assert one.read("toward me 3 cm").primitives[0].motion[0] == pytest.approx(0.03)
    assert yaml.safe_load(file.read_text()) == {"the camera": "facing", "anna": "picture"}
    one.situate(Situation(looks=(0.0, 1.0)))
    assert one.read("toward me 3 cm").primitives[0].motion[1] == pytest.approx(-0.03)
    assert one.read("I moved the camera").answers == tuple(CAMERAS.values())


@pytest.mark.parametrize("said", ["I sit somewhere else", "please, I've moved"])
def test_somebody_who_sits_somewhere_else_is_asked_anew(said):
    one = seated("facing")
    question = one.read(said)
    assert question.answers == tuple(ANSWERS.values())
    one.answer(question, question.answers[0])
    assert one.read("toward me").primitives[0].motion[0] < 0
    assert not one.read("I've moved the laptop").answers


@pytest.mark.parametrize(
    "said",
    [
        "that looks good to me",
        "bring me the cup",
        "to my left hand",
        "my left arm",
        "out of my way",
        "move my arm left",
        "up in the picture",
        "roll clockwise from my point of view",
        "push left as I see it",
        "the camera left",
    ],
)
@pytest.mark.parametrize("seat", ANSWERS)
def test_what_only_sounds_like_it_moves_nothing(said, seat):
    assert seated(seat).read(said).decision == "ask"


@pytest.mark.parametrize(
    "said",
    [
        "from here left 3 cm",
        "left 3 cm for me",
        "the left side for me",
        "3 cm to its left",
        "move it to her left",
        "für mich 3 cm links",
        "von hier 3 cm nach links",
        "a su izquierda 3 cm",
        "à sa gauche 3 cm",
        "daqui para a esquerda 3 cm",
        "여기서 왼쪽으로 3센티",
        "ここから左に3センチ",
        "从这里往左3厘米",
        "यहाँ से बाएँ 3 सेमी",
    ],
)
def test_what_may_be_theirs_is_asked_about_only_where_that_is_another_way(said, tmp_path):
    for seat in ANSWERS:
        reading = seated(seat).read(said)
        is_same = seat in ("behind", "picture")
        assert reading.decision == ("move" if is_same else "ask")
        assert all(p.motion[1] > 0 for p in reading.primitives)
        assert not reading.offers
    assert seated("picture", Situation(looks=(-1.0, 0.0))).read(said).decision == "ask"
    assert GrammarInterpreter(VOCABULARY).read(said).decision == "move"
    assert seated("facing").read("up 3 cm for me").decision == "move"
    book = PhrasebookInterpreter(VOCABULARY, str(tmp_path / "book.yaml"))
    book.learn(said, [VOCABULARY.primitives[0]])
    assert not book.wordings


def test_what_is_said_so_is_never_learned_and_the_phrasebook_never_speaks_for_it(tmp_path):
    book = PhrasebookInterpreter(VOCABULARY, str(tmp_path / "book.yaml"))
    forward = VOCABULARY.primitives[0]
    for said in (*SAID, "left on my scren", "bring me the cup", "I sit somewhere else"):
        book.learn(said, [forward])
    assert not book.wordings


@pytest.mark.parametrize(
    ("said", "motion"),
    [
        ("zu mir 3 cm", (0.03, 0)),
        ("nach links von mir aus 3 cm", (0, -0.03)),
        ("im Bild nach links 3 cm", (0, -0.03)),
        ("hacia mí 3 cm", (0.03, 0)),
        ("a mi derecha 3 cm", (0, 0.03)),
        ("내 쪽으로 3cm", (0.03, 0)),
        ("화면 왼쪽으로 3cm", (0, -0.03)),
    ],
)
def test_other_languages_have_the_same_roles(said, motion):
    assert GrammarInterpreter(VOCABULARY).read(said).decision == "ask"
    one = seated("facing", Situation(looks=(-1.0, 0.0)))
    assert one.read(said).primitives[0].motion[:2] == pytest.approx(motion)


@pytest.mark.parametrize("language", languages())
def test_every_phrase_of_every_table_means_its_role(language):
    nobody, one = GrammarInterpreter(VOCABULARY), seated("right", Situation(looks=(0.0, -1.0)))
    roles = ("seat", "picture")
    for phrase, (role, way) in table(language).phrases.items():
        said = table(language).joined(phrase).replace("~", "").strip()
        if role not in roles or [code for code, _ in hear(said)] != [language] or is_stop(said):
            continue
        assert nobody.read(said).decision == "ask", said
        reading = one.read(said)
        looks = SEATS["right"] if role == "seat" else (0.0, -1.0)
        for primitive in (*reading.primitives, *reading.offers):
            assert primitive.motion[:2] @ wanted(way, looks) > 0, said
        assert reading.decision == "move", f"{said}: {reading.reason}"


# Remembered


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
def test_each_person_is_asked_once(tmp_path, kind):
    file = tmp_path / "run" / "seats.yaml"
    seated("facing", kind=kind, seats=str(file), person="anna")
    seated("behind", kind=kind, seats=str(file))
    assert yaml.safe_load(file.read_text()) == {"anna": "facing", "": "behind"}
    for person, forward in (("anna", 0.03), ("", -0.03)):
        one = kind(VOCABULARY, seats=str(file), person=person)
        assert one.read("toward me 3 cm").primitives[0].motion[0] == pytest.approx(forward)
    assert kind(VOCABULARY, seats=str(file), person="ben").read("toward me").answers
    assert kind(VOCABULARY).read("toward me").answers


def test_what_others_write_is_noticed_and_a_mistake_does_not_end_anything(tmp_path, caplog):
    file = tmp_path / "seats.yaml"
    one = seated("facing", seats=str(file))
    file.write_text("'': behind")
    assert one.read("toward me").primitives[0].motion[0] < 0
    file.write_text("'': besides")
    assert one.read("toward me").primitives[0].motion[0] < 0
    assert "Did you mean" in caplog.text
    with pytest.raises(StoreError, match="the file stays as it is"):
        one.answer(one.read("I've moved"), ANSWERS["facing"])
    assert one.read("toward me").primitives[0].motion[0] > 0


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "anna: [facing]",
        "anna: face",
        "anna: &a {b: *a}",
        "a: b: c",
        "? [a]\n: left",
        "anna:",
    ],
)
def test_a_file_with_a_mistake_is_explained_and_left_alone(tmp_path, text):
    file = tmp_path / "seats.yaml"
    one = GrammarInterpreter(VOCABULARY, seats=str(file))
    text = f"# people\n{text}\n"
    file.write_text(text)
    with pytest.raises(VocabularyError, match=r"seats\.yaml:2: "):
        GrammarInterpreter(VOCABULARY, seats=str(file))
    with pytest.raises(StoreError, match=r"stays as it is.*seats\.yaml:2: "):
        one.answer(one.read("toward me"), ANSWERS["facing"])
    assert file.read_text() == text


def test_in_a_file_any_word_is_a_name_and_nobody_sits_twice(tmp_path):
    file = tmp_path / "seats.yaml"
    file.write_text("1: left\nyes: facing\nno: behind\n")
    assert load_seats(file) == {"1": "left", "yes": "facing", "no": "behind"}
    file.write_text("anna: left\n'anna': facing\n")
    with pytest.raises(VocabularyError, match=r"seats\.yaml:2: 'anna' sits twice"):
        load_seats(file)
