"""Batches whose order follows from (seed, epoch), and that go on in the middle of an epoch.

Lightning keeps a loader's ``state_dict()`` in every checkpoint and gives it back on resume, so a
resumed training sees exactly the batches that an uninterrupted one would have seen.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
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


@dataclass(frozen=True)
class Share:
    """What of each batch is for one process.

    A batch is cut into pieces, one after the other; the processes deal out each piece in turn, so
    that all of them together learn from the same rows at each step, however many they are.

    Attributes:
        rank, processes: Which of how many.
        pieces: How many batches one step is made of (``trainer.accumulate``).
    """

    rank: int = 0
    processes: int = 1
    pieces: int = 1

    @property
    def parts(self) -> int:
        """Into how many parts a batch is cut in all."""
        return self.processes * self.pieces

    def of(self, batch: Sequence[Key]) -> list[Sequence[Key]]:
        """This process' part of each piece.

        >>> Share(1, 2, 2).of([0, 1, 2, 3, 4, 5, 6, 7])
        [[1, 3], [5, 7]]
        """
        size = -(-len(batch) // self.pieces)
        pieces = (batch[first : first + size] for first in range(0, len(batch), size))
        return [piece[self.rank :: self.processes] for piece in pieces]


WHOLE = Share()


class EpochLoader(ResumableLoader):
    """Batches in which every row comes once an epoch.

    Args:
        rows: Where they are.
        batch_size: Rows of a batch, over all processes; fewer rows give one batch of all of them.
        seed: Of the order.
        share: What of each batch is for this process.
        shuffle: False keeps the rows' order, for validation.
        drop_last: Leave out what does not fill a batch (other rows in every epoch).
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        seed: int = 0,
        share: Share = WHOLE,
        *,
        shuffle: bool = True,
        drop_last: bool = True,
    ) -> None:
        check_batching(len(rows), batch_size, share)
        self.rows = rows
        self.batch_size = min(batch_size, len(rows) // share.parts * share.parts)
        self._share = share
        self._shuffle = shuffle
        batches, left = divmod(len(rows), self.batch_size)
        super().__init__((batches + (left > 0 and not drop_last)) * share.pieces, seed)

    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of one epoch; skipping costs nothing."""
        order = self.rows.order(self.seed, number) if self._shuffle else np.arange(len(self.rows))
        starts = range(0, len(self) // self._share.pieces * self.batch_size, self.batch_size)
        steps = (order[start : start + self.batch_size].tolist() for start in starts)
        mine = chain.from_iterable(map(self._share.of, steps))
        return read_ahead(self.rows.read, islice(mine, skip, None))


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


def check_batching(rows: int, batch_size: int, share: Share) -> None:
    """Raise unless there is a batch, and a row of it for each process and piece.

    Raises:
        UsageError: There is not.
    """
    if batch_size < 1 or batch_size % share.parts:
        allowed = f"multiples of {share.parts}" if share.parts > 1 else "1 or more"
        raise UsageError(f"batch_size is {batch_size}. Allowed: {allowed}; change it.")
    if rows < share.parts:
        few = f"{rows} rows are too few for {share.parts} parts" if rows else "there is no row"
        raise UsageError(f"{few} to make batches of; record episodes, or hold out less.")


def _gather(read: Callable[[Key], Row], keys: Iterable[Key]) -> Batch:
    rows = [read(key) for key in keys]
    check_sizes(rows)
    return to_batch(rows)
