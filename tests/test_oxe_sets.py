"""All 22 sets: one known motion is said in the same words; docs/oxe.json is what the code says."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest

from cliprt.errors import UnknownNameError, UsageError, VocabularyError
from cliprt.oxe.labels import label_episode
from cliprt.oxe.observed import CLOSE, DROPPED, OPEN
from cliprt.oxe.sets import RULES, all_sets, find_set, wanted_columns
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
QUICK = [one for one in SETS if one.name != "berkeley_cable_routing"]
"""The commands of the one left out are shares of a speed that FASTER is beyond."""

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
        keys.append((float(second), maker.moved(keys[-1][1], move), opened))
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
    columns = maker.record(one, *sampled)
    wanted = {key: columns[key] for key in wanted_columns(one, "observed")}  # nothing else is read
    labels = label_episode(one, "observed", wanted)
    return labels[:: int(one.rate_hz)][: len(motion)]


@per_set
def test_one_motion_is_said_in_the_same_words_whatever_the_set(one, maker):
    found = said_each_second(one, maker, MOTION)
    first = one.pose.first  # whose first step says nothing
    np.testing.assert_array_equal(found[first:], expected(one, MOTION)[first:])


@pytest.mark.parametrize("one", QUICK, ids=[one.name for one in QUICK])
def test_a_faster_motion_is_said_in_the_same_words_too(one, maker):
    found = said_each_second(one, maker, FASTER)
    first = one.pose.first
    np.testing.assert_array_equal(found[first:], expected(one, FASTER)[first:])


@per_set
def test_an_episode_of_hardly_any_steps_is_no_trouble(one, maker):
    track = track_of(maker, MOTION)
    whole = maker.record(one, *maker.sample(track, len(MOTION), one.rate_hz))
    for steps in range(4):
        columns = {key: values[:steps] for key, values in whole.items()}
        for rule in RULES:
            labels = label_episode(one, rule, columns)
            assert labels.shape == (steps,)
            assert labels.dtype == np.int64


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


@pytest.mark.parametrize(
    ("name", "axis", "said"),
    [
        ("bc_z", 0, "right"),
        ("bc_z", 1, "back"),
        ("bc_z", 2, "lower"),
        ("jaco_play", 0, "left"),
        ("jaco_play", 1, "back"),
        ("jaco_play", 2, "raise"),
        ("viola", 0, "forward"),
        ("viola", 1, "left"),
    ],
)
def test_which_way_an_axis_of_a_set_points(name, axis, said, maker):
    one = find_set(name)
    poses = np.zeros((2 * int(one.rate_hz), 6))
    columns = maker.record(one, poses, np.ones(len(poses)))
    key, first = f"steps/{one.pose.position.key}", one.pose.position.first or 0
    columns[key][:, first + axis] = 0.1 * np.arange(len(poses) - 1) / one.rate_hz
    label = label_episode(one, "observed", columns)[0]
    assert said in Oxe50Vocabulary().primitives[label].phrase


# ---- sets of one's own


OWN = re.findall(r"^```yaml\n(# my_sets.*?)^```", (DOCS / "data.md").read_text(), re.S | re.M)[0]


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "my_sets.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_set_of_the_page_is_said_in_the_same_words(own, maker):
    one = find_set("my_robot", own(OWN))
    found = said_each_second(one, maker, MOTION)
    np.testing.assert_array_equal(found, expected(one, MOTION))
    assert one.action is None
    with pytest.raises(UsageError, match=r"no `action` in its row.*Use the rule observed"):
        wanted_columns(one, "reference")


@pytest.mark.parametrize(
    "form", ["rotation_vector", "euler_zxy", "quaternion", "quaternion_wxyz", "matrix"]
)
def test_turns_may_be_written_in_any_form(form, own, maker):
    at = {"quaternion": "[3:7]", "quaternion_wxyz": "[3:7]", "matrix": "[:16]"}
    text = OWN.replace("form: euler", f"form: {form}").replace("degrees: true", "")
    text = text.replace("[3:6]", at.get(form, "[3:6]")).replace("[6:7]", "[7:8]")
    if form == "matrix":
        text = text.replace("observation/state[:16]", "observation/transform")
    one = find_set("my_robot", own(text))
    sampled = maker.sample(track_of(maker, MOTION), len(MOTION), one.rate_hz)
    maker.WIDTHS.update({("my", "observation/state"): 8, ("", "observation/transform"): 16})
    written = {"quaternion_wxyz": "quaternion", "matrix": "matrix_columns"}.get(form, form)
    pose = dataclasses.replace(one.pose, form=written)
    columns = maker.record(dataclasses.replace(one, pose=pose), *sampled)
    if form == "quaternion_wxyz":
        state = columns["steps/observation/state"]
        state[:, 3:7] = state[:, [6, 3, 4, 5]]
    if form == "matrix":
        whole = columns["steps/observation/transform"].reshape(-1, 4, 4)
        columns["steps/observation/transform"] = whole.transpose(0, 2, 1)
    labels = label_episode(one, "observed", columns)[:: int(one.rate_hz)][: len(MOTION)]
    np.testing.assert_array_equal(labels, expected(one, MOTION))


def test_units_change_no_label(own, maker):
    one = find_set("my_robot", own(OWN))
    sampled = maker.sample(*maker.draw_track(np.random.default_rng(3)), one.rate_hz)
    labels = [
        label_episode(set_, "observed", maker.record(set_, *sampled))
        for pose in (one.pose, dataclasses.replace(one.pose, per_metre=1.0, per_radian=1.0))
        for set_ in [dataclasses.replace(one, pose=pose)]
    ]
    np.testing.assert_array_equal(*labels)


def test_a_set_of_ones_own_comes_first_and_ours_are_still_there(own):
    path = own(OWN.replace("my_robot", "viola"))
    assert find_set("viola", path).rate_hz == 10
    assert find_set("viola").rate_hz == 20
    assert find_set("austin_buds", path).name.startswith("austin_buds_dataset")
    with pytest.raises(UnknownNameError, match=r"'bridge_ori'\. Did you mean 'bridge_orig'\?"):
        find_set("bridge_ori", path)


MISTAKES = [
    ("", "is empty. It needs the key sets"),
    ("sets: []", ":1: sets: must be a list of at least one entry"),
    ("rows: 1", ":1: the file: has an unknown key 'rows'. Allowed: sets"),
    (OWN.replace("rate_hz: 10 ", "rate: 10 "), "unknown key 'rate'. Did you mean 'rate_hz'?"),
    (OWN.replace("rate_hz: 10 ", "rate_hz: fast "), ":4: sets[0].rate_hz: is 'fast'. Allowed: a"),
    (OWN.replace("rate_hz: 10 ", "rate_hz: 0 "), "a number from 0.01 to 1000"),
    (OWN.replace("form: euler", "form: quaternions"), "Did you mean 'quaternion'?"),
    (OWN.replace("form: euler", ""), ":8: sets[0].pose: has `rotation` without `form`"),
    (OWN.replace("[:3]", "[:3"), "Write the key of a column (up to 200), or key[3:6]"),
    (OWN.replace("y -x z", "y -x"), ":13: sets[0].pose.frame: is 'y -x'. Write which axis"),
    (OWN.replace("y -x z", "y x z"), "is a mirror image, in which turns have no meaning"),
    (OWN.replace("degrees: true", "degrees: 1"), "pose.degrees: is '1'. Allowed: true, false"),
    (OWN.replace("open: 0.085", "open: 0"), "pose.open: is also `closed`. They must differ"),
    (OWN.replace("my_robot", "../my_robot"), "Allowed: letters, digits, '_', '-' and '.'"),
    (OWN.replace("  text: language_instruction\n", ""), "sets[0].text: is missing"),
    (OWN.replace("observation/image ", "image[0] "), "image: is 'image[0]'. Write the key of a"),
    (OWN.split("  pose:")[0], ":3: sets[0].pose: is missing. It must be a mapping of position"),
    (OWN + OWN.split("sets:\n")[1], "'my_robot' is also sets[0]"),
    (OWN + "  action: {gripper_rule: inverted}", "sets[0].action.position: is missing"),
    (OWN + '  action: {position: a, gripper: "a[6:7]"}', "a `gripper` that it has no use for"),
    (OWN + "  weight: -1", "sets[0].weight: is '-1'. Allowed: a number from 0"),
    ("sets: []" + " " * 1_000_000, "is larger than 1,000,000 bytes. Give a file of data sets"),
    ("sets: &a [*a]", ":1: is not YAML: aliases (*name) are not allowed"),
    ("sets:\n" + "- {}\n" * 1001, "has 1001 rows. Allowed: up to 1000"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_a_mistake_in_a_set_of_ones_own_is_told(text, told, own):
    with pytest.raises(VocabularyError, match=re.escape(told)):
        all_sets(own(text))
