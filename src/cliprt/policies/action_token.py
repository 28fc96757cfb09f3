"""CLIP-RT-Action: the same imitation without the words of the actions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cliprt.policies.contrastive import ContrastivePolicy


class ActionTokenPolicy(ContrastivePolicy):
    """Scores learned action tokens, one per primitive, against what is seen and asked.

    A candidate is a vector learned from scratch: nothing says that "left by one centimeter" and
    "left by five centimeters" are alike.  Beside CLIP-RT, it shows what the words are worth.
    """

    def prepare_candidates(self) -> None:
        """Add the tokens, as large as the text features of the phrases that they stand for."""
        with torch.no_grad():
            scale = self.encoder.encode_text(self.phrases).square().mean().sqrt()
        self.tokens = nn.Embedding(len(self.phrases), self.encoder.embedding_dim)
        nn.init.normal_(self.tokens.weight)
        with torch.no_grad():
            self.tokens.weight.mul_(scale)

    def candidates(self, labels: Sequence[int]) -> Tensor:
        """The tokens (k, d) of these labels."""
        tokens: Tensor = self.tokens(torch.tensor(labels, device=self.device))
        return tokens
