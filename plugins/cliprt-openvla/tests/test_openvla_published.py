"""OpenVLA's arithmetic against what its released code computes, and what TensorFlow did."""

import doctest
from pathlib import Path

import numpy as np
import pictures
import published
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import CENTRES, TINY, VOCABULARY, Range, prompt_ids, range_of, to_numbers

TRUTH = np.load(Path(__file__).parent / "fixtures" / "pictures.npz")
SIDE = 24

LOW = (-0.02872725307941437, -0.04170349963009357, -0.026093858778476715)
LOW += (-0.08092105075716972, -0.09288699507713317, -0.20718276381492615, 0.0)
HIGH = (0.028309678435325586, 0.040855254605412394, 0.040161586627364146)
HIGH += (0.08192047759890528, 0.07792850524187081, 0.20382574498653397, 1.0)
BRIDGE = {"q01": LOW, "q99": HIGH, "mask": [True] * 6 + [False]}
"""Of BridgeData, as openvla-7b's config.json has it."""


def test_the_examples_hold():
    assert doctest.testmod(published).failed == 0


@given(st.lists(st.floats(-1.5, 1.5), min_size=7, max_size=7))
def test_what_training_made_tokens_of_comes_back_to_half_a_bin(action):
    edges = np.linspace(-1, 1, 256)
    inside = np.clip(action, -1, 1)
    tokens = VOCABULARY - np.digitize(inside, edges)  # as its action tokenizer does
    assert (np.abs(to_numbers(tokens) - inside) <= (edges[1] - edges[0]) / 2 + 1e-12).all()


def test_every_token_says_what_the_released_decoding_says():
    tokens = np.arange(32064)
    bins = np.clip(32000 - tokens - 1, a_min=0, a_max=254)
    assert (to_numbers(tokens) == CENTRES[bins]).all()
    assert (CENTRES[0], CENTRES[127], CENTRES[254]) == (-254 / 255, 0, 254 / 255)


def test_an_action_lies_between_the_percentiles_and_the_gripper_as_it_is():
    own = range_of({"bridge_orig": {"action": BRIDGE}}, "bridge_orig")
    low, high = np.array(LOW), np.array(HIGH)
    middle = own.from_unit(np.zeros(7))
    assert np.allclose(middle[:6], (low + high)[:6] / 2, rtol=0, atol=1e-15)
    assert middle[6] == 0
    ends = own.from_unit(np.array([[-1.0] * 7, [1.0] * 7]))
    assert np.allclose(ends[:, :6], [low[:6], high[:6]], rtol=0, atol=1e-15)
    assert ends[:, 6].tolist() == [-1, 1]
    assert np.allclose(own.from_unit(np.ones(7), TINY)[:6] - high[:6], TINY, rtol=1e-6)


def test_a_state_is_scaled_and_clipped():
    own = Range(np.array([0.0, -1.0]), np.array([2.0, -1.0]), np.array([True, True]))
    assert own.to_unit(np.array([0.5, -1.0])).round(6).tolist() == [-0.5, -1]
    assert own.to_unit(np.array([9.0, 5.0])).tolist() == [1, 1]


def test_a_suite_is_found_by_its_name_with_and_without_its_ending():
    sets = {"libero_goal_no_noops": {"action": BRIDGE}}
    assert prompt_ids([1, 29871]) == [1, 29871]
    for key in ("libero_goal", "libero_goal_no_noops", ""):
        assert range_of(sets, key).high[6] == 1


@pytest.mark.parametrize(
    ("statistics", "key", "message"),
    [
        ({"a": {}}, "b", "was not trained on 'b'. It knows: a"),
        ({"a": {}, "b": {}}, "", "knows several data sets. Choose: a, b"),
        ({"a": {}}, "a", "no q01 and q99 of 'action' for 'a'"),
        ({"a": {"action": {"q01": [1], "q99": [0]}}}, "a", "are no ranges of finite numbers"),
        ({"a": {"action": {"q01": [0], "q99": [np.inf]}}}, "a", "are no ranges"),
        ({"a": {"action": {"q01": [0, 1], "q99": [1]}}}, "a", "are no ranges"),
    ],
)
def test_statistics_that_scale_nothing_are_refused(statistics, key, message):
    with pytest.raises(ValueError, match=message):
        range_of(statistics, key)


@pytest.mark.parametrize("name", ["larger", "smaller"])
def test_pictures_are_made_as_tensorflow_made_them(name):
    part = {key: TRUTH[f"{name}_{key}"] for key in ("seen", "jpeg", "accurate", "resized")}
    assert (pictures.through_jpeg(part["seen"]) == part["accurate"]).all()
    away = pictures.through_jpeg(part["seen"]).astype(int) - part["jpeg"]
    assert np.abs(away).mean() < 3  # TensorFlow reads by a coarser transform
    assert (pictures.shrink(part["jpeg"], SIDE) == part["resized"]).all()
    assert (pictures.crop(part["resized"]) == TRUTH[f"{name}_cropped"]).all()


def test_a_picture_of_any_shape_becomes_a_square_one():
    seen = np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    assert pictures.prepare(seen).shape == (224, 224, 3)
    whole = pictures.shrink(pictures.through_jpeg(seen))
    assert (pictures.prepare(seen, cropped=False) == whole).all()
