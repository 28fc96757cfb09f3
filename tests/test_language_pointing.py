"""A thing that is named: where it is, and a first step to it that is offered and never made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_samples import everyday, out_of_scope

from cliprt.language.chain import ChainInterpreter
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.pointing import NEAR_M, OVER_M, first_steps
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.nearest import AXES

VOCABULARY = ClipRt58Vocabulary()
THINGS = {
    "laptop": (0.27, 0.16, 0.0),
    "computer": (0.27, 0.16, 0.0),
    "laptop lid": (0.16, 0.14, 0.0),
    "laptop screen": (0.16, 0.14, 0.0),
    "red car": (0.1, 0.2, -0.2),
    "blue car": (0.15, -0.2, -0.2),
    "cup": (-0.12, -0.04, -0.03),
    "pen": (0.2, 0.02, -0.05),
    "pen holder": (0.2, 0.0, -0.1),
    "trash can": (0.01, 0.02, -0.3),
    "spoon": (0.0, 0.0, 0.0),
}
TO_THE_LAPTOP = (
    "The laptop is 27 cm forward and 16 cm to the left: begin with “10 cm forward”?",
    ["x+ 10", "y+ 5"],
)
THE_CUP = "The cup is 12 cm back, 4 cm to the right and 3 cm down."

metres = st.floats(-0.6, 0.6)
offsets = st.tuples(metres, metres, metres)


def interpreter(kind=GrammarInterpreter, things=THINGS):
    one = kind(VOCABULARY)
    one.situate(Situation(things=things))
    return one


def offered(reading):
    return [f"{p.group} {100 * max(map(abs, p.motion)):g}" for p in reading.offers]


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
@pytest.mark.parametrize(
    ("said", "reason", "offers"),
    [
        ("go to the laptop", *TO_THE_LAPTOP),
        ("move the arm towards the laptop", *TO_THE_LAPTOP),
        ("close the laptop", *TO_THE_LAPTOP),
        ("laptop", *TO_THE_LAPTOP),
        ("go to the computer", TO_THE_LAPTOP[0].replace("laptop", "computer"), TO_THE_LAPTOP[1]),
        (
            "bring your hand above the screen",
            "The laptop screen is 16 cm forward and 14 cm to the left: begin with “10 cm up”?",
            ["z+ 10"],
        ),
        (
            "go to the lid of the laptop",
            "The laptop lid is 16 cm forward and 14 cm to the left: begin with “5 cm forward”?",
            ["x+ 5", "y+ 5"],
        ),
        (
            "reach over the cup",
            "The cup is 12 cm back, 4 cm to the right and 3 cm down: begin with “5 cm up”?",
            ["z+ 5"],
        ),
        (
            "push the cup to the left",
            "The cup is 12 cm back, 4 cm to the right and 3 cm down: begin with “5 cm back”?",
            ["x- 5"],
        ),
        (
            "move left to the red car",
            "The red car is 20 cm to the left, 10 cm forward and 20 cm down:"
            " begin with “20 cm to the left”?",
            ["y+ 20"],
        ),
        (
            "pen holder",
            "The pen holder is 20 cm forward and 10 cm down: begin with “20 cm forward”?",
            ["x+ 20"],
        ),
        (
            "can you get the pen",
            "The pen is 20 cm forward, 2 cm to the left and 5 cm down:"
            " begin with “20 cm forward”?",
            ["x+ 20"],
        ),
        (
            "touch the trash can",
            "The trash can is 2 cm to the left, 1 cm forward and 30 cm down:"
            " begin with “1 cm to the left”?",
            ["y+ 1", "z- 20"],
        ),
        (
            "put the spoon in the trash can",  # the spoon is in the hand
            "The trash can is 2 cm to the left, 1 cm forward and 30 cm down:"
            " begin with “1 cm to the left”?",
            ["y+ 1", "z- 20"],
        ),
        # What may lead away from it, whose left, whose behind: nobody guesses.
        ("stay away from the cup", THE_CUP, []),
        ("leave the cup", THE_CUP, []),
        ("weg vom laptop", "The laptop is 27 cm forward and 16 cm to the left.", []),
        ("éloigne-toi du laptop", "laptop : depuis la main, 27 cm vers l’avant et 16 cm vers la"
         " gauche.", []),
        ("go behind the red cup", THE_CUP, []),
        ("go left of the cup", THE_CUP, []),
        ("move the arm under the cup", THE_CUP, []),
        ("컵을 잡아", "컵: 손에서 뒤로 12 cm, 오른쪽으로 4 cm, 아래로 3 cm에 있어요."
         " '뒤로 5 cm'부터 시작할까요?", ["x- 5"]),
        (
            "mueve la mano encima del portátil",
            "portátil: desde la mano, 27 cm hacia adelante y 16 cm a la izquierda."
            " ¿Empiezo con «10 cm hacia arriba»?",
            ["z+ 10"],
        ),
    ],
)  # fmt: skip
def test_it_says_where_a_thing_is_and_offers_a_step(kind, said, reason, offers):
    reading = interpreter(kind).read(said)
    assert (reading.decision, reading.primitives) == ("ask", ())
    assert (reading.reason, offered(reading)) == (reason, offers)


@pytest.mark.parametrize(
    "said",
    [
        "don't go to the laptop",
        "is the laptop there?",
        "the laptop is broken",
        "put the cup in the trash can",  # two of them
        "left 5 cm, then close the laptop",  # an exact step is named
        "go 5 cm to the left of the cup",
        "touch the bottle",
        "lift the spoon",  # it is held
        "let go of the cup",
        "come closer",  # to too many
    ],
)
def test_what_is_not_about_one_thing_is_asked_as_ever(said):
    assert interpreter().read(said) == GrammarInterpreter(VOCABULARY).read(said)


@pytest.mark.parametrize("kind", [GrammarInterpreter, ChainInterpreter])
def test_which_of_several_is_asked_and_the_answer_completes_it(kind):
    one = interpreter(kind)
    asked = one.read("move towards the car")
    assert (asked.reason, asked.answers) == ("Which of them?", ("red car", "blue car"))
    assert one.read("go to the cars").answers == asked.answers
    one.answer(asked, "blue car")
    reading = one.read("move towards the car")
    assert reading.reason.startswith("The blue car is 20 cm to the right")
    assert one.read("go to the red car").reason.startswith("The red car")


def test_closer_is_to_what_stands_there():
    alone = {name: THINGS[name] for name in ("laptop", "computer", "laptop lid")}
    assert interpreter(things=alone).read("come closer").reason == TO_THE_LAPTOP[0]
    cars = {name: THINGS[name] for name in ("red car", "blue car")}
    assert interpreter(things=cars).read("come closer").answers == ("red car", "blue car")


def test_names_are_only_words():
    strange = {"a {b} (c|d)+ cup": (0.2, 0.0, 0.0), "": (0.0, 0.1, 0.0)}
    reading = interpreter(things=strange).read("go to the cup")
    assert reading.reason == "The a {b} (c|d)+ cup is 20 cm forward: begin with “10 cm forward”?"


def test_things_turn_no_sentence_into_a_move_or_out_of_one():
    words = sorted({word for said in out_of_scope() for word in said.split() if word.isalpha()})
    things = {word: (0.2, -0.1, -0.1) for word in [*words[::9], *THINGS]}
    plain, seeing = GrammarInterpreter(VOCABULARY), interpreter(things=things)
    for said in [*(said for said, _, _ in everyday()), *out_of_scope()]:
        before, after = plain.read(said), seeing.read(said)
        assert (after.decision, after.primitives) == (before.decision, before.primitives), said


@given(offsets, st.booleans())
def test_no_step_passes_the_thing_or_leads_away_from_it(offset, above):
    steps = first_steps(offset, above)
    is_far = max(map(abs, offset[:2])) >= NEAR_M
    assert len(steps) <= 2
    for group, length in steps:
        way = offset[AXES.index(group[0])]
        if group[0] == "z" and above:  # to 10 cm over it
            way += OVER_M
            assert is_far == (group == "z+")
        assert 0 < length <= abs(way) + 1e-9
        assert (group[1] == "+") == (way > 0)
        if group[0] != "z" and is_far and abs(offset[2]) < NEAR_M:
            assert length <= abs(way) / 2 + 1e-9  # it may run into it
        assert group != "z-" or not is_far


@given(offsets, st.sampled_from(["go to the cup", "hover over the cup", "geh über cup", "cup"]))
def test_it_only_offers(offset, said):
    reading = interpreter(ChainInterpreter, {"cup": offset}).read(said)
    assert (reading.decision, reading.primitives) == ("ask", ())
    for offer in reading.offers:
        (way,) = [(m, o) for m, o in zip(offer.motion, offset, strict=False) if m]
        assert "over" in said or "über" in said or 0 < way[0] / way[1] <= 1 + 1e-6
