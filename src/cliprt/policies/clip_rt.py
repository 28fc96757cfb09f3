"""CLIP-RT: contrastive imitation of what people say next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from cliprt.policies.contrastive import ContrastivePolicy


class ClipRtPolicy(ContrastivePolicy):
    """Scores a vocabulary's phrases against what is seen and asked.

    A candidate is the text feature of the primitive's phrase, from the tower that reads the
    instruction, so that phrases with words in common begin as neighbours (section III-B).
    """

    reads_phrases: ClassVar[bool] = True

    def candidates(self, labels: Sequence[int]) -> Tensor:
        """Raw text features (k, d) of the phrases with these labels."""
        return self.encode_texts([self.phrases[label] for label in labels])
