"""What the page shows follows from what the desk tells, and stays bounded."""

from typing import get_args

import pytest

from cliprt.page.messages import (
    Asked,
    Badge,
    Beat,
    Became,
    Confirm,
    DoneStep,
    Ended,
    Event,
    Frame,
    Proposed,
    Ready,
    Started,
    Stepped,
    Trouble,
    Undone,
)
from cliprt.page.session import FOLDS, MAX_CHARACTERS, MOST_LINES, Session
from cliprt.types import Primitive, Reading

LEFT = Primitive(13, "move the arm to the left by five centimeters")
READING = Reading("left a bit", "move", (LEFT,))


def begun(policy="", steps=()):
    session = Session({"pick": 10}, {"pick": 3, "gone": 1})
    session.apply(Ready(("scene", "wrist"), True))
    session.apply(Became("idle"))
    session.apply(Started("pick-000003-x", "pick", "Pick the cube", 3, steps, policy))
    session.apply(Became("listening"))
    return session


def done(index, **values):
    return DoneStep(index, "left a bit", LEFT.phrase, **values)


def texts(session):
    return [line.text for line in session.chat]


def test_a_sentence_is_read_shown_and_made():
    session = begun()
    session.say("left a bit")
    session.apply(Proposed(READING, LEFT.phrase, {"scene": (((0.1, 0.2), (0.3, 0.4)),)}))
    session.apply(Became("showing"))
    assert session.drawing
    assert session.can_undo
    session.apply(Became("moving"))
    assert session.drawing
    session.apply(Stepped(done(0)))
    session.apply(Became("listening"))
    assert not session.drawing
    assert session.steps == (done(0),)
    assert session.can_undo
    assert texts(session) == ["Task: Pick the cube", "left a bit", LEFT.phrase]


def test_a_question_stands_until_something_is_said():
    session = begun()
    session.say("frobnicate")
    session.apply(Asked("Which way?", ("left", "right")))
    assert session.question.offers == ("left", "right")
    session.say("left")
    assert session.question is None


def test_an_undone_step_goes_and_may_be_made_again():
    session = begun()
    session.apply(Stepped(done(0)))
    session.apply(Stepped(done(1)))
    session.apply(Undone(1, can_redo=True))
    assert session.steps == (done(0),)
    assert session.can_redo
    session.apply(Stepped(done(1), can_redo=False))
    assert len(session.steps) == 2
    assert not session.can_redo


def test_a_refused_step_is_none_and_an_undo_says_what_it_took_back():
    session = begun(steps=(done(0), done(1, refused="too high")))
    session.apply(Stepped(done(2)))
    session.apply(Stepped(done(3, refused="too high")))
    assert [step.index for step in session.steps] == [0, 2]
    session.apply(Undone(2, can_redo=True))
    assert texts(session)[-1] == f"I took back: {LEFT.phrase}"
    session.apply(Stepped(done(2, refused="too high"), can_redo=True))
    assert [step.index for step in session.steps] == [0]
    session.apply(Undone(0))
    assert not session.can_undo


def test_only_what_a_person_taught_counts_as_taught():
    session = begun()
    session.apply(Ended("pick-000003-x", "pick", True, 4, "success"))
    assert session.taught == {"pick": 4}
    assert not session.is_teaching
    session = begun(policy="key")
    session.apply(Ended("pick-000003-x", "pick", True, 4, "success"))
    assert session.taught == {"pick": 3}
    session.count({"pick": 2})
    assert session.taught == {"pick": 2}


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("done", ""),
        ("refused", " (too high)"),
        ("max_steps", " (it may make no more in one episode)"),
    ],
)
def test_why_an_episode_ended_is_told_to_whoever_did_not_end_it(end, why):
    session = begun()
    session.apply(Ended("pick-000003-x", "pick", False, 2, end, "too high"))
    assert texts(session)[-1] == f"The episode ended after 2 steps without success.{why}"


def test_a_desk_that_was_replaced_changes_nothing_in_the_talk():
    session = begun()
    session.say("left a bit")
    session.apply(Stepped(done(0)))
    before = texts(session)
    session.apply(Became("starting", "was killed (SIGKILL)"))
    session.apply(Ready(("scene", "wrist"), True))
    session.apply(Started("pick-000003-x", "pick", "Pick the cube", 3, (done(0),)))
    assert session.steps == (done(0),)
    assert texts(session) == [*before, "We go on after step 1."]


def test_a_page_that_was_opened_again_shows_what_was_said():
    session = begun(steps=(done(0), done(1, refused="too high")))
    assert texts(session) == [
        "Task: Pick the cube",
        "We go on after step 1.",
        "left a bit",
        LEFT.phrase,
        "I did not move (too high).",
    ]


def test_trouble_stays_until_the_work_goes_on():
    session = begun()
    session.apply(Trouble("The disk is full."))
    session.apply(Became("faulted", "The disk is full."))
    assert texts(session)[-1] == session.reason == "The disk is full."
    session.apply(Became("listening"))
    assert session.reason == ""


def test_why_nothing_begins_is_there_until_something_does():
    session = begun()
    session.apply(Trouble("The disk is full."))
    assert session.trouble == ""  # it stands in the talk
    session.apply(Ended("pick-000003-x", "pick", False, 2, "done"))
    session.apply(Trouble("There is no such policy."))
    assert session.trouble == "There is no such policy."
    session.apply(Became("idle"))
    assert session.trouble
    session.apply(Started("pick-000004-x", "pick", "Pick the cube", 4))
    assert session.trouble == ""


def test_a_badge_is_there_until_it_is_taken_away():
    session = begun()
    session.apply(Badge("model", "offline"))
    assert session.badges == {"model": "offline"}
    session.apply(Badge("model", ""))
    assert session.badges == {}


def test_nothing_grows_without_end():
    session = begun()
    for _ in range(MOST_LINES + 50):
        session.say("x" * (MAX_CHARACTERS + 1))
    assert len(session.chat) == MOST_LINES
    assert max(len(line.text) for line in session.chat) == MAX_CHARACTERS
    assert session.chat[-1].number == MOST_LINES + 51


def test_every_event_is_folded():
    """One that nobody folds would be dropped in silence."""
    assert set(FOLDS) == set(get_args(Event))
    session = begun()
    for quiet in (Frame("scene", 0, 0.0, b""), Beat()):
        before = vars(session).copy()
        session.apply(quiet)
        assert vars(session) == before
    with pytest.raises(KeyError):
        session.apply(Confirm(True))
