"""How often the policy is right: everything follows from one confusion matrix.

A primitive is right when its label is right; its *direction* is right when the chosen primitive is
of the same displacement group (``"y+"``: the way is right, the distance may not be).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric


def confusion(predicted: Tensor, labels: Tensor, size: int) -> Tensor:
    """Counts (size, size): how often label i (row) was answered with j (column)."""
    return torch.bincount(labels * size + predicted, minlength=size * size).view(size, size)


def primitive_accuracy(counts: Tensor) -> Tensor:
    """Share of samples whose very primitive was chosen; NaN without samples."""
    return counts.diagonal().sum() / counts.sum()


def direction_accuracy(counts: Tensor, groups: Tensor) -> Tensor:
    """Share of samples for which a primitive of the right group was chosen.

    Args:
        counts: Confusion matrix (n, n).
        groups: Group index (n,) of every primitive.
    """
    same = groups[:, None] == groups[None, :]
    return counts[same].sum() / counts.sum()


def group_accuracies(counts: Tensor, groups: Tensor) -> Tensor:
    """Primitive accuracy (g,) inside each group; NaN for a group without samples."""
    return _add_up(counts.diagonal(), groups) / group_sizes(counts, groups)


def group_sizes(counts: Tensor, groups: Tensor) -> Tensor:
    """Samples (g,) of each group."""
    return _add_up(counts.sum(1), groups)


def _add_up(values: Tensor, groups: Tensor) -> Tensor:
    sums = torch.zeros(int(groups.max()) + 1, device=values.device)
    return sums.index_add_(0, groups, values.float())


class VocabularyAccuracy(Metric):
    """Accumulates the confusion matrix of a vocabulary and names what follows from it.

    Args:
        groups: The displacement group of every primitive, by label.
    """

    full_state_update = False
    counts: Tensor
    group_index: Tensor

    def __init__(self, groups: Sequence[str]) -> None:
        super().__init__()
        self.group_names = tuple(dict.fromkeys(groups))
        index = torch.tensor([self.group_names.index(group) for group in groups])
        self.register_buffer("group_index", index, persistent=False)
        zeros = torch.zeros(len(groups), len(groups), dtype=torch.long)
        self.add_state("counts", zeros, dist_reduce_fx="sum")

    def update(self, predicted: Tensor, labels: Tensor) -> None:
        """Count predicted labels (b,) against true ones (b,)."""
        self.counts += confusion(predicted, labels, len(self.counts))

    def compute(self) -> dict[str, Tensor]:
        """``accuracy``, ``direction_accuracy``; ``accuracy/`` and ``samples/`` each group seen."""
        by_group = group_accuracies(self.counts, self.group_index)
        seen = zip(self.group_names, group_sizes(self.counts, self.group_index), strict=True)
        return {
            "accuracy": primitive_accuracy(self.counts),
            "direction_accuracy": direction_accuracy(self.counts, self.group_index),
            **{
                f"accuracy/{name}": value
                for name, value in zip(self.group_names, by_group, strict=True)
                if not value.isnan()
            },
            **{f"samples/{name}": count for name, count in seen if count},
        }


class MeanLoss(Metric):
    """The loss of a policy that chooses no primitive, over all rows."""

    full_state_update = False
    total: Tensor
    rows: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("rows", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, loss: Tensor, rows: int) -> None:
        """Add the mean loss () of a batch with so many rows."""
        self.total += rows * loss.detach()
        self.rows += rows

    def compute(self) -> dict[str, Tensor]:
        """``loss``."""
        return {"loss": self.total / self.rows}
