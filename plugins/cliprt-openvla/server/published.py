"""OpenVLA's conventions as arithmetic: the prompt, tokens as numbers, numbers as actions.

numpy alone.  Kim et al., "OpenVLA" (2024), section 3.2, and facts of its released code: 255 bins
between -1 and 1 stand for the last tokens of Llama 2's 32,000, backwards, and an action is scaled
by the 1st and 99th percentile of what its data set did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

VOCABULARY = 32000
"""Llama 2's tokens; the model's table is padded beyond them."""

BLANK = 29871
"""The empty token that stood before every answer in training."""

CENTRES = (lambda edges: (edges[:-1] + edges[1:]) / 2)(np.linspace(-1, 1, 256))
"""What the 255 bins stand for."""

TINY = 1e-8
"""What OpenVLA-OFT adds to every range, so that none is zero."""


def prompt(instruction: str) -> str:
    r"""What the model reads.

    >>> prompt("Pick up the red cube")
    'In: What action should the robot take to pick up the red cube?\nOut:'
    """
    return f"In: What action should the robot take to {instruction.lower()}?\nOut:"


def prompt_ids(ids: Sequence[int]) -> list[int]:
    """A prompt's tokens, ended as in training.

    >>> prompt_ids([1, 512, 29901])
    [1, 512, 29901, 29871]
    """
    return [*ids] if ids[-1] == BLANK else [*ids, BLANK]


def to_numbers(tokens: np.ndarray) -> np.ndarray:
    """What tokens say, between -1 and 1; one that stands for no bin says the nearest one's.

    >>> to_numbers(np.array([31999, 31872, 31745, 7])).round(4).tolist()
    [-0.9961, 0.0, 0.9961, 0.9961]
    """
    bins = np.clip(VOCABULARY - tokens - 1, 0, len(CENTRES) - 1)
    numbers: np.ndarray = CENTRES[bins]
    return numbers


@dataclass(frozen=True, eq=False)
class Range:
    """What one data set's numbers (n) lie between.

    Attributes:
        low, high: 1st and 99th percentile.
        scaled: Which are scaled by them; the others, such as a gripper's, are as they are.
    """

    low: np.ndarray
    high: np.ndarray
    scaled: np.ndarray

    def from_unit(self, numbers: np.ndarray, tiny: float = 0.0) -> np.ndarray:
        """Actions (..., n) of what a model said between -1 and 1.

        Args:
            numbers: Of the model.
            tiny: 0 for OpenVLA, `TINY` for OpenVLA-OFT.

        >>> metres = Range(np.array([-0.02, 0.0]), np.array([0.04, 1.0]), np.array([True, False]))
        >>> metres.from_unit(np.array([0.5, 0.996])).round(6).tolist()
        [0.025, 0.996]
        """
        inside = (numbers + 1) / 2 * (self.high - self.low + tiny) + self.low
        return np.where(self.scaled, inside, numbers)

    def to_unit(self, numbers: np.ndarray) -> np.ndarray:
        """A robot's state (..., n) as OpenVLA-OFT reads it: between -1 and 1, clipped there."""
        inside = 2 * (numbers - self.low) / (self.high - self.low + TINY) - 1
        return np.clip(np.where(self.scaled, inside, numbers), -1, 1)


def range_of(statistics: Mapping[str, Any], key: str, what: str = "action") -> Range:
    """The range of a data set's actions or robot states.

    Args:
        statistics: Of all data sets, as ``dataset_statistics.json`` or ``config.json`` has them.
        key: Which data set; ``"libero_object"`` also finds ``"libero_object_no_noops"``, and
            nothing finds the only one.
        what: ``"action"`` or ``"proprio"``.

    Raises:
        ValueError: There is none, or its numbers are no ranges.
    """
    names = (key, f"{key}_no_noops") if key else [*statistics]
    name = next((name for name in names if name in statistics), None)
    if name is None or (not key and len(statistics) != 1):
        raise ValueError(
            f"the checkpoint was not trained on {key!r}. It knows: {', '.join(statistics)}"
            if key
            else f"the checkpoint knows several data sets. Choose: {', '.join(statistics)}"
        )
    try:
        numbers = statistics[name][what]
        low, high = (np.array(numbers[q], dtype=float) for q in ("q01", "q99"))
        scaled = np.array(numbers.get("mask", np.ones_like(low)), dtype=bool)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"no q01 and q99 of {what!r} for {name!r}: {error!r}") from error
    is_range = low.ndim == 1 and low.shape == high.shape == scaled.shape and (high >= low).all()
    if not is_range or not np.isfinite([low, high]).all():
        raise ValueError(f"q01 and q99 of {what!r} for {name!r} are no ranges of finite numbers")
    return Range(low, high, scaled)
