"""Writes a data set of version 3.0, an episode at a time, of which only numbers stay in memory.

Rows go to parquet files, an episode a row group, and frames to mp4 files that hold many episodes;
a file that has grown large is followed by another.  `finish` writes what is known at the end.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from cliprt_lerobot.files import MB, RowFiles, VideoFiles, tasks_table
from cliprt_lerobot.language import (
    EVENTS_TYPE,
    FEATURE,
    event_rows,
    motion_rows,
    repeated,
)
from cliprt_lerobot.layout import (
    DATA_FILE_MB,
    DATA_PATH,
    EPISODES_PATH,
    EVENTS,
    PERSISTENT,
    STATS,
    TASKS,
    VERSION,
    VIDEO_FILE_MB,
    Feature,
    Info,
    write_info,
)
from cliprt_lerobot.stats import Levels, Stats, of_numbers

COUNTED = {
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}
"""Columns that every data set has, and their types."""

_TYPES = {"float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_()}
_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_EPISODES_AT_ONCE = 100


@dataclass(frozen=True)
class Frames:
    """One episode to write.

    Attributes:
        task: In words.
        columns: Column -> a row a frame (n, k).
        pictures: Camera's feature -> how to see frame i, uint8 (h, w, 3).
        phrases: Of the motion of each frame; "" = it has none.
        said: By a person at each frame; "" = nothing.
        notes: What else the list of episodes says of it, plain values.
    """

    task: str
    columns: Mapping[str, np.ndarray]
    pictures: Mapping[str, Callable[[int], np.ndarray]]
    phrases: Sequence[str]
    said: Sequence[str]
    notes: Mapping[str, Any] = field(default_factory=dict)


class Writer:
    """Writes into an empty folder.

    Args:
        root: The folder.
        features: Columns and cameras; the counted ones and those of language are added.
        fps: Frames a second.
        robot_type: What the robot is called; "" = nobody said.
        most_bytes: Of a file of rows and of frames; a larger one gets no further episode.
    """

    def __init__(
        self,
        root: Path,
        features: Mapping[str, Feature],
        fps: int,
        robot_type: str = "",
        most_bytes: tuple[int, int] = (DATA_FILE_MB * MB, VIDEO_FILE_MB * MB),
    ) -> None:
        counted = {name: Feature(dtype, (1,)) for name, dtype in COUNTED.items()}
        language = {PERSISTENT: FEATURE, EVENTS: FEATURE}
        self.info = Info(
            VERSION, fps, {**features, **counted, **language}, robot_type=robot_type or None
        )
        self._root = root
        self._tasks: dict[str, int] = {}
        self._kept: dict[str, list[np.ndarray]] = {}
        self._levels = {key: Levels() for key, f in features.items() if f.is_picture}
        self._rows = RowFiles(root, DATA_PATH, most_bytes[0])
        self._episodes = RowFiles(root, EPISODES_PATH, most_bytes[0])
        self._waiting: list[dict[str, Any]] = []
        self._videos = {
            key: VideoFiles(root, key, fps, feature.shape, most_bytes[1])
            for key, feature in features.items()
            if feature.dtype == "video"
        }

    def add(self, episode: Frames) -> None:
        """Append one episode of at least one frame.

        Raises:
            StoreError: A picture cannot be read, or is of another size.
            OSError: The folder cannot be written.
        """
        number, first, fps = self.info.total_episodes, self.info.total_frames, self.info.fps
        count = len(episode.phrases)
        task = self._tasks.setdefault(episode.task, len(self._tasks))
        columns = {
            **episode.columns,
            "timestamp": (np.arange(count) / fps).astype(np.float32),
            "frame_index": np.arange(count),
            "episode_index": np.full(count, number),
            "index": np.arange(first, first + count),
            "task_index": np.full(count, task),
        }
        stats = {name: of_numbers(values) for name, values in columns.items()}
        for name, values in columns.items():
            self._kept.setdefault(name, []).append(values.reshape(count, -1))
        facts: dict[str, Any] = {
            "episode_index": number,
            "tasks": [episode.task],
            "length": count,
            "dataset_from_index": first,
            "dataset_to_index": first + count,
        }
        arrays = {name: self._array(name, values) for name, values in columns.items()}
        for key, picture in episode.pictures.items():
            levels = Levels()
            pictures = (levels.add(picture(index)) for index in range(count))
            if key in self._videos:
                facts |= self._videos[key].add(pictures)
            else:
                png = [{"bytes": _png(image), "path": None} for image in pictures]
                arrays[key] = pa.array(png, _PICTURE)
            stats[key] = levels.stats()
            self._levels[key].join(levels)
        arrays[PERSISTENT] = repeated(motion_rows(episode.phrases, fps), count)
        arrays[EVENTS] = pa.array(event_rows(episode.said), EVENTS_TYPE)
        facts["data/chunk_index"], facts["data/file_index"] = self._rows.place()
        self._rows.add(pa.table(arrays))
        self._note(facts | _flat(stats) | dict(episode.notes))
        self.info = replace(self.info, total_episodes=number + 1, total_frames=first + count)

    def finish(self) -> Info:
        """Close all files, and write what is known now: statistics, tasks, ``info.json``.

        Raises:
            OSError: The folder cannot be written.
        """
        for videos in self._videos.values():
            videos.close()
        self._write_episodes()
        self._rows.close()
        self._episodes.close()
        stats = {name: of_numbers(np.concatenate(rows)) for name, rows in self._kept.items()}
        stats |= {key: levels.stats() for key, levels in self._levels.items()}
        (self._root / STATS).write_text(json.dumps(stats, indent=4), encoding="utf-8")
        pq.write_table(tasks_table(list(self._tasks)), self._root / TASKS)
        self.info = replace(
            self.info,
            total_tasks=len(self._tasks),
            splits={"train": f"0:{self.info.total_episodes}"},
        )
        write_info(self._root, self.info)
        return self.info

    def _array(self, name: str, values: np.ndarray) -> pa.Array:
        feature = self.info.features[name]
        flat = pa.array(values.ravel(), _TYPES[feature.dtype])
        if feature.shape == (1,):
            return flat
        return pa.FixedSizeListArray.from_arrays(flat, feature.shape[0])

    def _note(self, facts: dict[str, Any]) -> None:
        self._waiting.append(facts)
        if len(self._waiting) == _EPISODES_AT_ONCE:
            self._write_episodes()

    def _write_episodes(self) -> None:
        if self._waiting:
            chunk, file = self._episodes.place()
            at = {"meta/episodes/chunk_index": chunk, "meta/episodes/file_index": file}
            self._episodes.add(pa.Table.from_pylist([facts | at for facts in self._waiting]))
            self._waiting = []


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _flat(stats: Mapping[str, Stats]) -> dict[str, Any]:
    return {f"stats/{key}/{name}": v for key, found in stats.items() for name, v in found.items()}
