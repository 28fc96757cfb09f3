"""Remembers text features between calls, for as long as the weights stay what they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cliprt.encoders.interface import Encoder

_MOST_TEXTS = 4096


class TextCache:
    """Features of texts that were encoded before, under one state of the encoder's weights.

    An episode asks for the same instruction and the same phrases at every step; encoding them
    once makes a step cost one image.  The cache empties itself when a weight was changed in place
    (torch counts that per tensor), replaced, or moved.
    """

    def __init__(self) -> None:
        self._features: dict[str, Tensor] = {}
        self._weights: tuple[tuple[int, int], ...] = ()

    def encode(self, encoder: Encoder, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, d), without gradient; only new texts are computed."""
        weights = tuple((p.data_ptr(), p._version) for p in encoder.parameters())
        if weights != self._weights or len(self._features) > _MOST_TEXTS:
            self.clear()
            self._weights = weights
        new = [text for text in dict.fromkeys(texts) if text not in self._features]
        if new:
            with torch.no_grad():
                self._features.update(zip(new, encoder.encode_text(new).detach(), strict=True))
        return torch.stack([self._features[text] for text in texts])

    def clear(self) -> None:
        """Forget everything."""
        self._features.clear()
