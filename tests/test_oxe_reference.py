"""Published actions and released labels, number for number: see fixtures/README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cliprt.errors import StoreError, UsageError
from cliprt.oxe.labels import image_of, instruction_of, label_episode
from cliprt.oxe.observed import DROPPED
from cliprt.oxe.reference import reference_labels
from cliprt.oxe.sets import Released, all_sets, find_set, wanted_columns
from cliprt.oxe.standardise import standardise

NUMBERS = np.load(Path(__file__).with_name("fixtures") / "oxe_released.npz")
EPISODES = [(one, number) for one in all_sets() for number in range(3)]

per_episode = pytest.mark.parametrize(
    ("one", "number"), EPISODES, ids=[f"{one.name}-{number}" for one, number in EPISODES]
)


def columns_of(one, number):
    """Columns of a generated episode, with its published actions and released labels."""
    start = f"{one.name}|{number}|"
    columns = {
        f"steps/{key.removeprefix(start)}": NUMBERS[key]
        for key in NUMBERS.files
        if key.startswith(start) and ">" not in key
    }
    actions, labels = NUMBERS[f"{start}>actions"], NUMBERS[f"{start}>labels"]
    columns.setdefault(f"steps/{one.text}", [b"Do it"] * len(labels))
    columns[f"steps/{one.image}"] = [b""] * len(labels)
    return columns, actions, labels


@per_episode
def test_actions_are_the_published_ones(one, number):
    columns, actions, _ = columns_of(one, number)
    assert set(wanted_columns(one, "reference")) == set(columns)
    found = standardise(one, columns)
    assert (found.dtype, found.shape) == (actions.dtype, actions.shape)
    if one.action.form == "quaternion":  # their sines and arcs differ in the last place
        np.testing.assert_allclose(found, actions, rtol=0, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, actions)


@per_episode
def test_labels_are_the_released_ones(one, number):
    columns, _, labels = columns_of(one, number)
    np.testing.assert_array_equal(label_episode(one, "reference", columns), labels)


def test_labels_at_every_edge_are_the_released_ones():
    found = reference_labels(NUMBERS["edges|actions"], Released())
    np.testing.assert_array_equal(found, NUMBERS["edges|labels"])


@pytest.mark.parametrize("said", [[b""], [b"Do it", b"Do that"]])
def test_an_episode_without_one_instruction_is_left_out(said):
    one = find_set("nyu_franka_play")
    columns, _, labels = columns_of(one, 0)
    columns[f"steps/{one.text}"] = (said * len(labels))[: len(labels)]
    assert set(label_episode(one, "reference", columns)) == {DROPPED}


def test_instructions_are_texts_or_letters_by_their_numbers():
    table, play = find_set("language_table"), find_set("jaco_play")
    columns, *_ = columns_of(table, 0)
    assert instruction_of(table, columns) == "push it"
    columns[f"steps/{table.text}"] = [[104, 0x20AC, -5, 0xD800, 2**31 - 1, 0, 105]]
    assert instruction_of(table, columns) == "h€???"
    columns[f"steps/{play.text}"] = [b" pick \xff\n up "]
    assert instruction_of(play, columns) == "pick \ufffd up"
    columns[f"steps/{play.text}"] = []
    assert instruction_of(play, columns) == ""


def test_pictures_are_those_of_the_steps():
    one = find_set("jaco_play")
    assert image_of(one, {f"steps/{one.image}": [b"a", b"b"]}, 1) == b"b"


def test_columns_that_do_not_fit_are_told():
    one = find_set("austin_buds")
    columns, *_ = columns_of(one, 0)
    with pytest.raises(StoreError, match=r"no column 'observation/state'\.") as told:
        label_episode(one, "observed", columns)
    assert "Correct the set's row" in str(told.value)
    columns["steps/observation/state"] = np.zeros((48, 5))
    with pytest.raises(StoreError, match=r"state\[-16:\] has 5 numbers a step, not 16"):
        label_episode(one, "observed", columns)
    columns["steps/observation/state"] = [b"x"] * 48
    with pytest.raises(StoreError, match="holds no numbers"):
        label_episode(one, "observed", columns)
    columns["steps/observation/image"] = [b""] * 3
    with pytest.raises(StoreError, match="48 steps have numbers, 3 have a picture"):
        label_episode(one, "reference", columns)


def test_a_rule_that_there_is_not_is_told():
    with pytest.raises(
        UsageError, match=r"no rule is called 'observe'\. Did you mean 'observed'\?"
    ):
        wanted_columns(find_set("kuka"), "observe")
