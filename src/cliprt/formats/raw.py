"""Episodes from the folders of CLIP-RT's authors, read only (see :mod:`cliprt.data.raw`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cliprt.data.raw import survey_raw_episodes
from cliprt.errors import StoreError
from cliprt.formats.interface import Format, ToPrimitive
from cliprt.types import Episode


class RawFormat(Format):
    """``task_<i>/episode_<j>/*.json`` and ``*.png``.

    Args:
        camera: What to call the only image.
    """

    def __init__(self, camera: str = "scene") -> None:
        self.camera = camera

    def read(self, path: Path, to_primitive: ToPrimitive) -> Iterator[Episode | StoreError]:
        """See `Format.read`."""
        episodes, bad = survey_raw_episodes(path, self.camera, to_primitive)
        yield from episodes
        yield from bad
