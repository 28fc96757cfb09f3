"""Rows of WebDataset tars, as ``cliprt episodes export`` writes them."""

from __future__ import annotations

import hashlib

from cliprt.data.columns import Needs
from cliprt.data.shard_index import expand_pattern
from cliprt.data.shards import ShardRows, load_indices
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view


class ShardsSource(Source):
    """Samples of tars on this machine; nothing is held out.

    Args:
        path: Where they lie, with braces for many, e.g. ``data/train-{000000..000003}.tar``.
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
