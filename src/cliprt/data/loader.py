"""Batches whose order follows from (seed, epoch), and that go on in the middle of an epoch.

Lightning keeps a loader's ``state_dict()`` in every checkpoint and gives it back on resume, so a
resumed training sees exactly the batches that an uninterrupted one would have seen.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, final

import numpy as np

from cliprt.data.batches import Batch, Row, to_batch
from cliprt.data.rows import Rows, check_sizes
from cliprt.errors import CheckpointError, UsageError

Key = TypeVar("Key")


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
    """Batches in which every row comes once an epoch.

    Args:
        rows: Where they are.
        batch_size: Rows of a batch, over all processes; fewer rows give one batch of all of them.
        seed: Of the order.
        shuffle: False keeps the rows' order, for validation.
        drop_last: Leave out what does not fill a batch (other rows in every epoch).
        rank, replicas: Which of how many processes this is; they deal out each batch in turn.
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        seed: int = 0,
        *,
        shuffle: bool = True,
        drop_last: bool = True,
        rank: int = 0,
        replicas: int = 1,
    ) -> None:
        check_batching(len(rows), batch_size, replicas)
        self.rows = rows
        self.batch_size = min(batch_size, len(rows) // replicas * replicas)
        self._shuffle = shuffle
        self._rank, self._replicas = rank, replicas
        batches, left = divmod(len(rows), self.batch_size)
        super().__init__(batches + (left > 0 and not drop_last), seed)

    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of one epoch; skipping costs nothing."""
        order = self.rows.order(self.seed, number) if self._shuffle else np.arange(len(self.rows))
        starts = range(skip * self.batch_size, len(self) * self.batch_size, self.batch_size)
        batches = (order[s : s + self.batch_size][self._rank :: self._replicas] for s in starts)
        return read_ahead(lambda index: self.rows.read(int(index)), batches)


def read_ahead(read: Callable[[Key], Row], batches: Iterable[Iterable[Key]]) -> Iterator[Batch]:
    """Batches of the rows that `read` has for keys; threads read them before they are asked for.

    Raises:
        StoreError: The images of a batch differ in size; and what `read` raises.
    """
    # Decoding an image lets go of the interpreter's lock, so threads use every core.
    threads = os.cpu_count() or 1
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Batch]] = deque()
    try:
        for keys in batches:
            waiting.append(pool.submit(_gather, read, keys))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def check_batching(rows: int, batch_size: int, replicas: int = 1) -> None:
    """Raise unless there is a batch, and a row of it for each process.

    Raises:
        UsageError: There is not.
    """
    if batch_size < 1 or batch_size % replicas:
        allowed = f"multiples of the {replicas} processes" if replicas > 1 else "1 or more"
        raise UsageError(f"batch_size is {batch_size}. Allowed: {allowed}; change it.")
    if rows < replicas:
        few = f"{rows} rows are too few for {replicas} processes" if rows else "there is no row"
        raise UsageError(f"{few} to make batches of; record episodes, or hold out less.")


def _gather(read: Callable[[Key], Row], keys: Iterable[Key]) -> Batch:
    rows = [read(key) for key in keys]
    check_sizes(rows)
    return to_batch(rows)
