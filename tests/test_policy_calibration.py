"""Calibration: the temperature that data were made with is found, and sets cover as promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cliprt  # noqa: F401 - before torch and torchmetrics
from cliprt.errors import CheckpointError, UsageError
from cliprt.policies.calibration import (
    Calibration,
    calibrate,
    conformal_threshold,
    expected_calibration_error,
    fit_temperature,
    prediction_set,
    to_probabilities,
)


def draw(rows, temperature, seed, classes=12):
    """Scores whose right labels are drawn from their softmax at a temperature."""
    rng = np.random.default_rng(seed)
    scores = 6 * rng.normal(size=(rows, classes))
    chances = to_probabilities(scores, temperature)
    labels = (chances.cumsum(1) > rng.random((rows, 1))).argmax(1)
    return scores, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_temperature_of_the_data_is_found(temperature):
    scores, labels = draw(20_000, temperature, seed=1)
    assert fit_temperature(scores, labels) == pytest.approx(temperature, rel=0.05)
    error = expected_calibration_error(to_probabilities(scores, temperature), labels)
    assert error < 0.02
    assert expected_calibration_error(to_probabilities(scores, temperature / 5), labels) > 0.05


def test_scores_of_minus_infinity_are_no_candidates():
    scores, labels = draw(50, 1.0, seed=2)
    scores[:, 0], labels = -np.inf, np.where(labels == 0, 1, labels)
    assert np.isfinite(fit_temperature(scores, labels))
    assert (to_probabilities(scores, 2.0)[:, 0] == 0).all()


@settings(max_examples=25, deadline=None)
@given(
    coverage=st.sampled_from([0.6, 0.8, 0.9, 0.95]),
    rows=st.integers(60, 300),
    seed=st.integers(0, 10_000),
)
def test_sets_cover_new_answers_as_promised(coverage, rows, seed):
    """Mean coverage over many splits lies between the level and the level + 1 / (n + 1)."""
    rng = np.random.default_rng(seed)
    covered = []
    for _ in range(200):
        right = rng.beta(4, 1, size=2 * rows)
        threshold = conformal_threshold(right[:rows], coverage)
        covered.append((right[rows:] >= threshold).mean())
    # standard error of a mean over 200 splits, of both halves' binomial noise
    noise = 4 * np.sqrt(2 * coverage * (1 - coverage) / rows / 200)
    assert coverage - noise <= np.mean(covered) <= coverage + 1 / (rows + 1) + noise


def test_too_few_steps_for_a_coverage_make_sets_of_everything():
    assert conformal_threshold(np.array([0.9, 0.8]), 0.9) == 0.0
    assert conformal_threshold(np.linspace(0.1, 1, 19), 0.9) == pytest.approx(0.15)
    assert prediction_set(np.array([0.2, 0.5, 0.3]), 0.0) == (1, 2, 0)
    assert prediction_set(np.array([0.2, 0.5, 0.3]), 0.3) == (1, 2)
    assert prediction_set(np.array([0.2, 0.5, 0.3]), 0.6) == ()


def test_a_calibration_covers_within_two_points_and_is_kept(tmp_path):
    scores, labels = draw(8000, 3.0, seed=3)
    found = calibrate(scores, labels, np.arange(8000) % 2 == 0, 0.9)
    assert found.measured_coverage == pytest.approx(0.9, abs=0.02)
    assert found.ece_after < found.ece_before
    assert found.temperature == pytest.approx(3.0, rel=0.05)
    assert found.steps == 8000
    assert 1 <= found.mean_set_size <= found.usual_set_size
    assert 1 < found.mean_set_size < 12
    assert Calibration.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("right", [True, False])
def test_a_temperature_at_the_end_of_the_search_is_none(right):
    scores = np.zeros((40, 5))
    labels = np.arange(40) % 4
    scores[np.arange(40), labels if right else np.full(40, 4)] = 3.0
    with pytest.raises(UsageError, match=r"no temperature between .* fits"):
        fit_temperature(scores, labels)


def test_a_right_answer_that_is_forbidden_is_told():
    scores = np.random.default_rng(0).normal(size=(40, 5))
    scores[3, 2] = -np.inf
    labels = np.full(40, 2)
    with pytest.raises(UsageError, match="forbids what was done in 1 of 40 held-out steps"):
        fit_temperature(scores, labels)


def test_scores_that_hold_nan_are_not_calibrated_with():
    scores, labels = draw(40, 1.0, seed=5, classes=5)
    scores[7, 2] = np.nan
    with pytest.raises(UsageError, match="scores that hold NaN give no probabilities"):
        calibrate(scores, labels, np.arange(40) % 2 == 0, 0.9)


def test_mistakes_are_explained():
    scores, labels = draw(5, 1.0, seed=4)
    with pytest.raises(UsageError, match="5 steps, all in one half, are too few"):
        calibrate(scores, labels, np.ones(5, dtype=bool), 0.9)
    with pytest.raises(UsageError, match="a coverage of 1 is not between 0 and 1"):
        conformal_threshold(scores[:, 0], 1)
    with pytest.raises(CheckpointError, match="it has no 'coverage'"):
        Calibration.from_dict({"temperature": 1.0})
