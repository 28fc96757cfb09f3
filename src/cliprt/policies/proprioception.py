"""What the arm feels of itself, beside what it sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from cliprt.data.batches import Row
from cliprt.data.columns import SIZES
from cliprt.errors import UsageError, did_you_mean

HIDDEN = 64
FLAT = 1e-3
"""A number that varies less than this [m, rad] says nothing, and is not enlarged."""


class Proprioception(nn.Module):
    """Numbers of an observation -> something to add to the context; nothing, before it learns.

    Args:
        columns: Keys of :data:`cliprt.data.columns.SIZES`.
        width: Of a context.

    Raises:
        UsageError: A column that is not one of these.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, columns: Sequence[str], width: int) -> None:
        super().__init__()
        for name in columns:
            if name not in SIZES:
                raise UsageError(
                    f"the policy's state cannot hold {name!r}.{did_you_mean(name, SIZES)}"
                    f" Allowed: {', '.join(SIZES)}."
                )
        size = sum(SIZES[name] for name in columns)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.layers = nn.Sequential(nn.Linear(size, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, width))
        for parameter in self.layers[-1].parameters():
            nn.init.zeros_(parameter)

    def study(self, rows: Iterable[Row]) -> None:
        """Take note of where the numbers lie, and how far apart."""
        numbers = torch.stack([torch.from_numpy(row.state) for row in rows])
        self.mean.copy_(numbers.mean(0))
        self.spread.copy_(numbers.std(0, correction=0).clamp_min(FLAT))

    def forward(self, state: Tensor) -> Tensor:
        """State (b, k) -> features (b, width)."""
        features: Tensor = self.layers((state.to(self.mean) - self.mean) / self.spread)
        return features
