"""The batches of one training, from the recipe's sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from lightning import LightningDataModule

from cliprt.data.batches import Row
from cliprt.data.columns import Needs
from cliprt.data.loader import EpochLoader, ResumableLoader, Share
from cliprt.data.mixture import MixtureLoader
from cliprt.data.rows import ChosenRows, JoinedRows, Rows, remember
from cliprt.data.samples import Recorded, SampleTable, load_samples
from cliprt.data.store import EpisodeStore
from cliprt.errors import VocabularyError
from cliprt.recipe.build import build_sources
from cliprt.recipe.schema import Component, Recipe, is_run
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view

GB = 1e9


class RowsDataModule(LightningDataModule):
    """Rows of one or several sources, and rows that were held out of them.

    Args:
        parts: Rows to learn from, and their weight beside the other parts'.
        validation: What is learned from -> the rows that were held out of it.
        batch_size: Rows of a training batch, over all processes.
        seed: Of the order.
        held_out: The run's episodes that they are of.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Rows, float]],
        validation: Mapping[str, Rows],
        batch_size: int,
        seed: int,
        held_out: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.held_out = tuple(dict.fromkeys(held_out))
        self.parts = tuple(parts)
        self.validation = dict(validation)
        self.batch_size = batch_size
        self.seed = seed

    @property
    def validation_rows(self) -> Rows:
        """All that was held out."""
        return JoinedRows(tuple(self.validation.values()))

    def training_rows(self) -> Iterator[Row]:
        """Every row to learn from, once."""
        for rows, _ in self.parts:
            yield from map(rows.read, range(len(rows)))

    def train_dataloader(self) -> ResumableLoader:
        """Shuffled batches, this process' share of each."""
        if len(self.parts) == 1:
            return EpochLoader(self.parts[0][0], self.batch_size, self.seed, self._share)
        return MixtureLoader(self.parts, self.batch_size, self.seed, self._share)

    def val_dataloader(self) -> list[ResumableLoader]:
        """The rows that were held out, set by set, in order; every process looks at all of them.

        Batches are as large as the pieces that are learned from, for which there is memory.
        """
        size = max(1, self.batch_size // self._share.parts)
        return [
            EpochLoader(rows, size, shuffle=False, drop_last=False)
            for rows in self.validation.values()
        ]

    @property
    def _share(self) -> Share:
        trainer: Any = self.trainer
        return Share(trainer.global_rank, trainer.world_size, trainer.accumulate_grad_batches)


def build_data(
    recipe: Recipe,
    store: EpisodeStore,
    needs: Needs,
    vocabulary: ActionVocabulary,
    episode_ids: Sequence[str] | None,
    corrections: Sequence[str] = (),
) -> RowsDataModule:
    """What the recipe's ``data`` section names, and the corrected episodes.

    Each source holds out what it says (`Rows.split`).  Each corrected step counts
    ``collaboration.weight`` times beside the run's own, and none is held out.

    Raises:
        StoreError: Rows that cannot be read, or none.
        VocabularyError: The vocabulary in use can say none of the steps.
    """
    budget = recipe.data.memory_gb * GB
    parts, held_out = [], []
    held: dict[str, Rows] = {}
    built = build_sources(recipe, Recorded(store, episode_ids))
    for component, (source, weight) in zip(recipe.data.sources, built, strict=True):
        found = source.open(needs, vocabulary)
        _tell(found)
        checked = found if needs.horizon else _Labelled(found, len(vocabulary.primitives))
        rows, budget = remember(checked, budget)
        split = found.split(recipe.trainer.holdout, recipe.seed)
        if len(split.validation):
            held[_name_apart(component, held)] = ChosenRows(rows, split.validation)
            if isinstance(found, SampleTable) and is_run(component):
                held_out += [found.episodes[row] for row in split.validation]
            rows = ChosenRows(rows, split.train)
        if corrections and is_run(component):
            corrected = load_samples(store, needs, corrections, label_view(vocabulary))
            _tell(corrected)
            once, budget = remember(corrected, budget)
            times = np.tile(np.arange(len(once)), recipe.collaboration.weight)
            rows = JoinedRows([rows, ChosenRows(once, times)])
        parts.append((rows, weight))
    return RowsDataModule(parts, held, recipe.trainer.batch_size, recipe.seed, held_out)


def _name_apart(source: Component, taken: Iterable[str]) -> str:
    """What the rows of a source are called: by its file or folder, and unlike others before it."""
    name = Path(str(source.options.get("path", ""))).name or source.name
    names = (name if n == 1 else f"{name} {n}" for n in count(1))
    return next(name for name in names if name not in taken)


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
