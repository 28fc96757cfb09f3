"""The grammar's rules, one by one."""

from __future__ import annotations

import math
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.lexicon import KNOWN
from cliprt.language.sections import listed
from cliprt.language.telling import tell
from cliprt.types import Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)


def steps(sentence: str, grammar: GrammarInterpreter = GRAMMAR) -> list[tuple[str, float]]:
    """(group, cm or degrees) of each step; the gripper's amount is 0."""
    reading = grammar.read(sentence)
    assert reading.decision == "move", reading
    found = []
    for p in reading.primitives:
        axis = p.group[:-1]
        size = abs(p.motion[AXES.index(axis)]) if axis in AXES else 0.0
        found.append(
            (p.group, round(size * 100 if axis in ("x", "y", "z") else math.degrees(size), 6))
        )
    return found


def asks(sentence: str, grammar: GrammarInterpreter = GRAMMAR) -> list[str]:
    """Groups of the offers."""
    reading = grammar.read(sentence)
    assert reading.decision == "ask", reading
    return [offer.group for offer in reading.offers]


@pytest.mark.parametrize("entry", VOCABULARY.primitives, ids=lambda p: p.phrase)
def test_every_phrase_is_read_as_itself_also_by_the_rules(entry):
    assert GRAMMAR.read(entry.phrase).primitives == (entry,)
    assert GRAMMAR.read(f"please {entry.phrase.upper()} !").primitives == (entry,)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("left 8 cm", 8),
        ("left 2.5cm", 2.5),
        ("left 80 mm", 8),
        ("left 0.08 m", 8),
        ("left 3 inches", 7.62),
        ("left an inch", 2.54),
        ("another inch left", 2.54),
        ("5 more centimeters left", 5),
        ("left 1/2 inch", 1.27),
        ("left ½ inch", 1.27),
        ("left 2½ inches", 6.35),
        ("left 2 1/2 inches", 6.35),
        ("left half an inch", 1.27),
        ("left a quarter of an inch", 0.635),
        ("left three quarters of an inch", 1.905),
        ("left one and a half inches", 3.81),
        ("left an inch and a half", 3.81),
        ("left half a foot", 15.24),
        ("left half a meter", None),
        ("left a foot", None),
        ("left a couple of centimeters", 2),
        ("left twenty-five centimetres", 25),
        ("left one hundred and twenty millimetres", 12),
        ("left two hundred mm", 20),
        ("left 3/8 of an inch", 0.9525),
        ("left inch and a half", 3.81),
        ("left an inch and three quarters", 4.445),
        ("left two and 3/4 inches", 6.985),
        ("left one and five eighth inches", 4.1275),
        ("left five point five cm", 5.5),
        ("left about 5 cm", 5),
        ("left 30 cm", 30),
        ("left 30.1 cm", None),
        ("5 in left", 12.7),
    ],
)
def test_distances(sentence, expected):
    if expected is None:
        assert asks(sentence) == ["y+"] * 3
    else:
        assert steps(sentence) == [("y+", expected)]


@pytest.mark.parametrize(
    ("said", "degrees"),
    [
        ("30 degrees", 30),
        ("30°", 30),
        ("a quarter turn", 90),
        ("half a turn", 180),
        ("an eighth of a turn", 45),
        ("0.5 radians", math.degrees(0.5)),
        ("180 degrees", 180),
        ("181 degrees", None),
        ("a turn", None),
        ("a tiny bit", 5),
        ("a bit", 15),
        ("", 45),
        ("a lot", 90),
    ],
)
def test_angles(said, degrees):
    sentence = f"rotate the gripper clockwise {said}"
    if degrees is None:
        assert asks(sentence) == ["gripper_rotation+"] * 3
    else:
        assert steps(sentence) == [("gripper_rotation+", round(degrees, 6))]


@given(st.integers(50, 3000), st.sampled_from(["left", "right", "up", "down", "forward", "back"]))
def test_the_exact_distance_is_kept(tenths_mm, way):
    centimetres = tenths_mm / 100
    reading = GRAMMAR.read(f"go {way} {centimetres} cm")
    if centimetres < 0.5:
        assert reading.decision == "ask"
    else:
        (primitive,) = reading.primitives
        assert sum(map(abs, primitive.motion)) == pytest.approx(centimetres / 100, abs=1e-12)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("up 5 cm and then left a bit", [("z+", 5), ("y+", 5)]),
        ("up and to the left 5 cm", [("z+", 5), ("y+", 5)]),
        ("a bit up and left", [("z+", 5), ("y+", 5)]),
        ("up, left and forward 3 cm", [("z+", 3), ("y+", 3), ("x+", 3)]),
        ("left then up 5 cm", [("y+", 10), ("z+", 5)]),
        ("move left and raise the arm 5 cm", [("y+", 10), ("z+", 5)]),
        ("up 5 cm, left 3 cm; forward a bit", [("z+", 5), ("y+", 3), ("x+", 5)]),
        ("left 5 cm then right 5 cm", [("y+", 5), ("y-", 5)]),
        ("close the gripper and lift 5 cm", [("close", 0), ("z+", 5)]),
        ("grab it, then go up a lot", [("close", 0), ("z+", 20)]),
        ("open the hand and back off a bit", [("open", 0), ("x-", 5)]),
        ("tilt up 5 degrees and roll clockwise a bit", [("pitch-", 5), ("roll+", 15)]),
        ("open, then lift, then close", [("open", 0), ("z+", 10), ("close", 0)]),
        ("close and go up 8 cm", [("close", 0), ("z+", 8)]),
        ("open the claw, down 3 cm, close it", [("open", 0), ("z-", 3), ("close", 0)]),
        ("close, up 3 cm, open", [("close", 0), ("z+", 3), ("open", 0)]),
        ("turn clockwise 60° and then go up", [("gripper_rotation+", 60), ("z+", 10)]),
        ("up a little and to the right", [("z+", 5), ("y-", 5)]),
        ("5 cm left and up", [("y+", 5), ("z+", 5)]),
        ("back and a bit left", [("x-", 10), ("y+", 5)]),
        ("lift it and bring it forward, 4 cm both", [("z+", 4), ("x+", 4)]),
        ("5 cm each, left and up", [("y+", 5), ("z+", 5)]),
        ("down 2 cm, then the same to the left", [("z-", 2), ("y+", 2)]),
        ("move the arm, please, to the left, a bit", [("y+", 5)]),
        ("rotate the gripper, clockwise, 30 degrees", [("gripper_rotation+", 30)]),
    ],
)
def test_compounds_keep_their_order(sentence, expected):
    assert steps(sentence) == expected


@pytest.mark.parametrize("her", ["her", "him", "'er", "it"])
@pytest.mark.parametrize("amount", ["", "3 cm", "a bit", "a hair"])
def test_the_arm_may_be_called_she(her, amount):
    assert GRAMMAR.read(f"lower {her} {amount}").primitives == (
        GRAMMAR.read(f"lower it {amount}").primitives
    )
    asks(f"send {her} back {amount}")


@pytest.mark.parametrize("said", ["lowered", "moved down", "brought down"])
def test_what_was_done_is_a_command_where_it_is_wanted(said):
    for wish in ("I'd like it", "I want the arm", "it needs to be"):
        assert steps(f"{wish} {said} 3 cm") == [("z-", 3)]
    for told in ("the arm", "it was", "you", "he"):
        asks(f"{told} {said} 3 cm")


def test_her_hand_is_no_gripper():
    asks("grab her hand")
    asks("raise her arm")


@pytest.mark.parametrize(
    "sentence",
    [
        "close, a bit left",
        "close, up 5 cm",
        "close by and up 5 cm",
        "go close and lift",
        "open and close",
        "open it and lift",
        "lift, close it",
        "close the lid and go up 3 cm",
    ],
)
def test_open_and_close_are_the_grippers_only_where_they_are_steps(sentence):
    asks(sentence)


@pytest.mark.parametrize(
    ("sentence", "group"),
    [
        ("turn it 90 clockwise", "gripper_rotation+"),
        ("spin it 30° counterclockwise", "gripper_rotation-"),
        ("yaw left 20 degrees", "yaw-"),
        ("roll right 15", "roll+"),
        ("rotate it anticlockwise a hair", "gripper_rotation-"),
        ("rotate clockwise", "gripper_rotation+"),
        ("clockwise a bit", "gripper_rotation+"),
        ("clockwise", None),
        ("turn left 20 degrees", None),
        ("turn the arm 20 degrees clockwise", None),
        ("turn yourself 20 degrees clockwise", None),
        ("turn the knob 20 degrees clockwise", None),
        ("tilt left 20 degrees", None),
    ],
)
def test_a_turn_of_nothing_else_is_the_wrists(sentence, group):
    if group is None:
        asks(sentence)
    else:
        assert [found for found, _ in steps(sentence)] == [group]


@pytest.mark.parametrize("amount", ["a tiny bit", "a hair", "the tiniest bit"])
@pytest.mark.parametrize("way", ["left", "up", "forward"])
def test_a_tiny_amount_never_goes_back_to_the_step_before(amount, way):
    asks(f"back and {amount} {way}")
    asks(f"right and {way} {amount}")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("left, no, right", [("y-", 10)]),
        ("left, sorry, right a bit", [("y-", 5)]),
        ("up 5, I mean 10 cm", [("z+", 10)]),
        ("up 5 cm, no, a lot", [("z+", 20)]),
        ("left 5 cm, no, right 5 cm", [("y-", 5)]),
        ("roll clockwise, no, counterclockwise", [("roll-", 45)]),
        ("up, no, open the gripper", [("open", 0)]),
        ("no, go left", [("y+", 10)]),
        ("actually, left", [("y+", 10)]),
    ],
)
def test_corrections_replace_what_stands_before(sentence, expected):
    assert steps(sentence) == expected


def test_a_correction_that_leaves_a_doubt_is_questioned():
    assert asks("left 5 cm, no, right") == ["y-"]
    assert asks("up and left, no, right") != []
    assert asks("left, no") == []


@pytest.mark.parametrize(
    ("sentence", "groups"),
    [
        ("left 5", ["y+"]),
        ("left 2 meters", ["y+"] * 3),
        ("left -5 cm", ["y+"]),
        ("push the red block to the left", ["y+"]),
        ("left?", ["y+"] * 3),
        ("lower to 5 cm", ["z-"]),
        ("go ahead", ["x+"] * 3),
        ("close", ["close"]),
        ("close the gripper a bit", ["close"]),
        ("close the drawer", []),
        ("grab the cup", []),
        ("drop", ["z-", "open"]),
        ("up left", ["z+", "y+"]),
        ("go back up", ["x-", "z+"]),
        ("rotate the gripper", ["gripper_rotation+", "gripper_rotation-"]),
        ("clockwise", ["gripper_rotation+", "roll+", "yaw+"]),
        ("roll the arm", ["roll+", "roll-"]),
        ("yaw left", ["yaw-", "yaw+"]),
        ("tilt the arm", ["pitch-", "pitch+"]),
        ("tilt left", ["roll-", "roll+"]),
        ("pull", ["x-"] * 3),
        ("extend", ["x+"] * 3),
        ("goto left", ["y+"]),
        ("don't move left", []),
        ("too far left", []),
        ("nonsense", []),
    ],
)
def test_offers_agree_with_what_was_understood(sentence, groups):
    assert asks(sentence) == groups


def test_offers_are_what_was_said_or_less():
    (five,) = GRAMMAR.read("left 5").offers
    assert five in VOCABULARY.primitives
    assert [round(o.motion[1] * 100) for o in GRAMMAR.read("left 50 cm").offers] == [20, 10, 5]
    (eight,) = GRAMMAR.read("roll clockwise 8°?").offers
    assert (round(math.degrees(eight.motion[3]), 6), tell(eight)) == (
        8,
        "roll the arm 8° clockwise",
    )
    assert [round(o.motion[1] * 100) for o in GRAMMAR.read("left?").offers] == [10, 5, 1]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("close the drawer", "That takes several small steps"),
        ("left 5", "5 what? Say centimeters."),
        ("left 2 meters", "2 meters is more than the 30 cm"),
        ("roll clockwise 270 degrees", "more than the 180 degrees"),
        ("left 0 cm", "0 cm is no distance"),
        ("left 5 cm 10 cm", "How much: 5 cm or 10 cm?"),
        ("left 45 degrees", "I need a distance in centimeters"),
        ("goto left", "Did you mean 'go to left'?"),
        ("don't go up", 'You said "don\'t"'),
        ("open the gripper a bit", "opens and closes fully"),
        ("up 5 cm and left", "How far in each direction?"),
        ("left and right", "Say 'then'"),
        ("pick it up", "That takes several small steps"),
        ("my left", "Which way is 'my left'? Tell me where you are."),
        ("", "I heard nothing to do."),
        ("x" * 400, "at most 300 characters"),
        ("left\x07", "control characters"),
        (" then ".join(["left", "up"] * 4), "8 steps: say at most 6"),
    ],
)
def test_reasons_say_what_is_missing(sentence, words):
    reading = GRAMMAR.read(sentence)
    assert reading.decision == "ask"
    assert words in reading.reason


@pytest.mark.parametrize(
    "sentence",
    [
        "stop",
        "STOP!",
        "StOoOoP",
        "stooooop",
        "please stop moving left",
        "left, stop",
        "halt",
        "freeze",
        "wait a second",
        "whoa",
        "e-stop",
        "cancel that",
        "abort",
        "hold on",
        "hold it",
        "hold",
        "stay there",
        "don't move",
        "that's enough",
        "enough!",
        "don't stop",
        "stop\x00",
        "\x1b[31mstop",
        "st\u200bop",
    ],
)
def test_stop_words_always_win(sentence):
    assert GRAMMAR.read(sentence).decision == "stop"


@pytest.mark.parametrize("sentence", ["nonstop", "stopwatch", "hold on to it", "not far enough"])
def test_other_words_do_not_stop(sentence):
    assert GRAMMAR.read(sentence).decision != "stop"


@pytest.mark.parametrize(
    "sentence",
    [
        "done",
        "Done!",
        "I'm done",
        "we are done",
        "ok we're done, thanks",
        "that's it",
        "that's all",
    ],
)
def test_done_words_end(sentence):
    assert GRAMMAR.read(sentence).decision == "done"


@pytest.mark.parametrize(
    "sentence", ["not done", "are we done?", "done?", "well done", "almost done", "left and done"]
)
def test_other_words_do_not_end(sentence):
    assert GRAMMAR.read(sentence).decision == "ask"


def test_an_axis_that_the_vocabulary_lacks_is_questioned():
    grammar = GrammarInterpreter(Oxe50Vocabulary())
    assert asks("rotate the gripper clockwise", grammar) == []
    assert steps("roll clockwise", grammar) == [("roll+", 45)]


class OneStepVocabulary(ActionVocabulary):
    """Can only go 2 cm left, and scoop."""

    @property
    def name(self) -> str:
        return "one_step"

    @property
    def primitives(self) -> tuple[Primitive, ...]:
        scoop = Primitive(1, "scoop it up", (0.05, 0, 0.03, 0, 0, 0, 0), group="scoop")
        return (Primitive(0, "sidle", (0, 0.02, 0, 0, 0, 0, 0), group="y+"), scoop)


def test_any_vocabulary_can_be_spoken():
    grammar = GrammarInterpreter(OneStepVocabulary())
    assert grammar.read("Scoop it up!").primitives[0].label == 1
    (primitive,) = grammar.read("left 3 cm").primitives
    assert (primitive.label, primitive.phrase, primitive.motion[1]) == (0, "sidle", 0.03)
    assert asks("left", grammar) == ["y+"]
    assert asks("right 2 cm", grammar) == []


def test_the_limits_can_be_chosen():
    careful = GrammarInterpreter(VOCABULARY, max_move_m=0.05, max_turn_deg=20)
    assert steps("left 5 cm", careful) == [("y+", 5)]
    assert "more than the 5 cm" in careful.read("left 6 cm").reason
    assert "more than the 20 degrees" in careful.read("roll clockwise").reason


@given(st.text(max_size=80))
def test_any_text_has_an_answer(text):
    reading = GRAMMAR.read(text)
    assert reading.utterance == text
    assert bool(reading.primitives) == (reading.decision == "move")
    assert len(reading.offers) <= 3


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*sorted(KNOWN), "5", "cm", ",", "0.5", "°"]), max_size=9))
def test_any_known_words_stay_within_the_limits(words):
    reading = GRAMMAR.read(" ".join(words))
    for primitive in reading.primitives:
        assert all(abs(x) <= 0.3 + 1e-9 for x in primitive.motion[:3])
        assert all(abs(x) <= math.pi + 1e-9 for x in primitive.motion[3:])
        assert sum(1 for x in primitive.motion if x) + bool(primitive.gripper) == 1


@given(st.sampled_from([p.phrase for p in VOCABULARY.primitives]), st.data())
def test_one_typo_never_moves_another_way(phrase, data):
    """Silently wrong only where the typo makes another real number word or unit."""
    i = data.draw(st.integers(0, len(phrase) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    typo = phrase[:i] + letter + phrase[i + 1 :]
    reading = GRAMMAR.read(typo)
    if reading.decision == "move":
        groups = {p.group for p in reading.primitives}
        assert groups == {p.group for p in VOCABULARY.primitives if p.phrase == phrase}


def test_no_phrase_of_the_lexicon_plays_two_parts():
    lines = (
        (files("cliprt.language") / "languages" / "en.txt").read_text(encoding="utf-8").splitlines()
    )
    said = [line for line in lines if line and not line.startswith(("#", "["))]
    phrases = [phrase for line in said for phrase in listed(line)]
    assert len(phrases) > 800
    assert len(phrases) == len(set(phrases))
    assert all(len(line) <= 100 for line in lines)


@pytest.mark.parametrize(
    ("sentence", "groups", "kind"),
    [
        ("left 5 cm", ("y+",), "length"),
        ("would the arm fancy the left a bit", ("y+",), "bit"),
        ("don't go up", ("z+",), None),
        ("up a bit and left a lot", ("z+", "y+"), None),
        ("up, left and forward 3 cm", ("z+", "y+", "x+"), "length"),
        ("rotate the gripper 30 degrees", ("gripper_rotation+", "gripper_rotation-"), "angle"),
        ("open your pretty claw", ("open",), None),
        ("5 cm", (), "length"),
        ("nonsense", (), None),
        ("left " * 200, (), None),
    ],
)
def test_half_readings_name_groups_and_amount(sentence, groups, kind):
    half = GRAMMAR.half_read(sentence)
    assert half.groups == groups
    assert (half.amount.kind if half.amount else None) == kind
