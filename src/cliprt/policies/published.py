"""The published way to decide, as the yardstick for ours."""

from __future__ import annotations

import numpy as np
import torch

from cliprt.data.batches import to_batch, to_row
from cliprt.errors import UsageError
from cliprt.policies.contrastive import ContrastivePolicy
from cliprt.policies.interface import Policy
from cliprt.policies.scoring import context, scores
from cliprt.types import Observation


class PublishedDecision:
    """A decision as CLIP-RT's release takes it: (observation, instruction) -> scores (n,).

    Image, instruction and every phrase are encoded again at each step, one image at a time, in
    float32.  Nothing is kept from one call to the next.

    Args:
        policy: Whose weights it uses, on their device: all of them, so none may be released.  It is
            put into evaluation mode and float32.

    Raises:
        UsageError: A policy that does not compare an image with texts.
    """

    def __init__(self, policy: Policy) -> None:
        if not (isinstance(policy, ContrastivePolicy) and policy.reads_phrases):
            raise UsageError(
                f"the published procedure scores phrases, which {type(policy).__name__} does not."
                " Take a policy that does, such as clip_rt."
            )
        self._policy = policy.float().eval()

    @torch.no_grad()
    def __call__(self, observation: Observation, instruction: str) -> np.ndarray:
        """Scores (n,) over the policy's n phrases, float64.

        Raises:
            UsageError: The observation lacks one of the policy's cameras.
        """
        policy, encoder = self._policy, self._policy.encoder
        images = to_batch([to_row(observation, instruction, policy.needs)])["images"]
        views = [encoder.preprocess(images[name]) for name in policy.cameras]
        asked = encoder.encode_text([policy.prompt.format(instruction)])
        phrases = encoder.encode_text(policy.phrases)
        seen = policy.fusion(encoder, views, asked)
        ranking = scores(context(seen, asked, policy.normalisation), phrases, policy.log_scale)
        return ranking[0].double().cpu().numpy()
