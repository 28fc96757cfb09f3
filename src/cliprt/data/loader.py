"""Batches whose order follows from (seed, epoch), and that go on in the middle of an epoch.

Lightning keeps a loader's ``state_dict()`` in every checkpoint and gives it back on resume, so a
resumed training sees exactly the batches that an uninterrupted one would have seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict, final

import numpy as np
import torch

from cliprt.data.samples import SampleTable
from cliprt.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from torch import Tensor


class Batch(TypedDict):
    """What a policy is trained on.

    Attributes:
        images: Camera -> uint8 (b, 3, h, w), RGB.
        instruction: b strings.
        label: long (b,).
        step: Number of the batch, counted over all epochs.
    """

    images: dict[str, Tensor]
    instruction: list[str]
    label: Tensor
    step: int


class ResumableLoader(ABC):
    """The bookkeeping of epochs and positions; subclasses make the batches of one epoch.

    Every iteration is the next epoch, except right after `load_state_dict`, which continues.

    Args:
        batches: How many an epoch has.
        seed: Of the order.
    """

    def __init__(self, batches: int, seed: int) -> None:
        self.seed = seed
        self._batches = batches
        self._epoch = 0
        self._position = 0
        self._is_resuming = False

    @abstractmethod
    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of epoch `number` from batch `skip` on; ``"step"`` is set by the caller."""

    @final
    def __len__(self) -> int:
        return self._batches

    @final
    def __iter__(self) -> Iterator[Batch]:
        # Lightning stops after len(self) batches without asking for the end of the generator: an
        # epoch is closed here, when the next one begins.
        if self._position == len(self) or (self._position and not self._is_resuming):
            self._epoch, self._position = self._epoch + 1, 0
        self._is_resuming = False
        for batch in self.epoch(self._epoch, self._position):
            batch["step"] = self._epoch * len(self) + self._position
            self._position += 1
            yield batch
            if self._position == len(self):
                return

    @final
    def state_dict(self) -> dict[str, Any]:
        """Where it is, and what it was made with."""
        return {
            "epoch": self._epoch,
            "position": self._position,
            "batches": len(self),
            "seed": self.seed,
        }

    @final
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state`.

        Raises:
            CheckpointError: It belongs to other data, another batch size or another seed.
        """
        for key, here in (("batches", len(self)), ("seed", self.seed)):
            if state[key] != here:
                raise CheckpointError(
                    f"the checkpoint was made with {key}={state[key]} an epoch, now it is {here}:"
                    " the data, batch size or seed changed. Resume with the same ones, or start"
                    " a new training."
                )
        self._epoch, self._position = int(state["epoch"]), int(state["position"])
        self._is_resuming = True


class EpochLoader(ResumableLoader):
    """Batches from a table in memory.

    Args:
        table: The rows.
        batch_size: Rows of a batch; a smaller table gives one batch of all rows.
        seed: Of the order.
        shuffle: False keeps the table's order, for validation.
        drop_last: Leave out what does not fill a batch (other rows in every epoch).
        rank, replicas: Which of how many processes this is; each gets its own share of the rows.
    """

    def __init__(
        self,
        table: SampleTable,
        batch_size: int,
        seed: int = 0,
        *,
        shuffle: bool = True,
        drop_last: bool = True,
        rank: int = 0,
        replicas: int = 1,
    ) -> None:
        rows = len(table) // replicas
        check_batching(rows, batch_size)
        self.table = table
        self.batch_size = min(batch_size, rows)
        self._shuffle = shuffle
        self._rank, self._replicas = rank, replicas
        self._rows = rows
        super().__init__(count_batches(rows, self.batch_size, drop_last), seed)

    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of one epoch; skipping costs nothing."""
        order = np.arange(len(self.table))
        if self._shuffle:
            order = np.random.default_rng([self.seed, number]).permutation(order)
        mine = order[self._rank :: self._replicas][: self._rows]
        for batch in range(skip, len(self)):
            yield self._gather(mine[batch * self.batch_size : (batch + 1) * self.batch_size])

    def _gather(self, rows: np.ndarray) -> Batch:
        return Batch(
            images={c: to_tensor(pictures[rows]) for c, pictures in self.table.images.items()},
            instruction=[self.table.instructions[i] for i in rows],
            label=torch.from_numpy(self.table.labels[rows]),
            step=0,
        )


def to_tensor(images: np.ndarray) -> Tensor:
    """uint8 (b, h, w, 3) -> uint8 (b, 3, h, w), contiguous."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def count_batches(rows: int, batch_size: int, drop_last: bool) -> int:
    """How many batches `rows` make."""
    return rows // batch_size if drop_last else -(-rows // batch_size)


def check_batching(rows: int, batch_size: int) -> None:
    """Raise unless there is at least one row a process and a batch.

    Raises:
        UsageError: There is not.
    """
    if batch_size < 1:
        raise UsageError(f"batch_size is {batch_size}. Allowed: 1 or more; change it.")
    if rows < 1:
        raise UsageError("there is no row to make batches of; record episodes, or hold out less.")
