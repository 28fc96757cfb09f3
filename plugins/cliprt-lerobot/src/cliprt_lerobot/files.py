"""Rows and frames over as many files as they need: a large one is followed by another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cliprt_lerobot.layout import FILES_IN_A_CHUNK, VIDEO_PATH, file_path
from cliprt_lerobot.video import VideoWriter

MB = 1 << 20


class RowFiles:
    """Parquet files, a row group a table.

    Args:
        root: Of the data set.
        template: Where they lie.
        most_bytes: A file that has as many gets no further rows.
    """

    def __init__(self, root: Path, template: str, most_bytes: int) -> None:
        self._root, self._template, self._most = root, template, most_bytes
        self._number, self._path = -1, root
        self._writer: pq.ParquetWriter | None = None

    def place(self) -> tuple[int, int]:
        """Number of the folder and of the file in it that the next rows go to."""
        if self._writer is None or self._path.stat().st_size >= self._most:
            self.close()
            self._number += 1
            at = divmod(self._number, FILES_IN_A_CHUNK)
            self._path = file_path(self._root, self._template, **_indices(at))
        return divmod(self._number, FILES_IN_A_CHUNK)

    def add(self, table: pa.Table) -> None:
        """Append rows where `place` has said."""
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="snappy")
        self._writer.write_table(table, row_group_size=max(1, len(table)))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


class VideoFiles:
    """mp4 files of one camera.

    Args:
        root: Of the data set.
        key: The camera's feature.
        fps: Frames a second.
        shape: Of every frame, (h, w, 3).
        most_bytes: A file that has as many gets no further episode.
    """

    def __init__(
        self, root: Path, key: str, fps: int, shape: Sequence[int], most_bytes: int
    ) -> None:
        self._root, self._key, self._fps, self._most = root, key, fps, most_bytes
        self._height, self._width = shape[:2]
        self._number = -1
        self._writer: VideoWriter | None = None

    def add(self, pictures: Iterable[np.ndarray]) -> dict[str, float]:
        """Append an episode's frames; where they lie, as the list of episodes has it."""
        writer = self._open()
        start = writer.frames
        for picture in pictures:
            writer.add(picture)
        at = _indices(divmod(self._number, FILES_IN_A_CHUNK))
        moments = {"from_timestamp": start / self._fps, "to_timestamp": writer.frames / self._fps}
        return {f"videos/{self._key}/{name}": value for name, value in (at | moments).items()}

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def _open(self) -> VideoWriter:
        if self._writer is None or self._writer.bytes >= self._most:
            self.close()
            self._number += 1
            at = _indices(divmod(self._number, FILES_IN_A_CHUNK))
            path = file_path(self._root, VIDEO_PATH, video_key=self._key, **at)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = VideoWriter(path, self._fps, self._height, self._width)
        return self._writer


def tasks_table(tasks: Sequence[str]) -> pa.Table:
    """The tasks by number.

    Without the remark for pandas, which says that the words are the index, lerobot takes the
    numbers for the words, and says nothing.
    """
    kinds = {"task_index": ("int64", "int64"), "task": ("unicode", "object")}
    columns = [
        {"name": n, "field_name": n, "pandas_type": p, "numpy_type": t, "metadata": None}
        for n, (p, t) in kinds.items()
    ]
    index = {"name": None, "field_name": None, "metadata": {"encoding": "UTF-8"}}
    remark = {
        "index_columns": ["task"],
        "column_indexes": [index | {"pandas_type": "unicode", "numpy_type": "object"}],
        "columns": columns,
        "attributes": {},
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.3.3",
    }
    table = pa.table(
        {
            "task_index": pa.array(range(len(tasks)), pa.int64()),
            "task": pa.array(tasks, pa.string()),
        }
    )
    return table.replace_schema_metadata({"pandas": json.dumps(remark)})


def _indices(at: tuple[int, int]) -> dict[str, int]:
    return dict(zip(("chunk_index", "file_index"), at, strict=True))
