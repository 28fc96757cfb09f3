"""Parquet files that others may have written: by column, by span of rows, within bounds.

What a file says of itself is looked at before anything is decoded: how long its footer is, how many
columns it has, and what the wanted columns of the wanted rows would take.  Texts and pictures are
read as dictionaries, so that a long one that stands in a million rows is in memory once.  Metadata
is kept as bytes and never run; pandas is not asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from cliprt.data.boundary import open_plain
from cliprt.errors import MissingExtraError, StoreError
from cliprt_lerobot.footer import MOST_FOOTER_BYTES, MOST_LISTED, read_footer

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

MOST_READ_BYTES = 1 << 30
"""What one read may take in memory; LeRobot begins a new file at 100 MB."""

MOST_REMEMBERED = 3
"""Reads of a file that are kept: numbers, pictures, language."""

_INDEX = 4  # of a dictionary, a value [bytes]


class Table:
    """A Parquet file.

    Args:
        path: Of the file.
        within: Folder from which on nothing on the way to it may be a link; None follows links.

    Raises:
        StoreError: It cannot be read, or is beyond the bounds.
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, path: Path, within: Path | None) -> None:
        self.path = path
        self._within = within
        self._read: dict[Any, pa.Table] = {}
        self._lock = Lock()
        try:
            with open_plain(path, within) as file:
                self._groups = read_footer(file)
        except (OSError, ValueError) as error:
            raise damaged(path, error) from error
        self._plain = self._open()
        self.schema: pa.Schema = self._plain.schema_arrow
        self._ends = np.cumsum([group.rows for group in self._groups], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @property
    def groups(self) -> int:
        """How many groups of rows it has."""
        return len(self._ends)

    @property
    def compression(self) -> str:
        """What most of its columns are compressed with, as pyarrow's writer has it."""
        chunks = self._groups[0].chunks if self._groups else ()
        codecs = Counter(chunk.codec for chunk in chunks).most_common(1)
        return codecs[0][0] if codecs else "snappy"

    def span(self, group: int) -> tuple[int, int]:
        """The first row of a group, and the one after its last."""
        return int(self._ends[group - 1]) if group else 0, int(self._ends[group])

    def read(self, columns: Sequence[str], start: int, stop: int, coded: bool = True) -> pa.Table:
        """Some columns of the rows `start` to `stop`.

        Args:
            columns: Their names.
            start, stop: Numbers of rows.
            coded: Texts and pictures as dictionaries; else of the types that they have.

        Raises:
            StoreError: It lacks one of them, or cannot be read.
        """
        lacking = [name for name in columns if name not in self.schema.names]
        if lacking:
            raise damaged(self.path, f"it has no column {lacking[0]!r}")
        if not 0 <= start <= stop <= len(self):
            raise damaged(self.path, f"it has {len(self)} rows, not {start} to {stop}")
        first = int(np.searchsorted(self._ends, start, side="right"))
        last = int(np.searchsorted(self._ends, stop, side="left"))
        groups = list(range(first, min(last + 1, self.groups)))
        wanted = tuple(columns), tuple(groups), coded
        with self._lock:  # a decoder seeks in its file
            if wanted not in self._read:  # groups hold many episodes where others wrote them
                self._check_size(columns, groups)
                while len(self._read) >= MOST_REMEMBERED:
                    self._read.pop(next(iter(self._read)))
                self._read[wanted] = self._decode(columns, groups, coded)
            table = self._read[wanted]
        return table.slice(start - (self.span(first)[0] if groups else 0), stop - start)

    def read_group(self, group: int) -> pa.Table:
        """All columns of a group's rows, of the types that they were written with.

        Raises:
            StoreError: It cannot be read, or is too large.
        """
        import pyarrow.compute as pc

        names = self.schema.names
        self._check_size(names, [group])
        texts = [name for name in names if _is_text(self.schema.field(name).type)]
        if texts:  # Arrow itself lets no nested one grow beyond 2 GiB
            coded = _decode(self.path, self._coded, texts, [group])
            chunks = [chunk for column in coded.columns for chunk in column.chunks]
            sizes = (pc.sum(pc.binary_length(c.dictionary).take(c.indices)).as_py() for c in chunks)
            size = sum(size or 0 for size in sizes)
            if size > MOST_READ_BYTES:
                raise _too_large(self.path, size)
        return _decode(self.path, self._plain, names, [group])

    def _decode(self, columns: Sequence[str], groups: list[int], coded: bool) -> pa.Table:
        import pyarrow as pa

        parts = []
        for group in groups:  # together, nested dictionaries would be refused
            try:
                file = self._coded if coded else self._plain
                parts.append(_decode(self.path, file, columns, [group]))
            except NotImplementedError:  # so many texts in lists that their writer gave up on one
                parts.append(_decode(self.path, self._plain, columns, [group]))
        return pa.concat_tables(parts) if parts else self.schema.empty_table().select(columns)

    def _open(self, **options: Any) -> ParquetFile:
        parquet = load_parquet()
        try:
            opened = parquet.ParquetFile(
                open_plain(self.path, self._within),
                pre_buffer=False,
                thrift_container_size_limit=MOST_LISTED,
                thrift_string_size_limit=MOST_FOOTER_BYTES,
                **options,
            )
            _ = opened.schema_arrow  # which is made only now
        except Exception as error:  # of bytes that it was not made for, a decoder raises anything
            raise damaged(self.path, error) from error
        return opened

    @cached_property
    def _coded(self) -> ParquetFile:
        texts = [chunk.path for chunk in self._groups[0].chunks if not chunk.width]
        return self._open(metadata=self._plain.metadata, read_dictionary=texts)

    def _check_size(self, columns: Sequence[str], groups: Sequence[int]) -> None:
        size = 0
        for chunk in (chunk for group in groups for chunk in self._groups[group].chunks):
            if any(chunk.path == name or chunk.path.startswith(f"{name}.") for name in columns):
                # Of texts themselves, each once, and a number for each value.
                texts = 0 if chunk.width else chunk.encoded
                size += texts + (chunk.width or _INDEX) * chunk.values
        if size > MOST_READ_BYTES:
            raise _too_large(self.path, size)


def _decode(path: Path, file: ParquetFile, columns: Sequence[str], groups: list[int]) -> pa.Table:
    try:
        return file.read_row_groups(groups, columns=list(columns), use_threads=False).select(
            list(columns)
        )
    except NotImplementedError:
        raise
    except Exception as error:
        raise damaged(path, error) from error


def load_parquet() -> Any:
    """The module ``pyarrow.parquet``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtraError(
            "LeRobot data sets are read with pyarrow: pip install cliprt-lerobot"
        ) from error
    return parquet


def to_numbers(table: pa.Table, name: str, path: Path) -> np.ndarray:
    """A column of numbers, (n,) or (n, width), of the type that it was written with.

    Raises:
        StoreError: It holds no numbers, some are missing, or rows are of several widths.
    """
    import pyarrow as pa
    from pyarrow import types

    column = table.column(name)
    width: tuple[int, ...] = ()
    array = column.combine_chunks()
    while not types.is_primitive(array.type):
        if array.null_count or not _is_list(array.type):
            raise damaged(path, f"the column {name!r} holds {column.type}, not numbers")
        widths = np.unique(np.asarray(array.value_lengths())) if len(array) else np.zeros(1)
        if len(widths) != 1:
            raise damaged(path, f"the column {name!r} has rows of several widths")
        width, array = (*width, int(widths[0])), array.flatten()
    if array.null_count or not isinstance(array, pa.Array):
        raise damaged(path, f"in the column {name!r} values are missing")
    kinds = (types.is_integer, types.is_floating, types.is_boolean)
    if not any(is_one(array.type) for is_one in kinds):
        raise damaged(path, f"the column {name!r} holds {column.type}, not numbers")
    numbers: np.ndarray = array.to_numpy(zero_copy_only=False)
    return numbers.reshape(len(column), *width)


def texts_of(array: pa.Array) -> Iterator[Any]:
    """The values of a column of texts, one after the other, None where one is missing."""
    for chunk in getattr(array, "chunks", [array]):
        for value in chunk:
            yield value.as_py()


def damaged(path: Path, why: object) -> StoreError:
    """The error for a file that cannot be read."""
    reason = getattr(why, "strerror", None) or " ".join(str(why).split())
    return StoreError(
        f"{path} cannot be read: {reason:.300}. Fetch the data set again, or leave it out."
    )


def _too_large(path: Path, size: int) -> StoreError:
    return damaged(
        path, f"what is wanted of it takes {size:,} bytes in memory, more than {MOST_READ_BYTES:,}"
    )


def _is_list(kind: pa.DataType) -> bool:
    from pyarrow import types

    kinds = (types.is_list, types.is_fixed_size_list, types.is_large_list)
    return any(is_one(kind) for is_one in kinds)


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    kinds = (types.is_string, types.is_binary, types.is_large_string, types.is_large_binary)
    return any(is_one(kind) for is_one in kinds)
