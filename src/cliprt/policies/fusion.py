"""How the instruction's words meet what the cameras see.

A fusion answers with one raw vector per sample: what is seen, as far as it matters for these
words.  The policy then adds the instruction's own feature (see :mod:`cliprt.policies.scoring`).

* `AdditiveFusion` ignores the words: exactly the paper.  The ranking of phrases g is then by
  ``image . g + instruction . g``, so the instruction shifts every score by a constant that does
  not depend on the image: it can prefer a primitive, but cannot tell where to look.
* `FilmFusion` lets the words scale and shift the feature maps before they are pooled (FiLM, Perez
  et al. 2018).  It learns best from nothing.
* `ResidualFusion` is the sum plus a FiLM branch that starts at zero: a released checkpoint is
  reproduced exactly before the first step, and may then learn to look.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from cliprt.encoders.interface import Encoder
from cliprt.encoders.pooling import pooled_width, spatial_pool

_NORM_GROUPS = 4


class Fusion(nn.Module, ABC):
    """Built as ``__init__(self, encoder, cameras)`` with the number of cameras."""

    @abstractmethod
    def forward(self, encoder: Encoder, views: Sequence[Tensor], text: Tensor) -> Tensor:
        """What is seen, given the words.

        Args:
            encoder: The image tower.
            views: One batch of preprocessed images (b, 3, s, s) per camera.
            text: Raw instruction features (b, d).

        Returns:
            Raw features (b, d).
        """


class AdditiveFusion(Fusion):
    """The image features themselves, averaged over the cameras."""

    def __init__(self, encoder: Encoder, cameras: int) -> None:
        super().__init__()

    def forward(self, encoder: Encoder, views: Sequence[Tensor], text: Tensor) -> Tensor:
        """Image features (b, d); the words are not looked at."""
        return torch.stack([encoder.encode_image(view).pooled for view in views]).mean(0)


class FilmBlock(nn.Module):
    """A residual convolution whose normalised channels the words scale and shift.

    ``x + relu(norm(conv(x)) * (1 + gain(text)) + offset(text))``; gain and offset start at zero.
    """

    def __init__(self, width: int, text_dim: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.GroupNorm(_NORM_GROUPS, width)
        self.modulation = nn.Linear(text_dim, 2 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """Map (b, c, h, w) and text features (b, d) -> map (b, c, h, w)."""
        gain, offset = self.modulation(text)[:, :, None, None].chunk(2, dim=1)
        return x + functional.relu(torch.addcmul(offset, self.norm(self.convolution(x)), 1 + gain))


class FilmView(nn.Module):
    """One camera's grid, looked at through the words: FiLM blocks, then pooling."""

    def __init__(self, grid_dim: int, width: int, text_dim: int, blocks: int) -> None:
        super().__init__()
        self.entry = nn.Identity() if grid_dim == width else nn.Conv2d(grid_dim, width, 1)
        self.blocks = nn.ModuleList(FilmBlock(width, text_dim) for _ in range(blocks))
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(4.0)))

    def forward(self, grid: Tensor, text: Tensor) -> Tensor:
        """Grid (b, grid_dim, gh, gw) -> (b, pooled_width(width))."""
        x = self.entry(grid)
        for block in self.blocks:
            x = block(x, text)
        return spatial_pool(x, self.log_sharpness.exp())


class FilmFusion(Fusion):
    """FiLM blocks per camera; the cameras' pooled maps are concatenated and mixed by an MLP."""

    def __init__(self, encoder: Encoder, cameras: int, width: int = 32, blocks: int = 2) -> None:
        super().__init__()
        d = encoder.embedding_dim
        self.views = nn.ModuleList(
            FilmView(encoder.grid_dim, width, d, blocks) for _ in range(cameras)
        )
        self.head = nn.Sequential(
            nn.Linear(cameras * pooled_width(width), 256), nn.GELU(), nn.Linear(256, d)
        )

    def forward(self, encoder: Encoder, views: Sequence[Tensor], text: Tensor) -> Tensor:
        """What the words find in the grids (b, d)."""
        return self.look([encoder.encode_grid(view) for view in views], text)

    def look(self, grids: Sequence[Tensor], text: Tensor) -> Tensor:
        """The same from grids (b, grid_dim, gh, gw), one per camera."""
        pooled = [view(grid, text) for view, grid in zip(self.views, grids, strict=True)]
        features: Tensor = self.head(torch.cat(pooled, 1))
        return features


class ResidualFusion(Fusion):
    """The averaged image features plus a FiLM branch whose last layer starts at zero."""

    def __init__(self, encoder: Encoder, cameras: int) -> None:
        super().__init__()
        self.film = FilmFusion(encoder, cameras)
        for parameter in self.film.head[-1].parameters():
            nn.init.zeros_(parameter)

    def forward(self, encoder: Encoder, views: Sequence[Tensor], text: Tensor) -> Tensor:
        """Image features plus the interaction (b, d)."""
        features = [encoder.encode_image(view) for view in views]
        pooled = torch.stack([f.pooled for f in features]).mean(0)
        return pooled + self.film.look([f.grid for f in features], text)


FusionName = Literal["additive", "film", "residual"]

FUSIONS: dict[str, type[Fusion]] = {
    "additive": AdditiveFusion,
    "film": FilmFusion,
    "residual": ResidualFusion,
}
"""The policy's option `fusion` -> what it means."""
