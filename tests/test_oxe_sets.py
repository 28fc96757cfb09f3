"""All 22 sets: one known motion is said in the same words; docs/oxe.json is what the code says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from cliprt.oxe.labels import label_episode
from cliprt.oxe.observed import CLOSE, DROPPED, OPEN
from cliprt.oxe.sets import all_sets, find_set
from cliprt.vocabularies.grid import Oxe50Vocabulary

DOCS = Path(__file__).resolve().parents[1] / "docs"
SETS = all_sets()
PHRASES = {entry.phrase: entry.label for entry in Oxe50Vocabulary().primitives}

MOTION = [  # what is done in each second, and how it is said
    ((0, 0, 0, 0, 0, 0), None),
    ((0.05, 0, 0, 0, 0, 0), "move the arm forward by five centimeters"),
    ((0, -0.01, 0, 0, 0, 0), "move the arm to the right by one centimeter"),
    ((0, 0, -0.05, 0, 0, 0), "lower the arm by five centimeters"),
    ((0, 0, 0, 0, 0, 0), "close the gripper"),
    ((0.004, 0, 0.05, 0, 0, 0), "raise the arm up by five centimeters"),
    ((0, 0, 0, 0, 0, 15), "yaw arm fifteen degrees clockwise"),
    ((0, 0, 0, -15, 0, 0), "roll arm fifteen degrees counterclockwise"),
    ((0, 0, 0, 0, 15, 4), "tilt arm down fifteen degrees"),
    ((0, 0.05, 0.01, 0, 0, 0), "move the arm to the left by five centimeters"),
    ((0, 0, 0, 0, 0, 0), "open the gripper"),
    ((-0.05, 0.02, 0, 0, 0, 3), "move the arm back by five centimeters"),
]
FASTER = [
    ((0.2, 0, 0, 0, 0, 0), "move the arm forward by twenty centimeters"),
    ((0, -0.1, 0.05, 0, 0, 0), "move the arm to the right by ten centimeters"),
    ((0, 0, 0, 0, 0, -90), "yaw arm ninety degrees counterclockwise"),
    ((0, 0, 0, 45, 0, 0), "roll arm fourty five degrees clockwise"),
    ((0, 0, -0.2, 0, 0, 0), "lower the arm by twenty centimeters"),
]
FLAT = ("language_table",)
"""What does not rise."""
STIFF = ("jaco_play", "language_table", "cmu_stretch")
"""What does not turn."""
HANDLESS = ("berkeley_cable_routing", "language_table")
"""What has no gripper."""

per_set = pytest.mark.parametrize("one", SETS, ids=[one.name for one in SETS])


@pytest.fixture(scope="module")
def maker():
    place = importlib.util.spec_from_file_location("oxe_page", DOCS / "make/oxe.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def track_of(maker, motion):
    """Each line of a motion in a second."""
    keys = [(0.0, np.array([0.4, -0.1, 0.3, *maker.POINTING_DOWN]), True)]
    for second, (move, said) in enumerate(motion, start=1):
        move = np.array([*move[:3], *np.radians(move[3:])])
        told = {"close the gripper": False, "open the gripper": True}
        opened = told.get(said, keys[-1][2])
        keys[-1] = (*keys[-1][:2], opened)
        keys.append((float(second), maker._moved(keys[-1][1], move), opened))
    return maker.through(keys)


def expected(one, motion):
    labels = np.array([PHRASES.get(said, DROPPED) for _, said in motion])
    unseen = np.zeros(len(labels), dtype=bool)
    if one.name in FLAT:
        unseen |= (labels >= 16) & (labels < 24)
    if one.name in STIFF:
        unseen |= (labels >= 24) & (labels < CLOSE)
    if one.name in HANDLESS:
        unseen |= labels >= CLOSE
    return np.where(unseen, DROPPED, labels)


def said_each_second(one, maker, motion):
    sampled = maker.sample(track_of(maker, motion), len(motion), one.rate_hz)
    labels = label_episode(one, "observed", maker.record(one, *sampled))
    return labels[:: int(one.rate_hz)][: len(motion)]


@per_set
def test_one_motion_is_said_in_the_same_words_whatever_the_set(one, maker):
    found = said_each_second(one, maker, MOTION)
    first = one.pose.first  # whose first step says nothing
    np.testing.assert_array_equal(found[first:], expected(one, MOTION)[first:])


@per_set
def test_a_faster_motion_is_said_in_the_same_words_too(one, maker):
    if one.name == "berkeley_cable_routing":
        pytest.skip("its commands are shares of a speed that this is beyond")
    found = said_each_second(one, maker, FASTER)
    first = one.pose.first
    np.testing.assert_array_equal(found[first:], expected(one, FASTER)[first:])


@pytest.fixture(scope="module")
def rows(maker):
    return maker.count_labels()


def test_the_table_is_what_the_code_makes(maker, rows):
    assert json.loads((DOCS / "oxe.json").read_text()) == rows, "stale; run docs/make/oxe.py"
    page = (DOCS / "data.md").read_text(encoding="utf-8")
    assert maker.fill(page, rows) == page, "stale; run: python docs/make/oxe.py"


def test_every_set_has_a_sensible_yield_under_observed(rows):
    for row in rows:
        if row["rule"] == "observed":
            assert row["kept"] > (0.3 if row["set"] in FLAT else 0.75) * row["steps"], row
            assert (str(CLOSE) in row["histogram"]) == (row["set"] not in HANDLESS)
            assert (str(OPEN) in row["histogram"]) == (row["set"] not in HANDLESS)


def test_the_released_rule_leaves_several_sets_empty(rows):
    kept = {row["set"]: row["kept"] for row in rows if row["rule"] == "reference"}
    empty = {name for name, count in kept.items() if not count}
    short = ("taco_play", "viola", "austin_sailor", "austin_sirius", "utaustin_mutex")
    assert empty == {find_set(name).name for name in short}
