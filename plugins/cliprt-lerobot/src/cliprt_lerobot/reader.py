"""Data sets of LeRobot, versions 3.0 and 2.1: which episodes there are, their numbers and pictures.

Nothing is read before it is asked for, and then by column: numbers as they were written, bit for
bit, pictures one after the other.  What files say of each other is checked where it is used: which
rows are an episode's, how many there are, where its frames begin in a video.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.boundary import decode_picture
from cliprt.errors import StoreError, did_you_mean
from cliprt_lerobot.layout import EVENTS, PERSISTENT, Info, load_info
from cliprt_lerobot.listing import Entry, read_lists
from cliprt_lerobot.tables import Table, damaged, texts_of, to_numbers
from cliprt_lerobot.video import read_frames

MOST_LANGUAGE_ROWS = 1_000_000
"""Of one episode."""

NEAR = 0.45
"""How far a frame may be from its time, as a share of the time between two."""


class DataSet:
    """A data set in a folder.

    Args:
        root: Holds ``meta/``, ``data/`` and ``videos/``.
        linked: Whether files may be links, as in a cache of downloads.

    Attributes:
        info: What it says of itself.
        tasks: Number of a task -> the task in words.
        entries: The episodes, in order.

    Raises:
        StoreError: There is none, it is of another version, or damaged.
    """

    def __init__(self, root: Path, linked: bool = False) -> None:
        self.root = root
        self.within = None if linked else root
        self.info: Info = load_info(root, linked)
        self.tasks, self.entries = read_lists(root, self.within, self.info)
        # Most are read in order, a few files at a time.
        self.table = lru_cache(maxsize=4)(lambda path: Table(path, self.within))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers, texts and pictures that the first episode's file has."""
        if not self.entries:
            return ()
        return tuple(self.table(self.entries[0].path).schema.names)

    def numbers(self, entry: Entry, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """Columns of an episode's n frames, (n,) or (n, width), as they were written.

        Raises:
            StoreError: There is no such column, or it is damaged.
        """
        for key in keys:
            if key not in self.info.features:
                raise StoreError(
                    f"{self.root} has no feature {key!r}.{did_you_mean(key, self.info.features)}"
                    f" It has: {', '.join(self.info.features)}."
                )
        wanted = list(dict.fromkeys((*keys, "episode_index")))
        table = self._rows(entry, wanted)
        found = {key: to_numbers(table, key, entry.path) for key in wanted}
        if not (found["episode_index"] == entry.index).all():
            raise damaged(entry.path, f"its rows are not those of episode {entry.index}")
        return {key: found[key] for key in keys}

    def instructions(self, entry: Entry) -> list[str]:
        """The task of each frame, in words.

        Raises:
            StoreError: One is not among the tasks, or empty.
        """
        numbers = self.numbers(entry, ["task_index"])["task_index"].tolist()
        for number in set(numbers):
            if not self.tasks.get(number):
                text = f"episode {entry.index} is about task {number}, which nothing says in words"
                raise damaged(self.root, text)
        return [self.tasks[number] for number in numbers]

    def language(self, entry: Entry) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
        """What is said of an episode: what holds from a moment on, and what is said at each frame.

        Raises:
            StoreError: The columns are damaged.
        """
        there = [
            name for name in (PERSISTENT, EVENTS) if name in self.table(entry.path).schema.names
        ]
        table = self._rows(entry, there)
        lasting: list[dict[str, Any]] = []
        if PERSISTENT in there:  # every frame repeats it
            lasting = next((rows for rows in _lists(table, PERSISTENT, entry, 1) if rows), [])
        events: list[list[dict[str, Any]]] = [[]] * entry.length
        if EVENTS in there:
            events = list(_lists(table, EVENTS, entry, entry.length))
        return lasting, events

    def pictures(
        self, entry: Entry, key: str, frames: Sequence[int] | None = None
    ) -> Iterator[np.ndarray]:
        """What a camera saw at frames of an episode, uint8 (h, w, 3), RGB.

        Args:
            entry: The episode.
            key: The camera's feature.
            frames: Their numbers in the episode, rising; None = all.

        Raises:
            StoreError: One cannot be read, or is of another size than the data set says.
        """
        shape = tuple(self.info.features[key].shape)
        for image in self._pictures(entry, key, range(entry.length) if frames is None else frames):
            if image.shape not in (shape, (*shape[1:], shape[0])):
                text = f"a picture of {key!r} has the shape {image.shape}, not {shape}"
                raise damaged(entry.clips[key].path if key in entry.clips else entry.path, text)
            yield image

    def _pictures(self, entry: Entry, key: str, frames: Sequence[int]) -> Iterator[np.ndarray]:
        clip = entry.clips.get(key)
        if clip is not None:
            times = self.numbers(entry, ["timestamp"])["timestamp"].astype(np.float64)
            moments = (clip.from_s + times[list(frames)]).tolist()
            yield from read_frames(clip.path, self.within, moments, NEAR / self.info.fps)
            return
        column = self._rows(entry, [key]).column(key)
        for kept in (column[i].as_py() for i in frames):
            data = (kept or {}).get("bytes") if isinstance(kept, dict) else None
            if not isinstance(data, bytes):
                raise damaged(entry.path, f"a picture of {key!r} is not in it")
            try:
                yield decode_picture(data)
            except ValueError as error:
                raise damaged(entry.path, f"a picture of {key!r}: {error}") from error

    def _rows(self, entry: Entry, columns: Sequence[str]) -> Any:
        return self.table(entry.path).read(columns, entry.start, entry.start + entry.length)


def _lists(table: Any, name: str, entry: Entry, most: int) -> Iterator[list[dict[str, Any]]]:
    """The language of the first frames, a list each."""
    import pyarrow.compute as pc

    column = table.column(name).slice(0, most)
    try:
        total = pc.sum(pc.list_value_length(column)).as_py() or 0
    except Exception as error:  # no lists
        raise damaged(entry.path, f"the column {name!r} holds {column.type}") from error
    if total > MOST_LANGUAGE_ROWS:
        raise damaged(entry.path, f"the column {name!r} says {total} things in one episode")
    for rows in texts_of(column):
        yield [row for row in rows or () if isinstance(row, dict)]
