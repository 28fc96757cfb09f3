"""What a Parquet file says of itself, read before any decoder is let at it.

pyarrow checks nothing of what its readers would take in memory, and the properties of its metadata
end the whole process where a file's statistics contradict each other.  So the few numbers that
bounds need are read here, from Thrift's compact protocol; everything else is passed over.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

MOST_FOOTER_BYTES = 64 << 20
MOST_COLUMNS = 10_000
"""Leaves of nested columns counted one by one; many cameras and their statistics make hundreds."""

MOST_LISTED = 100_000
"""Row groups, and whatever else a footer lists."""

_TAIL = 8  # the footer's length and "PAR1"
_DEEPEST = 32  # structs and lists in each other; there are seven
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8}  # physical type -> bytes of a value
_CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4")

_STOP, _TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(
    13
)
_CHUNK = {3: {1: None, 3: None, 4: None, 5: None, 6: None}}
_WANTED = {2: {2: None, 5: None}, 4: {1: _CHUNK, 3: None}}
"""Field -> what is wanted of it: of a schema's elements, length and children; of groups, chunks."""


class Chunk(NamedTuple):
    """A leaf column's values in one group of rows."""

    path: str
    codec: str
    values: int
    width: int
    """Bytes of a value; 0 where they differ, as those of texts do."""
    encoded: int
    """What its pages take once they are decompressed [bytes]."""


class Group(NamedTuple):
    """A group of rows."""

    rows: int
    chunks: tuple[Chunk, ...]


def read_footer(file: io.FileIO) -> tuple[Group, ...]:
    """The groups of rows of a Parquet file, which is left at its beginning.

    Raises:
        ValueError: It is none, or beyond the bounds.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length + _TAIL > size:
        raise ValueError("it is no Parquet file, or is cut off")
    if length > MOST_FOOTER_BYTES:
        raise ValueError(f"its footer has {length} bytes, more than {MOST_FOOTER_BYTES}")
    file.seek(size - _TAIL - length)
    data = file.read(length)
    file.seek(0)
    try:
        found = _Compact(data).struct(_WANTED)
        leaves = [element for element in found[2] if not element.get(5)]
        if len(leaves) > MOST_COLUMNS:
            raise ValueError(f"it has {len(leaves)} columns, more than {MOST_COLUMNS}")
        return tuple(_group(group, leaves) for group in found.get(4, ()))
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("its footer is damaged") from error


def _group(found: Mapping[int, Any], leaves: list[Mapping[int, Any]]) -> Group:
    chunks = [chunk[3] for chunk in found[1]]
    if len(chunks) != len(leaves) or found[3] < 0:
        raise ValueError("its footer contradicts itself")
    return Group(
        found[3],
        tuple(
            Chunk(
                b".".join(chunk[3]).decode("utf-8", "replace"),
                _CODECS[chunk[4]] if 0 <= chunk[4] < len(_CODECS) else "none",
                max(chunk[5], 0),
                _WIDTHS.get(chunk[1], max(leaf.get(2, 0), 0) if chunk[1] == 7 else 0),
                max(chunk[6], 0),
            )
            for chunk, leaf in zip(chunks, leaves, strict=True)
        ),
    )


class _Compact:
    """Reads Thrift's compact protocol: fields that are wanted as values, others not at all."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0

    def struct(self, wanted: Mapping[int, Any]) -> dict[int, Any]:
        """Field -> value."""
        found: dict[int, Any] = {}
        number = 0
        self._enter()
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._whole()
            keep = number in wanted
            value = self._value(head & 15, wanted.get(number) or {}, keep)
            if keep:
                found[number] = value
        self._depth -= 1
        return found

    def _value(self, kind: int, wanted: Mapping[int, Any], keep: bool) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_I16, _I32, _I64):
            return self._whole()
        if kind == _BINARY:
            return self._bytes(self._varint(), keep)
        if kind in (_BYTE, _DOUBLE):
            return self._bytes(1 if kind == _BYTE else 8, keep)
        if kind == _STRUCT:
            return self.struct(wanted)
        if kind in (_LIST, _SET):
            return self._list(wanted, keep)
        raise ValueError("its footer is damaged")  # a map: there is none in the format

    def _list(self, wanted: Mapping[int, Any], keep: bool) -> list[Any]:
        head = self._byte()
        count, kind = head >> 4, head & 15
        if count == 15:
            count = self._varint()
        if count > MOST_LISTED:
            raise ValueError(f"its footer lists {count} things, more than {MOST_LISTED}")
        self._enter()
        if kind in (_TRUE, _FALSE):
            found: list[Any] = [self._byte() == _TRUE for _ in range(count)]
        else:
            found = [self._value(kind, wanted, keep) for _ in range(count)]
        self._depth -= 1
        return found

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("its footer is damaged")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, count: int, keep: bool) -> bytes | None:
        self._at += count
        if self._at > len(self._data):
            raise IndexError
        return self._data[self._at - count : self._at] if keep else None

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("its footer is damaged")

    def _whole(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
