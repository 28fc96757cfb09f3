"""Instructions in other words: what they are taken for, and when a person is asked."""

import pytest
from rewordings import COMMON, NOVEL, OTHERS

from cliprt.evaluation.telling import load_rewordings
from cliprt.recipe.build import build_task
from cliprt.recipe.suites import load_suite
from cliprt_sentence.contrary import contradicts, is_negative
from cliprt_sentence.matcher import SentenceMatcher

MATCH = SentenceMatcher().match


def judge(suite):
    """How many of a suite's rewordings are taken rightly, asked about with the right offer, ..."""
    counts = {"right": 0, "offered": 0, "asked": 0, "wrong": 0}
    for taught, rewordings in suite.items():
        for said in rewordings:
            match = MATCH(said, tuple(suite))
            if match.is_sure:
                counts["right" if match.instruction == taught else "wrong"] += 1
            else:
                counts["offered" if taught in match.offers else "asked"] += 1
    return counts


@pytest.mark.parametrize(
    ("suite", "right", "wrong"), [(NOVEL, 25, 0), (COMMON, 24, 0), ({**NOVEL, **COMMON}, 47, 2)]
)
def test_other_words_are_taken_for_what_they_mean(suite, right, wrong):
    counts = judge(suite)
    assert counts["right"] >= right, counts
    assert counts["wrong"] <= wrong, counts
    assert counts["asked"] <= 1, counts


def test_what_others_wrote_is_taken_for_no_other_task_of_its_suite():
    rewordings = load_rewordings()
    for suite, right in (("novel", 24), ("common", 21), ("household", 12)):
        known = [build_task(task).instruction for task in load_suite(suite)]
        taken = [
            (MATCH(said, known).instruction, taught)
            for taught in known
            for said in rewordings.get(taught, {}).values()
            if MATCH(said, known).is_sure
        ]
        assert all(meant == taught for meant, taught in taken), taken
        assert len(taken) >= right


def test_what_was_never_taught_is_mostly_asked_about():
    for suite in (NOVEL, COMMON):
        taken = [said for said in OTHERS if MATCH(said, tuple(suite)).is_sure]
        assert len(taken) <= 5, taken


@pytest.mark.parametrize(
    "said",
    [
        "Close the cabinet",
        "Close the trash can",
        "Open the laptop",
        "Pick up the green cube",
        "Don't close the laptop",
        "Never open the cabinet",
        "Pull the red box forward",
    ],
)
def test_the_contrary_of_what_was_taught_is_never_done(said):
    match = MATCH(said, (*NOVEL, *COMMON))
    assert not match.is_sure
    assert match.offers


def test_combinations_of_words_are_told_apart():
    drawers = [
        f"Put the {c} cup in the {s} drawer" for c in ("red", "blue") for s in ("left", "right")
    ]
    assert (
        MATCH("place the crimson mug in the drawer on the left", drawers).instruction == drawers[0]
    )
    assert MATCH("place the blue mug in the rightmost drawer", drawers).instruction == drawers[3]
    assert set(MATCH("put the cup in the left drawer", drawers).offers) >= {drawers[0], drawers[2]}
    assert not MATCH("put the green cup in the left drawer", drawers).is_sure, "never taught"


def test_words_that_were_taught_mean_themselves():
    for taught in (*NOVEL, *COMMON):
        match = MATCH(taught, (*NOVEL, *COMMON))
        assert (match.instruction, match.score, match.offers) == (taught, 1.0, ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("open the box", "shut the box"),
        ("the red cube", "the violet cube"),
        ("into the upper drawer", "into the bottom drawer"),
        ("push the box", "drag the box"),
        ("push it forward", "push it backwards"),
    ],
)
def test_contraries_exclude_one_another(one, other):
    assert contradicts(one, other)
    assert contradicts(other, one)
    assert not contradicts(one, one)
    assert not contradicts("take the thing", other), "what is left out is no contradiction"


def test_what_not_to_do_is_heard():
    assert all(map(is_negative, ("do not open it", "Don’t", "you must never do that")))
    assert not any(map(is_negative, ("Knock over the bottle", "Tie a knot", "nothing but the cup")))
