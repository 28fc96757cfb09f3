"""Low-rank adaptation (Hu et al. 2021, "LoRA"): a matrix learns by a change of low rank.

While it trains, a layer's ``weight`` is ``original + up @ down``, whoever reads it: fully connected
layers, convolutions, and attention, whose fused projections no layer of its own holds.  When it is
trained, the change is added into the weight, and nothing is left that would tell how it was
learned: a checkpoint is a plain policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.MultiheadAttention)


class LowRankChange(nn.Module):
    """A matrix -> the matrix plus a product of two narrow ones, which begins at zero.

    Args:
        weight: (rows, ...); all that follows is taken as one row of columns.
        rank: Width of the two.
    """

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape[0], weight[0].numel()
        self.down = nn.Parameter(weight.new_empty(rank, columns))
        self.up = nn.Parameter(weight.new_zeros(rows, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed matrix, of the same shape."""
        return weight + (self.up @ self.down).to(weight.dtype).view_as(weight)


@dataclass(frozen=True)
class Matrix:
    """A matrix that a layer multiplies by.

    Attributes:
        layer: Whose.
        name: Of its attribute.
    """

    layer: nn.Module
    name: str

    @property
    def weight(self) -> Tensor:
        """Its numbers, changed where a change is being learned."""
        weight: Tensor = getattr(self.layer, self.name)
        return weight


def matrices(module: nn.Module) -> Iterator[Matrix]:
    """The matrices of a module's layers; tables of words and places are none."""
    for layer in module.modules():
        if isinstance(layer, _LAYERS):
            for name, weight in list(layer.named_parameters(recurse=False)):
                if weight.ndim > 1:
                    yield Matrix(layer, name)


def add_change(matrix: Matrix, rank: int) -> None:
    """Have a matrix learn by a change of this rank; where that is no smaller, as a whole."""
    weight = matrix.weight
    if rank * (weight.shape[0] + weight[0].numel()) >= weight.numel():
        weight.requires_grad_(True)
        return
    weight.requires_grad_(False)
    change = LowRankChange(weight, rank)
    parametrize.register_parametrization(matrix.layer, matrix.name, change)


@torch.no_grad()
def merge_changes(module: nn.Module) -> None:
    """Add every change into its matrix; the module has its plain weights again."""
    for layer in list(module.modules()):
        if parametrize.is_parametrized(layer):
            for name in list(layer.parametrizations):  # type: ignore[arg-type]
                parametrize.remove_parametrizations(layer, name, leave_parametrized=True)
