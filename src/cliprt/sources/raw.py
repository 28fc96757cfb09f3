"""Rows of the folders in which CLIP-RT's authors published their demonstrations."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from cliprt.data.boundary import MOST_IMAGE_BYTES, read_plain
from cliprt.data.columns import Needs
from cliprt.data.raw import load_raw_episodes
from cliprt.data.samples import SampleTable, tabulate
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view


class RawSource(Source):
    """Steps of ``task_<i>/episode_<j>`` folders (see :mod:`cliprt.data.raw`).

    Args:
        path: Holds the ``task_<i>`` folders.
        camera: What the only image is called.
    """

    def __init__(self, path: str, camera: str = "scene") -> None:
        self.path = path
        self.camera = camera

    @property
    def identity(self) -> str:
        """Of the names and content of all steps' files."""
        found = hashlib.sha256()
        for path in sorted(Path(self.path).glob("**/episode_*/*.*")):
            if path.suffix in (".json", ".png"):
                name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}\n"
                found.update(os.fsencode(name))
                with suppress(OSError):  # `open` will say what is wrong with it
                    found.update(read_plain(path, MOST_IMAGE_BYTES, path.parent))
        return found.hexdigest()

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> SampleTable:
        """See `Source.open`."""
        episodes = load_raw_episodes(self.path, self.camera)
        return tabulate(episodes, needs, label_view(vocabulary), self.path)
