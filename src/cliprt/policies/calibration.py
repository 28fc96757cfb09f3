"""How far a policy can be trusted: a temperature for its scores, and sets that hold the answer.

*Temperature scaling* (Guo et al., 2017) divides the scores by one number, so that a probability of
0.8 is right in 8 of 10 cases.  *Split conformal prediction* with the least ambiguous sets (Sadinle
et al., 2019; "robots that ask for help", Ren et al., 2023) then keeps every primitive that is
probable enough to be the right one with a chosen coverage: with ``n`` held-out probabilities
``p_i`` of right answers::

    threshold = the k-th smallest p_i,  k = floor((n + 1) (1 - coverage))
    set       = {primitives whose probability is at least the threshold}

A new right answer of the same kind lies in its set with a probability of at least the coverage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cliprt.data.schema import build
from cliprt.errors import CheckpointError, UsageError

BINS = 15
"""Bins of the expected calibration error, as in the literature."""

COLDEST, HOTTEST = 0.01, 100.0
"""Where a temperature is looked for."""

USUAL = 0.8
"""Share of sets that are not unusually large."""


@dataclass(frozen=True)
class Calibration:
    """What was fitted to held-out steps, and how good it is.

    The figures are measured crosswise: each half of the scenes by what was fitted to the other.

    Attributes:
        temperature: Divides the scores before the softmax.
        coverage: The share of right answers that a set shall hold.
        threshold: A set holds the primitives at least this probable.
        ece_before, ece_after: Expected calibration error without and with the temperature.
        measured_coverage: Share of right answers in their sets.
        mean_set_size: Primitives in a set.
        usual_set_size: Four of five sets are no larger; at least 1.
        accuracy: Share of right answers that were the most probable.
        steps: Held-out steps, all of which temperature and threshold were fitted to in the end.
    """

    temperature: float
    coverage: float
    threshold: float
    ece_before: float
    ece_after: float
    measured_coverage: float
    mean_set_size: float
    usual_set_size: int
    accuracy: float
    steps: int

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Read what `to_dict` wrote.

        Raises:
            CheckpointError: Something is missing, or no number.
        """
        try:
            return build(cls, values)
        except ValueError as error:
            raise CheckpointError(
                f"the calibration cannot be read: {error}. Make it again: cliprt calibrate"
            ) from error


def calibrate(
    scores: np.ndarray, labels: np.ndarray, half: np.ndarray, coverage: float
) -> Calibration:
    """Fit to each half to measure on the other, then fit to all.

    Args:
        scores: Of n steps over k primitives (n, k).
        labels: The right primitives (n,).
        half: Which half a step belongs to, bool (n,); steps of one scene belong to one half.
        coverage: Wanted share of right answers in their sets, between 0 and 1.

    Raises:
        UsageError: One of the halves has no steps, or a coverage that cannot be.
    """
    if half.all() or not half.any():
        raise UsageError(
            f"{len(half)} steps, all in one half, are too few to calibrate with: each half is"
            " measured by the other. Hold out more (trainer.holdout), or have more scenes taught"
            " for it (collaboration.scenes)"
        )
    calibrated = np.empty(scores.shape)
    sets = np.empty(scores.shape, dtype=bool)
    for known, new in ((half, ~half), (~half, half)):
        temperature, threshold = _fit(scores[known], labels[known], coverage)
        calibrated[new] = to_probabilities(scores[new], temperature)
        sets[new] = calibrated[new] >= threshold
    temperature, threshold = _fit(scores, labels, coverage)
    sizes = sets.sum(1)
    return Calibration(
        temperature=temperature,
        coverage=coverage,
        threshold=threshold,
        ece_before=expected_calibration_error(to_probabilities(scores, 1.0), labels),
        ece_after=expected_calibration_error(calibrated, labels),
        measured_coverage=float(_of(sets, labels).mean()),
        mean_set_size=float(sizes.mean()),
        usual_set_size=max(1, int(np.quantile(sizes, USUAL, method="higher"))),
        accuracy=float((calibrated.argmax(1) == labels).mean()),
        steps=len(labels),
    )


def _fit(scores: np.ndarray, labels: np.ndarray, coverage: float) -> tuple[float, float]:
    temperature = fit_temperature(scores, labels)
    right = _of(to_probabilities(scores, temperature), labels)
    return temperature, conformal_threshold(right, coverage)


def _of(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The entry of each row (n, k) at its label (n,)."""
    return np.asarray(table[np.arange(len(labels)), labels])


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes the right labels (n,) most likely under scores (n, k).

    The likelihood has one maximum in 1 / temperature; it is looked for between `COLDEST` and
    `HOTTEST`.

    Raises:
        UsageError: It is not there, or scores hold NaN, or forbid a right label.
    """
    import torch
    from torch.nn.functional import cross_entropy

    to_probabilities(scores, 1.0)  # raises where they give none
    forbidden = np.isneginf(_of(np.asarray(scores), np.asarray(labels))).sum()
    if forbidden:
        raise UsageError(
            f"the policy forbids what was done in {forbidden} of {len(labels)} held-out steps, so"
            " that no temperature makes it likely; check its scores of minus infinity"
        )
    given = torch.from_numpy(np.asarray(scores, dtype=np.float64))
    right = torch.from_numpy(np.asarray(labels, dtype=np.int64))

    def loss(log_temperature: float) -> float:
        return float(cross_entropy(given / math.exp(log_temperature), right))

    low, high = ends = math.log(COLDEST), math.log(HOTTEST)
    golden = (math.sqrt(5) - 1) / 2
    while high - low > 1e-5:
        left, right_end = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right_end):
            high = right_end
        else:
            low = left
    found = (low + high) / 2
    if min(map(loss, ends)) <= loss(found):
        raise UsageError(
            f"no temperature between {COLDEST} and {HOTTEST:g} fits: the policy is right in all of"
            f" {len(labels)} held-out steps, or its scores say nothing about them. Hold out more"
            " (trainer.holdout, collaboration.scenes), or train longer"
        )
    return math.exp(found)


def to_probabilities(scores: Sequence[float] | np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Softmax over the last axis of scores (..., k) divided by the temperature.

    Minus infinity forbids a primitive:

    >>> to_probabilities([0.0, 0.0, -np.inf]).tolist()
    [0.5, 0.5, 0.0]

    Raises:
        UsageError: No finite score in a row, a NaN, an infinite one, or a temperature not above 0.
    """
    values = np.asarray(scores, dtype=np.float64)
    if np.isnan(values).any():
        raise UsageError("scores that hold NaN give no probabilities; check the policy's weights")
    best = values.max(-1, keepdims=True) if values.size else np.array(np.inf)
    if values.ndim == 0 or not np.isfinite(best).all():
        raise UsageError(
            f"scores of shape {values.shape} give no probabilities; need one number per primitive,"
            " finite or minus infinity, and at least one finite"
        )
    if not (np.isfinite(temperature) and temperature > 0):
        raise UsageError(f"the temperature is {temperature}; give a finite number above 0")
    powers = np.exp((values - best) / temperature)
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def conformal_threshold(right: np.ndarray, coverage: float) -> float:
    """The least probability that a set asks for, from those (n,) of right answers.

    0, so that a set holds everything, if n is too small for the coverage.

    Raises:
        UsageError: A coverage that is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise UsageError(f"a coverage of {coverage} is not between 0 and 1; usual is 0.9")
    # the tolerance keeps (n + 1) * 0.1 = 1.9999999999999996 from being cut to 1
    place = math.floor((len(right) + 1) * (1 - coverage) + 1e-9)
    return float(np.sort(right)[place - 1]) if place > 0 else 0.0


def prediction_set(probabilities: np.ndarray, threshold: float) -> tuple[int, ...]:
    """Labels of the primitives that may well be right, the most probable first; may be empty."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(int(label) for label in order if probabilities[label] >= threshold)


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance between confidence and accuracy over bins of equal width (Naeini et al., 2015).

    Args:
        probabilities: (n, k).
        labels: The right ones (n,).
    """
    import torch
    from torchmetrics.functional.classification import multiclass_calibration_error

    error = multiclass_calibration_error(
        torch.from_numpy(np.asarray(probabilities)),
        torch.from_numpy(np.asarray(labels, dtype=np.int64)),
        num_classes=probabilities.shape[1],
        n_bins=BINS,
    )
    return float(error)
