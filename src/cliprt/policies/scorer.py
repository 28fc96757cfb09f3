"""A trained policy as a plain function of an observation, for the loop that runs it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from cliprt.errors import UsageError, did_you_mean
from cliprt.policies.interface import Policy
from cliprt.types import Observation


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
