"""Rows of WebDataset tars, as ``cliprt episodes export`` and ``cliprt data convert`` write them."""

from __future__ import annotations

import hashlib

from cliprt.data.columns import Needs
from cliprt.data.shard_index import expand_pattern
from cliprt.data.shards import ShardRows, load_indices
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view


class ShardsSource(Source):
    """Samples of tars on this machine.

    Args:
        path: Where they lie: a folder, of which the last tars are held out (``trainer.holdout``),
            or what is learned from, with braces for many: ``data/train-{000000..000003}.tar``.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def identity(self) -> str:
        """Of the tars' content, in order."""
        digests = [index.digest for index in load_indices(expand_pattern(self.path))]
        return hashlib.sha256("".join(digests).encode()).hexdigest()

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> ShardRows:
        """See `Source.open`."""
        return ShardRows(self.path, needs, label_view(vocabulary), len(vocabulary.primitives))
