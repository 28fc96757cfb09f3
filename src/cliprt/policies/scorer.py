"""A trained policy as a plain function: of an observation, or of many recorded ones at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from cliprt.data.batches import to_batch
from cliprt.data.samples import SampleTable
from cliprt.errors import UsageError, did_you_mean
from cliprt.policies.interface import Policy
from cliprt.types import Observation

BATCH = 256
"""Rows that are scored at once."""


def make_scorer(policy: Policy) -> Callable[[Observation, str], list[float]]:
    """A function (observation, instruction) -> one score per primitive; larger is better.

    Puts the policy into evaluation mode, in which nothing about an instruction is computed twice.

    Raises:
        UsageError: When called with an observation that lacks one of the policy's cameras.
    """
    policy.eval()

    def scorer(observation: Observation, instruction: str) -> list[float]:
        missing = [name for name in policy.cameras if name not in observation.images]
        if missing:
            raise UsageError(
                f"the policy looks at the camera {missing[0]!r}, which the observation does not"
                f" have.{did_you_mean(missing[0], observation.images)}"
                f" It has: {', '.join(observation.images) or 'none'}. Set the robot's cameras."
            )
        images = {
            name: torch.from_numpy(observation.images[name]).permute(2, 0, 1)[None]
            for name in policy.cameras
        }
        with torch.inference_mode():
            scores: list[float] = policy.score(images, [instruction])[0].tolist()
        return scores

    return scorer


def score_table(policy: Policy, table: SampleTable) -> np.ndarray:
    """Scores (n, k) of k primitives for the n rows of a table that has the policy's cameras."""
    policy.eval()
    parts = []
    for first in range(0, len(table), BATCH):
        rows = range(first, min(first + BATCH, len(table)))
        batch = to_batch([table.read(row) for row in rows])
        with torch.inference_mode():
            scores = policy.score(batch["images"], batch["instruction"])
        parts.append(scores.double().cpu().numpy())
    return np.concatenate(parts)
