"""The batches of one training, from the recipe's sources."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from lightning import LightningDataModule

from cliprt.data.batches import Row
from cliprt.data.columns import Needs
from cliprt.data.loader import EpochLoader, ResumableLoader, Share
from cliprt.data.mixture import MixtureLoader
from cliprt.data.rows import ChosenRows, JoinedRows, Rows, remember
from cliprt.data.samples import Recorded, SampleTable, holdout, load_samples
from cliprt.data.store import EpisodeStore
from cliprt.errors import VocabularyError
from cliprt.recipe.build import build_sources
from cliprt.recipe.schema import Recipe, is_run
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view

VALIDATION_BATCH = 256
GB = 1e9


class RowsDataModule(LightningDataModule):
    """Rows of one or several sources, and rows that were held out of them.

    Args:
        parts: Rows to learn from, and their weight beside the other parts'.
        validation: Rows that were held out.
        batch_size: Rows of a training batch, over all processes.
        seed: Of the order.
        held_out: The run's episodes that they are of.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Rows, float]],
        validation: Sequence[Rows],
        batch_size: int,
        seed: int,
        held_out: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.held_out = tuple(dict.fromkeys(held_out))
        self.parts = tuple(parts)
        self.validation_rows = JoinedRows(validation)
        self.batch_size = batch_size
        self.seed = seed

    def training_rows(self) -> Iterator[Row]:
        """Every row to learn from, once."""
        for rows, _ in self.parts:
            yield from map(rows.read, range(len(rows)))

    def train_dataloader(self) -> ResumableLoader:
        """Shuffled batches, this process' share of each."""
        trainer: Any = self.trainer
        share = Share(trainer.global_rank, trainer.world_size, trainer.accumulate_grad_batches)
        if len(self.parts) == 1:
            return EpochLoader(self.parts[0][0], self.batch_size, self.seed, share)
        return MixtureLoader(self.parts, self.batch_size, self.seed, share)

    def val_dataloader(self) -> ResumableLoader | list[Any]:
        """The rows that were held out, in order; every process looks at all of them."""
        if not len(self.validation_rows):
            return []
        return EpochLoader(self.validation_rows, VALIDATION_BATCH, shuffle=False, drop_last=False)


def build_data(
    recipe: Recipe,
    store: EpisodeStore,
    needs: Needs,
    vocabulary: ActionVocabulary,
    episode_ids: Sequence[str] | None,
    corrections: Sequence[str] = (),
) -> RowsDataModule:
    """What the recipe's ``data`` section names, and the corrected episodes.

    Whole demonstrations are held out of every source that is a table of episodes.  Each corrected
    step counts ``collaboration.weight`` times beside the run's own, and none is held out.

    Raises:
        StoreError: Rows that cannot be read, or none.
        VocabularyError: The vocabulary in use can say none of the steps.
    """
    budget = recipe.data.memory_gb * GB
    parts, held, held_out = [], [], []
    built = build_sources(recipe, Recorded(store, episode_ids))
    for component, (source, weight) in zip(recipe.data.sources, built, strict=True):
        found = source.open(needs, vocabulary)
        _tell(found)
        checked = found if needs.horizon else _Labelled(found, len(vocabulary.primitives))
        rows, budget = remember(checked, budget)
        if isinstance(found, SampleTable):
            split = holdout(found, recipe.trainer.holdout, recipe.seed)
            held.append(ChosenRows(rows, split.validation))
            held_out += [found.episodes[row] for row in split.validation if is_run(component)]
            rows = ChosenRows(rows, split.train)
        if corrections and is_run(component):
            corrected = load_samples(store, needs, corrections, label_view(vocabulary))
            _tell(corrected)
            once, budget = remember(corrected, budget)
            times = np.tile(np.arange(len(once)), recipe.collaboration.weight)
            rows = JoinedRows([rows, ChosenRows(once, times)])
        parts.append((rows, weight))
    return RowsDataModule(parts, held, recipe.trainer.batch_size, recipe.seed, held_out)


def _tell(rows: Rows) -> None:
    for remark in rows.remarks:
        print(f"  {remark}", file=sys.stderr)


class _Labelled(Rows):
    """The rows of others, each of whose labels has to be one of the vocabulary's."""

    def __init__(self, rows: Rows, labels: int) -> None:
        self.order = rows.order  # type: ignore[method-assign]
        self._rows, self._labels = rows, labels

    def __len__(self) -> int:
        return len(self._rows)

    def read(self, index: int) -> Row:
        """Row `index`."""
        row = self._rows.read(index)
        if row.label not in range(self._labels):
            raise VocabularyError(
                f"{row.where or f'row {index}'} has the label {row.label}. Allowed: 0 to"
                f" {self._labels - 1}, those of the vocabulary in use. Correct the source."
            )
        return row
