"""Contrastive imitation: the phrase of the demonstrated primitive should score highest.

Every loss takes the scores (b, n) of b contexts against n candidate phrases, and for each context
the position (b,) of its right phrase among the candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from cliprt.types import Primitive


def in_batch_bce(scores: Tensor, targets: Tensor, columns: Tensor | None = None) -> Tensor:
    """CLIP-RT's loss: every context against the phrase of every context in the batch.

    The mean over the b x b pairs of the binary cross-entropy between ``sigmoid(s_ij)`` and
    ``y_ij``, which is 1 where contexts i and j carry the same primitive: a row may have several
    positives (section III-B).  Where processes share a batch, `columns` are the targets of all.

    >>> import torch
    >>> undecided = torch.zeros(2, 3)
    >>> round(in_batch_bce(undecided, torch.tensor([0, 2])).item(), 4)  # log 2
    0.6931
    """
    columns = targets if columns is None else columns
    return sentences_bce(scores[:, columns], targets, columns)


def sentences_bce(scores: Tensor, labels: Tensor, others: Tensor) -> Tensor:
    """The same where every step has words of its own: scores (b, n) against n steps' sentences.

    A sentence is right where its step's primitive is: `labels` (b,) and `others` (n,) are equal.

    >>> import torch
    >>> sure = torch.tensor([[20.0, -20.0, 20.0]])
    >>> round(sentences_bce(sure, torch.tensor([7]), torch.tensor([7, 3, 7])).item(), 4)
    0.0
    """
    same = labels[:, None] == others[None, :]
    return functional.binary_cross_entropy_with_logits(scores, same.to(scores.dtype))


def vocabulary_bce(scores: Tensor, targets: Tensor) -> Tensor:
    """Mean binary cross-entropy of every context against every candidate phrase.

    >>> import torch
    >>> sure = torch.tensor([[20.0, -20.0, -20.0]])
    >>> round(vocabulary_bce(sure, torch.tensor([0])).item(), 4)
    0.0
    """
    right = functional.one_hot(targets, scores.shape[1]).to(scores.dtype)
    return functional.binary_cross_entropy_with_logits(scores, right)


def vocabulary_softmax(scores: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of a softmax over the candidate phrases.

    Instead of positions, `targets` may be shares (b, n), see `soft_targets`.

    >>> import torch
    >>> round(vocabulary_softmax(torch.zeros(1, 58), torch.tensor([7])).item(), 4)  # log 58
    4.0604
    """
    return functional.cross_entropy(scores, targets)


def soft_targets(primitives: Sequence[Primitive], share: float) -> Tensor:
    """What is right beside each of n primitives: the next smaller and larger one that goes its way.

    Args:
        primitives: The vocabulary.
        share: What the neighbours of a primitive have together, 0 to 1; without neighbours
            (opening, closing) it keeps all.

    Returns:
        Shares (n, n), float32; every row's sum is 1.

    >>> one, five = (Primitive(n, "", (cm / 100, 0, 0, 0, 0, 0, 0), None, "x+")
    ...              for n, cm in enumerate((1, 5)))
    >>> shut = Primitive(2, "close", gripper="closed", group="close")
    >>> soft_targets([one, five, shut], 0.25).tolist()
    [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]
    """
    shares = torch.eye(len(primitives))
    for group in {primitive.group for primitive in primitives}:
        same = [n for n, primitive in enumerate(primitives) if primitive.group == group]
        same.sort(key=lambda n: max(map(abs, primitives[n].motion)))
        for place, label in enumerate(same):
            beside = [*same[max(0, place - 1) : place], *same[place + 1 : place + 2]]
            if beside:
                shares[label, label] = 1 - share
                shares[label, beside] = share / len(beside)
    return shares


def candidates_in_batch(labels: Iterable[int]) -> dict[int, int]:
    """The labels that occur in a batch, in order -> their positions among the candidates.

    >>> candidates_in_batch([7, 3, 7])
    {3: 0, 7: 1}
    """
    return {label: place for place, label in enumerate(sorted(set(labels)))}


@dataclass(frozen=True)
class Loss:
    """A loss and the phrases it needs.

    Attributes:
        compute: Scores (b, n) and positions (b,) -> scalar; with ``"batch"``, also the positions
            of every process' samples.
        candidates: ``"batch"`` (phrases that occur in the batch) or ``"vocabulary"`` (all).
    """

    compute: Callable[..., Tensor]
    candidates: Literal["batch", "vocabulary"]


LossName = Literal["in_batch_bce", "vocabulary_bce", "vocabulary_softmax"]

LOSSES: dict[str, Loss] = {
    "in_batch_bce": Loss(in_batch_bce, "batch"),
    "vocabulary_bce": Loss(vocabulary_bce, "vocabulary"),
    "vocabulary_softmax": Loss(vocabulary_softmax, "vocabulary"),
}
"""The policy's option `loss` -> what it means."""
