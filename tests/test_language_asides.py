"""What could be a command and is none: things, praise, thanks, "right" that says yes, negations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
AFTER_A_STEP = GrammarInterpreter(VOCABULARY)
AFTER_A_STEP.situate(Situation((VOCABULARY.primitives[0],)))

DOING = {
    "lift": "lifting",
    "lower": "lowering",
    "raise": "raising",
    "drop": "dropping",
    "advance": "advancing",
    "retract": "retracting",
    "climb": "climbing",
    "open": "opening",
    "close": "closing",
    "shut": "shutting",
    "grab": "grabbing",
    "grip": "gripping",
    "squeeze": "squeezing",
    "release": "releasing",
    "push": "pushing",
    "pull": "pulling",
    "reach": "reaching",
    "move": "moving",
    "slide": "sliding",
    "go": "going",
    "edge": "edging",
    "roll": "rolling",
    "tilt": "tilting",
    "rotate": "rotating",
    "turn": "turning",
    "swing": "swinging",
    "extend": "extending",
    "dip": "dipping",
    "twist": "twisting",
    "clench": "clenching",
    "back up": "backing up",
    "go back": "going back",
    "let go": "letting go",
}
"""A verb of each part that one can play -> what it is called while it is done."""

WAYS = ["", "left", "right", "up", "down", "forward", "back", "clockwise", "to the left", "5 cm up"]
WHAT = ["", "it", "the arm", "the gripper", "your hand"]
JUST_DONE = ["thanks for {}", "thank you for {}", "great job {}", "well done {}", "nice {}"]
JUST_DONE += ["you're doing great {}", "{} was perfect", "{} looks good", "{}, good job"]
JUST_DONE += ["kudos for {}", "glad you liked {}", "thanks again for {}", "sorry for {}"]
JUST_DONE += ["thank you so much for {}!", "lovely work, {}", "no need for {}", "without {}"]
NAMED = ["the {}", "to the {}", "toward the {}", "go over to the {}", "nice {}", "good {}, robot"]
NAMED += [
    "lovely {}!",
    "a very good {}",
    "I like the {}",
    "your {}",
    "the {} looks good",
    "some {}",
]
NAMED += ["my {}", "of the {}", "by the {}", "that {} was fine", "what a {}", "such a smooth {}"]
NAMED += [
    "smooth {}",
    "a quick {}",
    "her {}",
    "lower the {}",
    "hoist {}",
    "one last {}",
    "for a {}",
]
NAMED += [
    "this {}",
    "any {}",
    "the nice slow {}",
    "walk to {}",
    "the slow {}",
    "in the {}",
    "the right {}",
]
NEGATED = [
    "don't {}",
    "never {}",
    "do not {}",
    "you don't need to {}",
    "no need to {}",
    "rather not {}",
]
NEGATED += [
    "please don't {}",
    "anything but {}",
    "instead of {}",
    "I'd rather you didn't {}",
    "not {}",
]
NEGATED += [
    "I never said {}",
    "don't you dare {}",
    "can't {}",
    "shouldn't {}",
    "no {}",
    "not yet {}",
]
TOLD = ["you {} nicely", "who told you to {}?", "did you {}", "why {}", "if you {}", "they {}"]
TOLD += ["when you {} it is nice", "I saw it {}", "does it {}?", "how do I {}", "it can {} well"]


PHRASES = [primitive.phrase for primitive in VOCABULARY.primitives]


def joined(*words: str) -> str:
    return " ".join(filter(None, words))


def commands(verbs: list[str]) -> st.SearchStrategy[str]:
    """A verb, and what it is done to and which way."""
    return st.builds(joined, st.sampled_from(verbs), st.sampled_from(WHAT), st.sampled_from(WAYS))


def moves(sentence: str) -> str:
    """What it would do, also after a step; "" if it does nothing."""
    readings = [grammar.read(sentence) for grammar in (GRAMMAR, AFTER_A_STEP)]
    return next((r.reason for r in readings if r.decision == "move"), "")


@settings(max_examples=500)
@given(st.sampled_from(JUST_DONE), commands(list(DOING.values())))
def test_what_was_done_is_not_done_again(saying, doing):
    assert not moves(saying.format(doing))


@settings(max_examples=500)
@given(st.sampled_from(NAMED), st.sampled_from(sorted(DOING)))
def test_a_verb_that_names_a_thing_moves_nothing(saying, thing):
    assert not moves(saying.format(thing))


@settings(max_examples=1000)
@given(st.sampled_from([*NEGATED, *TOLD]), commands(list(DOING)) | st.sampled_from(PHRASES))
def test_what_is_denied_told_or_asked_is_not_done(saying, command):
    assert not moves(saying.format(command))


@given(
    st.sampled_from([*WAYS[1:], "a bit left", "tilt down", "roll clockwise", "open"]),
    st.sampled_from(
        ["looks fine", "looks good", "is better", "was perfect", "sounds good", "works"]
    ),
)
def test_a_verdict_moves_nothing(way, verdict):
    assert not moves(f"{way} {verdict}")
    assert not moves(f"yeah {way} {verdict}, thanks")


TALK = [
    "ok",
    "okay then",
    "ah",
    "oh",
    "so",
    "yes",
    "yeah",
    "thanks",
    "great",
    "well",
    "good",
    "hey",
]
TALK += ["you know", "just", "about", "exactly", "quite", "all", "not", "that's", "you are", "hmm"]


@given(st.sampled_from(TALK), st.sampled_from(["{} right", "{}, right", "right {}", "right, {}"]))
def test_right_in_talk_is_a_yes(talk, saying):
    assert not moves(saying.format(talk))


@given(
    st.sampled_from(["right, ", "right then, ", "right so ", "ok right, ", "right. "]),
    commands([*DOING]),
)
def test_right_before_a_command_never_goes_right(yes, command):
    reading = GRAMMAR.read(yes + command)
    if "right" not in command:
        assert "y-" not in {p.group for p in reading.primitives}


@pytest.mark.parametrize(
    "sentence",
    [
        "right",
        "Right!",
        "go right",
        "right 5 cm",
        "a bit right",
        "right, a bit",
        "now right, please",
        "left, no, right",
        "forward, right",
        "right then up",
        "the right",
        "to your right",
        "robot, right",
    ],
)
def test_right_as_a_direction_goes_right(sentence):
    assert "y-" in {p.group for p in GRAMMAR.read(sentence).primitives}


@pytest.mark.parametrize(
    ("sentence", "groups"),
    [
        ("great, now move left 5 cm", ["y+"]),
        ("nice. up a bit", ["z+"]),
        ("thanks, lower it", ["z-"]),
        ("thanks lower it a bit", ["z-"]),
        ("great now move left", ["y+"]),
        ("perfect raise the arm", ["z+"]),
        ("good up a bit", ["z+"]),
        ("great, keep moving left", ["y+"]),
        ("perfect, can you try moving left", ["y+"]),
        ("I need you to lift it", ["z+"]),
        ("try to lift", ["z+"]),
        ("I would like the arm to move left", ["y+"]),
        ("the gripper to open", ["open"]),
        ("give it a little lift", ["z+"]),
        ("take a step to the right", ["y-"]),
        ("do a roll clockwise", ["roll+"]),
        ("to the left", ["y+"]),
        ("in the forward direction", ["x+"]),
        ("close your grip", ["close"]),
        ("5 centimeters of lift", ["z+"]),
        ("a bit lower", ["z-"]),
        ("make it lower", ["z-"]),
        ("the tiniest bit lower", ["z-"]),
    ],
)
def test_commands_beside_talk_and_articles_still_move(sentence, groups):
    assert [p.group for p in GRAMMAR.read(sentence).primitives] == groups


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("back and the tiniest bit left", []),
        ("down, and a little bit back", [("z-", 10), ("x-", 5)]),
        ("back and left a tiny bit", []),
        ("forward and up a hair", []),
        ("up and left a bit", [("z+", 5), ("y+", 5)]),
    ],
)
def test_a_tiny_amount_stays_with_its_own_step(sentence, expected):
    found = GRAMMAR.read(sentence).primitives
    assert [(p.group, round(sum(map(abs, p.motion)) * 100)) for p in found] == expected
