"""Goals in words: told and read back, read as people say them, refused where not measurable."""

from __future__ import annotations

import re

import pytest
from goal_samples import NAMES, goals
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.goals.phrases import ALL_WORDS
from cliprt.goals.words import read_goal, tell_goal

WORDS = st.sampled_from([*sorted(ALL_WORDS), *NAMES, "(", ")", "5 cm", "2", "half", "90°"])


@settings(max_examples=150, deadline=None)
@given(goals)
def test_what_is_told_is_read_as_it_was(goal):
    told = tell_goal(goal)
    assert read_goal(told, NAMES) == goal, told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the spoon's in the mug", "the spoon is in the mug"),
        ("Cup on plate.", "the red cup is on the plate"),
        ("when the cup isn't held any more", "the red cup is let go"),
        ("both cars are side by side", "the red car is side by side with the blue car"),
        ("the lid is closed", "the box is closed"),
        ("it's done once the drawer is at least 10 cm open", "the cabinet is at least 10 cm open"),
        ("the cup is within 3cm of the plate", "the red cup is within 3 cm of the plate"),
        ("the cup is more than 5 cm from the mug", "the red cup is not near the mug"),
        ("cup on the plate or the mug", "the red cup is on the plate or the red cup is on the mug"),
        ("the cup and the spoon are on the plate", "the red cup is on the plate and the spoon is"),
        ("the gripper has let go of the spoon and it's in the mug", "the spoon is let go and the"),
        ("all the cars are upside down", "the red car is upside down and the blue car is upside"),
        ("one of the cars is turned around", "the red car is turned by at least 150° or the blue"),
        ("zero cars are lifted", "the red car is not lifted and the blue car is not lifted"),
        ("none of the cars is lifted", "the red car is not lifted and the blue car is not lifted"),
        ("teh spooon is on the palte", "the spoon is on the plate"),
        ("on the plate is the cup", "the red cup is on the plate"),
        ("the mug contains the spoon", "the spoon is in the mug"),
        ("the hand is empty", "the hand is open"),
        ("the spoon is in the hand", "the spoon is held"),
        ("the spoon is within 8 cm of the hand", "the spoon is within 8 cm of the hand"),
        ("the mug is empty", "the red cup is not in the mug, the plate is not in the mug"),
        (
            "the spoon is in the mug but the plate isn't",
            "the spoon is in the mug and the plate is not",
        ),
        (
            "the spoon is in the mug and nobody touches it",
            "the spoon is in the mug and the hand is",
        ),
        (
            "the cars are stacked",
            "the red car is on the blue car or the blue car is on the red car",
        ),
        ("box closed with the spoon inside", "the box is closed and the spoon is in the box"),
        ("the spoon is in the closed box", "the spoon is in the box and the box is closed"),
        (
            "the mug is between the plate and the box",
            "(the mug is left of the plate and the mug is",
        ),
        ("the plate is not where it was", "the plate is moved"),
        ("the mug is 12 cm or more off the table", "the mug is at least 12 cm above the table"),
        (
            "neither the mug nor the box is lying down",
            "the mug is not lying on its side and the box",
        ),
        ("only the red car is upright", "the red car is upright and the blue car is not upright"),
        (
            "the cup is on the plate (upright)",
            "the red cup is on the plate and the red cup is upright",
        ),
        ("the spoon hides, i mean, the spoon is in the mug", "the spoon is in the mug"),
    ],
)
def test_people_say_it_in_many_ways(said, told):
    things = {name: () for name in ("red cup", "plate", "mug", "spoon", "red car", "blue car")}
    goal = read_goal(said, things | {"box": ("lid",), "cabinet": ("drawer",)})
    assert tell_goal(goal).startswith(told)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("it looks nice", "“looks nice” is nothing that can be measured"),
        ("the cup is near the plate and looks nice", "“looks nice”"),
        ("", "nothing that can be measured"),
        ("the fork is on the plate", "Nothing on the table is called “fork”. There are: cup,"),
        ("the cup is in the bowl", "Nothing on the table is called “bowl”"),
        ("the cup", "“cup” is nothing that can be measured"),
        ("the car is near the cup", "Which car is meant: red car, blue car"),
        ("the lid is open", "Whose lid is meant"),
        ("the cup is near", "Name the other thing"),
        ("is upright", "Name a thing first"),
        ("² cars are upright", "“²” is nothing that can be measured"),
        ("the cup is 5 cm upright", "Say it in degrees"),
        ("the cup is within 20000 cm of the plate", "too large to be measured. Say a smaller one"),
        ("at least 3 of (cup upright, plate upright)", "At least 3 of 2 different conditions"),
        ("the cup is near the plate " * 100, "at most 2000 characters"),
        ("the cup is\x1b[2J near the plate", "all of which can be typed"),
        ("(" * 50 + "the cup is upright" + ")" * 50, "brackets in brackets"),
    ],
)
def test_what_cannot_be_judged_is_said(said, why):
    with pytest.raises(UsageError, match=re.escape(why)):
        read_goal(said, ["cup", "plate", "red car", "blue car", "box"])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.lists(WORDS, max_size=12).map(" ".join))
def test_any_text_is_read_or_refused(text):
    try:
        goal = read_goal(text, NAMES)
    except UsageError:
        return
    assert read_goal(tell_goal(goal), NAMES) == goal


def test_nothing_can_be_said_of_an_empty_table():
    for text in ("empty", "everything is stacked", "it is near"):
        with pytest.raises(UsageError):
            read_goal(text, [])
