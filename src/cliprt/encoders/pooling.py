"""A feature map -> a vector that still knows where things are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CELLS = 6
"""Edge of the coarse map that is kept beside the points."""


def spatial_pool(grid: Tensor, sharpness: Tensor) -> Tensor:
    """For every channel: its expected place, its maximum, and a coarse map of it.

    The expected place is a spatial softmax, ``sum_p softmax(sharpness * x)_p * p`` with p in
    [-1, 1]^2 (Levine et al. 2016, "End-to-end training of deep visuomotor policies").

    Args:
        grid: Feature map (b, c, gh, gw).
        sharpness: Scalar; larger looks more at the maximum.

    Returns:
        (b, c * (3 + CELLS * CELLS)).
    """
    height, width = grid.shape[-2:]
    flat = grid.flatten(2)
    weights = torch.softmax(flat * sharpness, dim=-1)
    rows = torch.linspace(-1, 1, height, dtype=grid.dtype, device=grid.device)
    columns = torch.linspace(-1, 1, width, dtype=grid.dtype, device=grid.device)
    places = torch.stack([columns.repeat(height), rows.repeat_interleave(width)])
    coarse = functional.adaptive_avg_pool2d(functional.relu(grid), CELLS)
    return torch.cat(
        [functional.linear(weights, places).flatten(1), flat.amax(-1), coarse.flatten(1)], 1
    )


def pooled_width(channels: int) -> int:
    """Width of what `spatial_pool` returns for a map of so many channels."""
    return channels * (3 + CELLS * CELLS)
