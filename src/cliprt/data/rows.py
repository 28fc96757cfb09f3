"""Training rows by number, wherever they are kept."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from cliprt.data.batches import Row
from cliprt.errors import StoreError

_REACH = 10_000
_MOST_HELD_OUT = 2048


class Holdout(NamedTuple):
    """Row numbers of the two sides of a split, ascending, int64."""

    train: np.ndarray
    validation: np.ndarray


class Rows(ABC):
    """A fixed number of rows, each read on its own, by several threads at once.

    Attributes:
        remarks: What a person should be told before learning from them, one sentence each.
    """

    remarks: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @abstractmethod
    def read(self, index: int) -> Row:
        """Row `index`, 0 <= index < len(self)."""

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Every row's number once (n), shuffled; it follows from (seed, epoch).

        Rows that are cheap to read only one after the other shuffle within reach instead.
        """
        return np.random.default_rng([seed, epoch]).permutation(len(self))

    def split(self, share: float, seed: int) -> Holdout:
        """Which rows are learned from, and which show how training goes; by default all and none.

        What is held out is unlike the rest: whole demonstrations, or the last files.

        Args:
            share: Of the rows to hold out, about, 0 to 1.
            seed: Of the choice.
        """
        return Holdout(np.arange(len(self)), np.arange(0))


def order_nearby(parts: np.ndarray, count: int, seed: int, epoch: int) -> np.ndarray:
    """Every row's number once (n), so that reading stays near on the disk.

    The parts (files) come in a shuffled order, and 10,000 rows at a time are shuffled.

    Args:
        parts: Which one each row is in, ascending, int (n,).
        count: Parts, with rows or without.
        seed: Of the order.
        epoch: Another one has another order.
    """
    rng = np.random.default_rng([seed, epoch])
    first = np.searchsorted(parts, np.arange(count + 1))
    shuffled = rng.permutation(count)
    numbers = np.concatenate([np.arange(first[part], first[part + 1]) for part in shuffled])
    for start in range(0, len(numbers), _REACH):
        rng.shuffle(numbers[start : start + _REACH])
    return numbers


def hold_out_last(parts: np.ndarray, count: int, share: float) -> Holdout:
    """The rows of the last parts (files) held out; 2,048 of them, evenly spread, are looked at.

    Args:
        parts: Which one each row is in, ascending, int (n,).
        count: Parts; of one nothing is held out.
        share: Of the parts, at least one and not all; 0 holds out nothing.
    """
    return _hold_out(parts, np.arange(count), share)


def hold_out_some(parts: np.ndarray, count: int, share: float, seed: int) -> Holdout:
    """Like `hold_out_last`, but parts (demonstrations) that the seed chooses, in any order."""
    return _hold_out(parts, np.random.default_rng(seed).permutation(count), share)


def _hold_out(parts: np.ndarray, turns: np.ndarray, share: float) -> Holdout:
    everything = np.arange(len(parts))
    if len(turns) < 2 or not share:
        return Holdout(everything, everything[:0])
    last = min(max(1, round(share * len(turns))), len(turns) - 1)
    held = np.isin(parts, turns[-last:])
    rows = np.flatnonzero(held)
    chosen = np.linspace(0, len(rows) - 1, min(_MOST_HELD_OUT, len(rows)))
    return Holdout(np.flatnonzero(~held), rows[chosen.astype(np.int64)])


class ChosenRows(Rows):
    """Some rows of others, in this order, each as often as it is named; nothing is copied."""

    def __init__(self, rows: Rows, chosen: Sequence[int] | np.ndarray) -> None:
        self._rows = rows
        self._chosen = np.asarray(chosen, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._chosen)

    def read(self, index: int) -> Row:
        """Row `index` of those chosen."""
        return self._rows.read(int(self._chosen[index]))

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Where the others have an order of their own, theirs."""
        if getattr(self._rows.order, "__func__", None) is Rows.order:
            return super().order(seed, epoch)
        turn = np.empty(len(self._rows), dtype=np.int64)
        turn[self._rows.order(seed, epoch)] = np.arange(len(self._rows))
        return np.argsort(turn[self._chosen], kind="stable")


class JoinedRows(Rows):
    """The rows of several, one after the other; nothing is copied."""

    def __init__(self, parts: Sequence[Rows]) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._parts else 0

    def read(self, index: int) -> Row:
        """Row `index` of all."""
        part = int(np.searchsorted(self._ends, index, side="right"))
        return self._parts[part].read(index - int(self._ends[part]) + len(self._parts[part]))


class RememberedRows(Rows):
    """Rows that were all read once, and are kept in memory; their order is that of the others.

    Raises:
        StoreError: Their images differ in size; and what reading one raises.
    """

    def __init__(self, rows: Rows) -> None:
        self.remarks = rows.remarks
        self.order = rows.order  # type: ignore[method-assign]
        self._rows: list[Row] = []
        # PNG decoding lets go of the interpreter's lock, so threads use every core.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for row in _stop_at_error(pool.map(rows.read, range(len(rows))), pool):
                check_sizes([*self._rows[:1], row])
                self._rows.append(row)

    def __len__(self) -> int:
        return len(self._rows)

    def read(self, index: int) -> Row:
        """Row `index`."""
        return self._rows[index]


def remember(rows: Rows, budget_bytes: float) -> tuple[Rows, float]:
    """The rows kept in memory where they fit, else as they are; and what is left of the budget."""
    size = len(rows) * sum(image.nbytes for image in rows.read(0).images.values())
    if size > budget_bytes:
        return rows, budget_bytes
    return RememberedRows(rows), budget_bytes - size


def check_sizes(rows: Sequence[Row]) -> None:
    """Raise unless the images of a camera are of one size.

    Raises:
        StoreError: They are not.
    """
    for camera in rows[0].images:
        sizes = {_size(row.images[camera]): row for row in rows}
        if len(sizes) > 1:
            (other, row), (one, _) = list(sizes.items())[-1], next(iter(sizes.items()))
            raise StoreError(
                f"the {camera!r} image of {row.where or 'a row'} is {other}, others are {one};"
                " choose episodes, or write shards, with images of one size."
            )


def _stop_at_error(results: Iterator[Row], pool: ThreadPoolExecutor) -> Iterator[Row]:
    try:
        yield from results
    finally:
        pool.shutdown(cancel_futures=True)


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} x {image.shape[0]} px"
