"""CLIP-RT: contrastive imitation of what people say next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
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

    def sentences(self, labels: Sequence[int], said: Sequence[str]) -> Tensor:
        """Raw text features (b, d) of what was said, each text encoded once."""
        pairs = zip(labels, said, strict=True)
        texts = [own or self.phrases[label] for label, own in pairs]
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        features = self.encode_texts(list(distinct))
        return features[torch.tensor([distinct[text] for text in texts], device=features.device)]
