"""Data sets of LeRobot, versions 3.0 and 2.1: which episodes there are, their numbers and pictures.

Nothing is read before it is asked for, and then by column: numbers as they were written, bit for
bit, pictures one after the other.  What files say of each other is checked where it is used: which
rows are an episode's, how many there are, where its frames begin in a video.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.boundary import MOST_RECORD_BYTES, decode_picture, open_plain, parse_json
from cliprt.errors import StoreError, did_you_mean
from cliprt_lerobot.layout import (
    EVENTS,
    PERSISTENT,
    TASKS,
    VERSION,
    Info,
    file_path,
    load_info,
)
from cliprt_lerobot.tables import Table, damaged, texts_of, to_numbers
from cliprt_lerobot.video import read_frames

MOST_EPISODES = 1_000_000
MOST_FILES = 100_000
"""That list episodes."""

MOST_LANGUAGE_ROWS = 1_000_000
"""Of one episode."""

EPISODE_LINES = "meta/episodes.jsonl"
TASK_LINES = "meta/tasks.jsonl"
"""Of version 2.1."""

NEAR = 0.45
"""How far a frame may be from its time, as a share of the time between two."""


@dataclass(frozen=True)
class Clip:
    """Where an episode's frames are: a video, and when in it they begin [s]."""

    path: Path
    from_s: float


@dataclass(frozen=True)
class Entry:
    """One episode.

    Attributes:
        index: Its number in the data set.
        length: Frames.
        tasks: What it is about, in words.
        path: Parquet file with its rows.
        start: Its first row in there.
        clips: Feature of a camera -> its frames, where they are in a video.
    """

    index: int
    length: int
    tasks: tuple[str, ...]
    path: Path
    start: int
    clips: Mapping[str, Clip]


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
        self.info: Info = load_info(root)
        read = _read_v3 if self.info.codebase_version == VERSION else _read_v21
        self.tasks, entries = read(self)
        self.entries = tuple(entries)
        said = self.info.total_episodes
        if len(self.entries) != said:
            text = f"meta/info.json says {said} episodes, {len(self.entries)} are listed"
            raise damaged(root, text)
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

    def _pictures(
        self, entry: Entry, key: str, frames: Sequence[int]
    ) -> Iterator[np.ndarray]:
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


def _read_v3(one: DataSet) -> tuple[dict[int, str], Iterable[Entry]]:
    folder = one.root / "meta" / "episodes"
    paths = sorted(folder.glob("chunk-*/file-*.parquet"))
    if not paths or len(paths) > MOST_FILES:
        raise damaged(folder, f"{len(paths)} files there list episodes, not 1 to {MOST_FILES}")
    tasks = _tasks_v3(one)
    listed = [row for path in paths for row in _episode_rows(one, path)]
    if len(listed) > MOST_EPISODES:
        raise damaged(folder, f"it lists {len(listed)} episodes, more than {MOST_EPISODES}")
    first: dict[Path, int] = {}
    for path, row in listed:
        first[path] = min(first.get(path, row.start), row.start)
    entries = [
        Entry(e.index, e.length, e.tasks, e.path, e.start - first[path], e.clips)
        for path, e in listed
    ]
    return tasks, sorted(entries, key=lambda entry: entry.index)


def _tasks_v3(one: DataSet) -> dict[int, str]:
    """Number -> words; whether pandas has made the words an index or not."""
    import pyarrow as pa

    table = Table(one.root / TASKS, one.within)
    kinds = (pa.string(), pa.large_string())
    texts = [name for name in table.schema.names if table.schema.field(name).type in kinds]
    words = "task" if "task" in texts or not texts else texts[0]
    rows = table.read(["task_index", words], 0, len(table))
    numbers = to_numbers(rows, "task_index", table.path).tolist()
    return dict(zip(numbers, map(str, texts_of(rows.column(words))), strict=True))


def _episode_rows(one: DataSet, path: Path) -> Iterator[tuple[Path, Entry]]:
    """(data file, entry whose start is that in all files) of each episode that a file lists."""
    table = Table(path, one.within)
    cameras = [key for key, feature in one.info.features.items() if feature.dtype == "video"]
    places = {key: [f"videos/{key}/{part}" for part in _CLIP] for key in cameras}
    numbers = [*_PLACES, *(name for names in places.values() for name in names)]
    rows = table.read([*numbers, "tasks"], 0, len(table))
    found = {name: to_numbers(rows, name, path).tolist() for name in numbers}
    for i, tasks in enumerate(texts_of(rows.column("tasks"))):
        index, length, chunk, file, start, stop = (found[name][i] for name in _PLACES)
        if not 0 < length == stop - start or start < 0 or min(chunk, file, index) < 0:
            text = f"episode {index} has {length} frames, which are rows {start} to {stop}"
            raise damaged(path, text)
        clips = {}
        for key, (chunks, files, begins) in places.items():
            where = {"chunk_index": found[chunks][i], "file_index": found[files][i]}
            video = file_path(one.root, one.info.video_path or "", video_key=key, **where)
            clips[key] = Clip(video, float(found[begins][i]))
        data = file_path(one.root, one.info.data_path, chunk_index=chunk, file_index=file)
        words = tuple(map(str, tasks or ()))
        yield data, Entry(index, length, words, data, start, clips)


_PLACES = (
    "episode_index",
    "length",
    "data/chunk_index",
    "data/file_index",
    "dataset_from_index",
    "dataset_to_index",
)
_CLIP = ("chunk_index", "file_index", "from_timestamp")


def _read_v21(one: DataSet) -> tuple[dict[int, str], Iterable[Entry]]:
    tasks = {}
    for line in _lines(one, TASK_LINES):
        tasks[_whole(one, TASK_LINES, line, "task_index")] = str(line.get("task") or "")
    return tasks, [_entry_v21(one, line) for line in _lines(one, EPISODE_LINES)]


def _entry_v21(one: DataSet, line: Mapping[str, Any]) -> Entry:
    index, length = (_whole(one, EPISODE_LINES, line, key) for key in ("episode_index", "length"))
    where = {"episode_chunk": index // one.info.chunks_size, "episode_index": index}
    cameras = [key for key, feature in one.info.features.items() if feature.dtype == "video"]
    template = one.info.video_path or ""
    clips = {
        key: Clip(file_path(one.root, template, video_key=key, **where), 0.0) for key in cameras
    }
    tasks = line.get("tasks")
    words = tuple(map(str, tasks)) if isinstance(tasks, list) else ()
    data = file_path(one.root, one.info.data_path, **where)
    return Entry(index, length, words, data, 0, clips)


def _lines(one: DataSet, name: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a file, one a line."""
    path = one.root / name
    try:
        with open_plain(path, one.within) as file:
            import io

            lines = io.BufferedReader(file)
            for number in range(MOST_EPISODES + 1):
                line = lines.readline(MOST_RECORD_BYTES + 1)
                if not line:
                    return
                value = parse_json(line)
                if not isinstance(value, Mapping):
                    raise ValueError(f"line {number + 1} is no JSON object")
                yield value
        raise ValueError(f"it has more than {MOST_EPISODES} lines")
    except (OSError, ValueError) as error:
        if isinstance(error, StoreError):
            raise
        raise damaged(path, error) from error


def _whole(one: DataSet, name: str, line: Mapping[str, Any], key: str) -> int:
    value = line.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise damaged(one.root / name, f"{key!r} is {value!r:.40}, not a whole number")
    return value
