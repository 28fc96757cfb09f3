"""Batches cut into pieces that are learned from one after the other, in one optimiser step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from cliprt.data.batches import Batch
from cliprt.data.loader import ResumableLoader
from cliprt.errors import UsageError


class PieceLoader:
    """A loader's batches, each in equally large pieces; what is left over is left out.

    Args:
        loader: Of whole batches.
        pieces: Of each.
    """

    def __init__(self, loader: ResumableLoader, pieces: int) -> None:
        self._loader = loader
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._loader) * self._pieces

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._loader:
            rows = len(batch["instruction"]) // self._pieces
            if not rows:
                raise UsageError(
                    f"a batch of {len(batch['instruction'])} rows cannot be cut into"
                    f" {self._pieces} pieces. Record more episodes, or use trainer.accumulate=1"
                )
            for first in range(0, rows * self._pieces, rows):
                yield _rows_of(batch, slice(first, first + rows))

    def state_dict(self) -> dict[str, Any]:
        """The loader's; asked for after a whole batch only."""
        return self._loader.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state`, as the loader does."""
        self._loader.load_state_dict(state)


def cut(loader: ResumableLoader, trainer: Any) -> ResumableLoader | PieceLoader:
    """The loader, for a trainer that accumulates the gradients of several pieces or of one."""
    pieces = trainer.accumulate_grad_batches
    return PieceLoader(loader, pieces) if pieces > 1 else loader


def _rows_of(batch: Any, rows: slice) -> Any:
    """Some rows of every column."""
    if isinstance(batch, dict):
        return {name: _rows_of(column, rows) for name, column in batch.items()}
    return batch[rows] if isinstance(batch, Tensor | list) else batch
