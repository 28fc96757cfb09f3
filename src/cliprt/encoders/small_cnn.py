"""An encoder that learns from nothing on two CPU cores in minutes.

Two strided convolutions make the grid; where a fusion wants one vector per image, two more
convolutions and a spatial pooling follow.  The text tower knows no word list.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from cliprt.encoders.interface import Encoder, ImageFeatures
from cliprt.encoders.pooling import pooled_width, spatial_pool
from cliprt.errors import UsageError
from cliprt.types import Limit

# Roughly the mean and spread of rendered table scenes; a wrong value costs a few steps, no more.
_MEAN, _SPREAD = 0.6, 0.25
_NORM_GROUPS = 4
_BUCKETS = 2048

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


class SmallCnnEncoder(Encoder):
    """Convolutional image tower and hashed-words text tower, trained from scratch.

    Args:
        image_size: Edge of the images it sees [px].
        width: Channels of the grid; a multiple of 4.
        embedding_dim: Width of the shared space.
        text_width: Hidden width of the text tower.

    Raises:
        UsageError: A size that the layers cannot have.
    """

    def __init__(
        self,
        image_size: Annotated[int, Limit(8)] = 64,
        width: Annotated[int, Limit(4)] = 32,
        embedding_dim: Annotated[int, Limit(1)] = 128,
        text_width: Annotated[int, Limit(1)] = 128,
    ) -> None:
        super().__init__()
        if image_size < 8 or width < _NORM_GROUPS or width % _NORM_GROUPS:
            raise UsageError(
                f"small_cnn cannot have image_size={image_size}, width={width}: image_size must be"
                f" at least 8 and width a multiple of {_NORM_GROUPS}."
                " Leave both out for 64 and 32."
            )
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.grid_dim = width
        stem = max(_NORM_GROUPS, width * 3 // 4 // _NORM_GROUPS * _NORM_GROUPS)
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem, 5, stride=2, padding=2),
            nn.GroupNorm(_NORM_GROUPS, stem),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, width, 3, stride=2, padding=1),
            nn.GroupNorm(_NORM_GROUPS, width),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(_NORM_GROUPS, width))
            for _ in range(2)
        )
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(4.0)))
        self.head = nn.Sequential(
            nn.Linear(pooled_width(width), 2 * embedding_dim),
            nn.GELU(),
            nn.Linear(2 * embedding_dim, embedding_dim),
        )
        self.text = HashedWords(text_width, embedding_dim)

    def preprocess(self, images: Tensor) -> Tensor:
        """uint8 (b, 3, h, w) -> float (b, 3, image_size, image_size), about zero mean and one
        spread."""
        # Not every device resizes in numbers of half the width.
        x = images.to(self.device, torch.promote_types(self.log_sharpness.dtype, torch.float32))
        if x.shape[-2:] != (self.image_size, self.image_size):
            size = [self.image_size, self.image_size]
            x = functional.interpolate(x, size=size, mode="bilinear", antialias=True)
        return ((x - 255 * _MEAN) / (255 * _SPREAD)).to(self.log_sharpness.dtype)

    def encode_grid(self, images: Tensor) -> Tensor:
        """Preprocessed images (b, 3, s, s) -> grid (b, width, s / 4, s / 4)."""
        grid: Tensor = self.stem(images.contiguous(memory_format=torch.channels_last))
        return grid

    def encode_image(self, images: Tensor) -> ImageFeatures:
        """Preprocessed images (b, 3, s, s) -> features."""
        grid = self.encode_grid(images)
        x = grid
        for block in self.blocks:
            x = x + functional.relu(block(x))
        return ImageFeatures(self.head(spatial_pool(x, self.log_sharpness.exp())), grid)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim)."""
        features: Tensor = self.text(texts)
        return features

    def text_weights(self) -> dict[str, nn.Parameter]:
        """The table of words and what follows it."""
        return dict(self.text.named_parameters("text"))


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
    """A text tower without a word list: a bag of hashed words and word pairs -> MLP.

    Any text in any language has an embedding.  Words that training never met fall on vectors that
    it hardly moved, so they add little; every feature takes two vectors, so that two words collide
    only where both hashes do.

    Args:
        width: Of the table and the hidden layer.
        embedding_dim: Of the result.
    """

    def __init__(self, width: int, embedding_dim: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(_BUCKETS, width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.1)
        self.output = nn.Sequential(nn.GELU(), nn.Linear(width, embedding_dim))

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim)."""
        device = self.table.weight.device
        rows = [hashed_features(text, _BUCKETS) for text in texts]
        starts = [0]
        for row in rows[:-1]:
            starts.append(starts[-1] + len(row))
        flat = torch.tensor([index for row in rows for index in row], device=device)
        hidden = self.table(flat, torch.tensor(starts, device=device))
        features: Tensor = self.output(hidden)
        return features
