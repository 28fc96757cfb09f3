"""A text tower without a word list: words and word pairs, hashed into a table of vectors.

Any text in any language has an embedding.  Words that training never met fall on vectors that it
hardly moved, so they add little; every feature takes two vectors, so that two words collide only
where both hashes do.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor, nn

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


@lru_cache(maxsize=4096)
def hashed_features(text: str, buckets: int) -> tuple[int, ...]:
    """Rows of a table with so many `buckets` for the words and word pairs of a text.

    The hash is CRC-32, the same on every machine and in every process.
    """
    words = _WORD.findall(text.lower())
    features = [*words, *(f"{a} {b}" for a, b in pairwise(words))] or [""]
    return tuple(
        zlib.crc32(f"{salt}{feature}".encode()) % buckets for feature in features for salt in "01"
    )


class HashedWords(nn.Module):
    """Bag of hashed words and word pairs -> MLP.

    Args:
        width: Of the table and the hidden layer.
        embedding_dim: Of the result.
        buckets: Rows of the table.
    """

    def __init__(self, width: int, embedding_dim: int, buckets: int = 2048) -> None:
        super().__init__()
        self.buckets = buckets
        self.table = nn.EmbeddingBag(buckets, width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.1)
        self.output = nn.Sequential(nn.GELU(), nn.Linear(width, embedding_dim))

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim)."""
        device = self.table.weight.device
        rows = [hashed_features(text, self.buckets) for text in texts]
        starts = [0]
        for row in rows[:-1]:
            starts.append(starts[-1] + len(row))
        flat = torch.tensor([index for row in rows for index in row], device=device)
        hidden = self.table(flat, torch.tensor(starts, device=device))
        features: Tensor = self.output(hidden)
        return features
