"""The batches of one training: from the run's episodes, or from WebDataset shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from lightning import LightningDataModule

from cliprt.data.columns import Needs
from cliprt.data.loader import EpochLoader, ResumableLoader
from cliprt.data.rows import ChosenRows, JoinedRows, Rows
from cliprt.data.samples import SampleTable, holdout, load_samples
from cliprt.data.shards import ShardLoader
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError, VocabularyError
from cliprt.recipe.schema import Recipe
from cliprt.training.pieces import PieceLoader, cut
from cliprt.vocabularies.interface import ActionVocabulary

VALIDATION_BATCH = 256


class EpisodeDataModule(LightningDataModule):
    """Steps of recorded episodes, whole demonstrations of them held out for validation.

    Args:
        table: Every step that may be learned from.
        batch_size: Rows of a training batch.
        share: Of the demonstrations, held out.
        seed: Of the order and of what is held out.
        corrections: Steps that are learned from too; none of them is held out.
    """

    def __init__(
        self,
        table: SampleTable,
        batch_size: int,
        share: float,
        seed: int,
        corrections: Rows | None = None,
    ) -> None:
        super().__init__()
        split = holdout(table, share, seed)
        taught = ChosenRows(table, split.train)
        self.training_rows = JoinedRows([taught, corrections]) if corrections else taught
        self.validation_rows = ChosenRows(table, split.validation)
        self.batch_size = batch_size
        self.seed = seed

    def train_dataloader(self) -> ResumableLoader | PieceLoader:
        """Shuffled batches, this process' share of them."""
        rank, replicas = _process_of(self.trainer)
        loader = EpochLoader(
            self.training_rows, self.batch_size, self.seed, rank=rank, replicas=replicas
        )
        return cut(loader, self.trainer)

    def val_dataloader(self) -> ResumableLoader | list[Any]:
        """The rows that were held out, in order."""
        if not len(self.validation_rows):
            return []
        return EpochLoader(self.validation_rows, VALIDATION_BATCH, shuffle=False, drop_last=False)


class ShardDataModule(LightningDataModule):
    """Samples of WebDataset tars; nothing is held out.

    Args:
        pattern: Brace pattern of the tars.
        cameras: Images to read.
        batch_size: Samples of a batch.
        seed: Of the order.
    """

    def __init__(self, pattern: str, cameras: Sequence[str], batch_size: int, seed: int) -> None:
        super().__init__()
        self.pattern = pattern
        self.cameras = tuple(cameras)
        self.batch_size = batch_size
        self.seed = seed

    def train_dataloader(self) -> ResumableLoader | PieceLoader:
        """Shuffled batches, this process' share of them."""
        rank, replicas = _process_of(self.trainer)
        loader = ShardLoader(
            self.pattern, self.cameras, self.batch_size, self.seed, rank=rank, replicas=replicas
        )
        return cut(loader, self.trainer)


def build_data(
    recipe: Recipe,
    store: EpisodeStore,
    needs: Needs,
    vocabulary: ActionVocabulary,
    episode_ids: Sequence[str] | None,
    corrections: Sequence[str] = (),
) -> LightningDataModule:
    """What the recipe's ``data`` section names, and the corrected episodes.

    Each corrected step counts ``collaboration.weight`` times.

    Raises:
        StoreError: Episodes or shards that cannot be read, or hold nothing to learn from.
        VocabularyError: Steps were recorded with a larger vocabulary.
        UsageError: A data source that there is not.
    """
    batch_size, seed = recipe.trainer.batch_size, recipe.seed
    if recipe.data.source == "shards":
        return ShardDataModule(recipe.data.shards, needs.cameras, batch_size, seed)
    if recipe.data.source != "store":
        raise UsageError(f"data.source cannot be {recipe.data.source!r}. Allowed: store, shards.")
    table = load_samples(store, needs, episode_ids)
    _check_labels(table, vocabulary)
    corrected = None
    if corrections:
        once = load_samples(store, needs, corrections)
        _check_labels(once, vocabulary)
        times = recipe.collaboration.weight
        corrected = ChosenRows(once, np.tile(np.arange(len(once)), times))
    return EpisodeDataModule(table, batch_size, recipe.trainer.holdout, seed, corrected)


def _check_labels(table: SampleTable, vocabulary: ActionVocabulary) -> None:
    largest = int(table.labels.max())
    if largest >= len(vocabulary.primitives):
        episode = table.episodes[int(table.labels.argmax())]
        raise VocabularyError(
            f"episode {episode!r} holds the label {largest}, but the vocabulary"
            f" {vocabulary.name!r} ends at {len(vocabulary.primitives) - 1}: it was recorded with"
            " another vocabulary. Use that one, or record again."
        )


def _process_of(trainer: Any) -> tuple[int, int]:
    """(number of this process, how many there are)."""
    return trainer.global_rank, trainer.world_size
