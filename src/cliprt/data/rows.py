"""Training rows by number, wherever they are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from cliprt.data.batches import Row


class Rows(ABC):
    """A fixed number of rows, each read on its own, by several threads at once."""

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


class JoinedRows(Rows):
    """The rows of several, one after the other; nothing is copied."""

    def __init__(self, parts: Sequence[Rows]) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, index: int) -> Row:
        """Row `index` of all."""
        part = int(np.searchsorted(self._ends, index, side="right"))
        return self._parts[part].read(index - int(self._ends[part]) + len(self._parts[part]))
