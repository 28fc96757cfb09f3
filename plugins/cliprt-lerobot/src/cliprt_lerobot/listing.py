"""Which episodes a data set has, and where each lies: the lists in ``meta/``.

Version 3.0 has them as Parquet files, 2.1 as lines of JSON.  What is said there is checked as far
as it can be without the files that it is about.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cliprt.data.boundary import MOST_RECORD_BYTES, open_plain, parse_json
from cliprt.errors import StoreError
from cliprt_lerobot.columns import OURS
from cliprt_lerobot.layout import TASKS, VERSION, Info, file_path
from cliprt_lerobot.tables import Table, damaged, texts_of, to_numbers

MOST_EPISODES = 1_000_000
MOST_FILES = 100_000
"""That list episodes."""

EPISODE_LINES = "meta/episodes.jsonl"
TASK_LINES = "meta/tasks.jsonl"
"""Of version 2.1."""

NOTES = (f"{OURS}episode", f"{OURS}source", f"{OURS}origin")


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
        notes: What cliprt has noted of it: whose it was, as in ``{"cliprt.episode": "pick-2"}``.
    """

    index: int
    length: int
    tasks: tuple[str, ...]
    path: Path
    start: int
    clips: Mapping[str, Clip]
    notes: Mapping[str, str] = field(default_factory=dict)


class _Meta(NamedTuple):
    root: Path
    within: Path | None
    info: Info


def read_lists(
    root: Path, within: Path | None, info: Info
) -> tuple[dict[int, str], tuple[Entry, ...]]:
    """The tasks in words, by number, and the episodes in order.

    Args:
        root: Of the data set.
        within: See :class:`cliprt_lerobot.tables.Table`.
        info: What it says of itself.

    Raises:
        StoreError: A list is missing, damaged or beyond the bounds, or has another length.
    """
    read = _read_v3 if info.codebase_version == VERSION else _read_v21
    tasks, entries = read(_Meta(root, within, info))
    if len(entries) != info.total_episodes:
        said = f"meta/info.json says {info.total_episodes} episodes, {len(entries)} are listed"
        raise damaged(root, said)
    return tasks, tuple(sorted(entries, key=lambda entry: entry.index))


def _read_v3(at: _Meta) -> tuple[dict[int, str], list[Entry]]:
    folder = at.root / "meta" / "episodes"
    paths = sorted(folder.glob("chunk-*/file-*.parquet"))
    if not paths or len(paths) > MOST_FILES:
        raise damaged(folder, f"{len(paths)} files there list episodes, not 1 to {MOST_FILES}")
    tasks = _tasks_v3(at)
    listed = [row for path in paths for row in _episode_rows(at, path)]
    if len(listed) > MOST_EPISODES:
        raise damaged(folder, f"it lists {len(listed)} episodes, more than {MOST_EPISODES}")
    first: dict[Path, int] = {}
    for path, row in listed:
        first[path] = min(first.get(path, row.start), row.start)
    return tasks, [replace(entry, start=entry.start - first[path]) for path, entry in listed]


def _tasks_v3(at: _Meta) -> dict[int, str]:
    """Number -> words; whether pandas has made the words an index or not."""
    import pyarrow as pa

    table = Table(at.root / TASKS, at.within)
    kinds = (pa.string(), pa.large_string())
    texts = [name for name in table.schema.names if table.schema.field(name).type in kinds]
    words = "task" if "task" in texts or not texts else texts[0]
    rows = table.read(["task_index", words], 0, len(table))
    numbers = to_numbers(rows, "task_index", table.path).tolist()
    return dict(zip(numbers, map(str, texts_of(rows.column(words))), strict=True))


def _episode_rows(at: _Meta, path: Path) -> Iterator[tuple[Path, Entry]]:
    """(data file, entry whose start is that in all files) of each episode that a file lists."""
    table = Table(path, at.within)
    cameras = [key for key, feature in at.info.features.items() if feature.dtype == "video"]
    places = {key: [f"videos/{key}/{part}" for part in _CLIP] for key in cameras}
    numbers = [*_PLACES, *(name for names in places.values() for name in names)]
    noted = [name for name in NOTES if name in table.schema.names]
    rows = table.read([*numbers, "tasks", *noted], 0, len(table))
    notes = {name: list(texts_of(rows.column(name))) for name in noted}
    found = {name: to_numbers(rows, name, path).tolist() for name in numbers}
    for i, tasks in enumerate(texts_of(rows.column("tasks"))):
        index, length, chunk, file, start, stop = (found[name][i] for name in _PLACES)
        if not 0 < length == stop - start or start < 0 or min(chunk, file, index) < 0:
            text = f"episode {index} has {length} frames, which are rows {start} to {stop}"
            raise damaged(path, text)
        clips = {}
        for key, (chunks, files, begins) in places.items():
            where = {"chunk_index": found[chunks][i], "file_index": found[files][i]}
            video = file_path(at.root, at.info.video_path or "", video_key=key, **where)
            from_s = float(found[begins][i])
            if not 0 <= from_s < np.inf:
                raise damaged(path, f"frames of episode {index} are said to be from {from_s} s")
            clips[key] = Clip(video, from_s)
        data = file_path(at.root, at.info.data_path, chunk_index=chunk, file_index=file)
        words = tuple(map(str, tasks or ()))
        noticed = {name: str(values[i]) for name, values in notes.items() if values[i]}
        yield data, Entry(index, length, words, data, start, clips, noticed)


_PLACES = (
    "episode_index",
    "length",
    "data/chunk_index",
    "data/file_index",
    "dataset_from_index",
    "dataset_to_index",
)
_CLIP = ("chunk_index", "file_index", "from_timestamp")


def _read_v21(at: _Meta) -> tuple[dict[int, str], list[Entry]]:
    tasks = {}
    for line in _lines(at, TASK_LINES):
        tasks[_whole(at, TASK_LINES, line, "task_index")] = str(line.get("task") or "")
    return tasks, [_entry_v21(at, line) for line in _lines(at, EPISODE_LINES)]


def _entry_v21(at: _Meta, line: Mapping[str, Any]) -> Entry:
    index, length = (_whole(at, EPISODE_LINES, line, key) for key in ("episode_index", "length"))
    where = {"episode_chunk": index // at.info.chunks_size, "episode_index": index}
    cameras = [key for key, feature in at.info.features.items() if feature.dtype == "video"]
    template = at.info.video_path or ""
    clips = {
        key: Clip(file_path(at.root, template, video_key=key, **where), 0.0) for key in cameras
    }
    tasks = line.get("tasks")
    words = tuple(map(str, tasks)) if isinstance(tasks, list) else ()
    data = file_path(at.root, at.info.data_path, **where)
    return Entry(index, length, words, data, 0, clips)


def _lines(at: _Meta, name: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a file, one a line."""
    path = at.root / name
    try:
        with open_plain(path, at.within) as file:
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


def _whole(at: _Meta, name: str, line: Mapping[str, Any], key: str) -> int:
    value = line.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise damaged(at.root / name, f"{key!r} is {value!r:.40}, not a whole number")
    return value
