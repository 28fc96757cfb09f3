"""Rows of recorded episodes: the run's own, or those of another run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cliprt.data.columns import Needs
from cliprt.data.layout import STEPS
from cliprt.data.samples import Recorded, SampleTable, load_samples
from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import StoreError
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view


class StoreSource(Source):
    """Steps of an episode store, whole demonstrations of which can be held out.

    Args:
        recorded: The run's episodes.
        path: A run folder or store of which all episodes but failed ones are learned from;
            "" = the run's own.
    """

    def __init__(self, recorded: Recorded | None = None, path: str = "") -> None:
        self.path = path
        self._recorded = recorded

    @property
    def identity(self) -> str:
        """Of the steps and images; the run's own episodes are named by their ids elsewhere."""
        if not self.path:
            return "run"
        store, ids = self._episodes()
        return identity_of(store, ids or ())

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> SampleTable:
        """See `Source.open`."""
        store, ids = self._episodes()
        return load_samples(store, needs, ids, label_view(vocabulary))

    def _episodes(self) -> Recorded:
        if self.path:
            store = find_store(Path(self.path))
            good = (header.id for header in store.headers() if header.success is not False)
            return Recorded(store, tuple(good))
        if self._recorded is None:
            raise StoreError("the source 'store' belongs to no run here; give it a path.")
        return self._recorded


def identity_of(store: EpisodeStore, ids: Iterable[str]) -> str:
    """Changes with the instructions, steps and images of some episodes; not with their names.

    Raises:
        StoreError: One of them is missing or damaged.
    """
    found = hashlib.sha256()
    for episode_id in ids:
        header = store.header(episode_id)
        found.update(f"{header.instruction}\n{header.meta.get('origin')}\n".encode())
        found.update((store.path / "episodes" / episode_id / STEPS).read_bytes())
    return found.hexdigest()
