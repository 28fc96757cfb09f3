"""A column of a record as arrays: what tensorflow-datasets would give, value by value."""

from __future__ import annotations

import math
import zlib

import numpy as np

from cliprt.data.boundary import MOST_IMAGE_BYTES
from cliprt.data.rlds.example import Values, byte_spans, floats, integers
from cliprt.data.rlds.features import Feature
from cliprt.data.rlds.tfrecord import MOST_EPISODE_BYTES, Frame

MOST_TEXT_BYTES = 1 << 20

Column = np.ndarray | list[bytes]


def decode(feature: Feature, frame: Frame, values: Values) -> Column:
    """The rows of a column: an array (n, *shape), or a list of n bytes for images and texts.

    Raises:
        ValueError: They are damaged, not what `features.json` says, or too large.
    """
    data, expected = frame.data, _expected(feature)
    if values.kind not in (None, expected):
        raise ValueError(f"it is a list of {values.kind}, not of {expected}")
    if feature.kind in ("image", "text"):
        most = MOST_TEXT_BYTES if feature.kind == "text" else MOST_IMAGE_BYTES
        return [data[start:end] for start, end in byte_spans(data, values, most)]
    if feature.encoding:
        return _unpacked(feature, data, values)
    numbers = floats(data, values) if expected == "floats" else integers(data, values)
    free = -1 if feature.by_step else 1
    return _shaped(numbers.astype(feature.dtype), (free, *feature.shape))


def locate(feature: Feature, frame: Frame, values: Values) -> np.ndarray:
    """Offset and size in the file of the rows of a list of bytes, int64 (n, 2).

    Raises:
        ValueError: As `decode`.
    """
    if values.kind not in (None, "bytes") or _expected(feature) != "bytes":
        raise ValueError(f"it is a list of {values.kind}, not of bytes")
    spans = np.array(byte_spans(frame.data, values, MOST_IMAGE_BYTES), dtype=np.int64).reshape(
        -1, 2
    )
    spans[:, 1] -= spans[:, 0]
    spans[:, 0] += frame.offset
    return spans


def _expected(feature: Feature) -> str:
    """What the numbers or bytes of a column are kept in."""
    if feature.encoding or feature.kind in ("image", "text"):
        return "bytes"
    return "floats" if feature.dtype.startswith("float") else "integers"


def _unpacked(feature: Feature, data: bytes, values: Values) -> np.ndarray:
    # A bool of another byte than 0 and 1 is none that numpy can count with.
    kind = np.dtype("uint8" if feature.dtype == "bool" else feature.dtype).newbyteorder("<")
    left, rows = MOST_EPISODE_BYTES, []
    sizes = [size for size in feature.shape if size is not None]
    known = None if None in feature.shape else math.prod(sizes) * kind.itemsize
    most = MOST_IMAGE_BYTES if known is None else known
    if most > MOST_IMAGE_BYTES:
        raise ValueError(f"a row of its shape has {most} bytes, more than {MOST_IMAGE_BYTES}")
    for start, end in byte_spans(data, values, MOST_IMAGE_BYTES):
        row = data[start:end]
        if feature.encoding == "zlib":
            row = _inflated(row, most)
        left -= len(row)
        if left < 0:
            raise ValueError(f"its rows have more than {MOST_EPISODE_BYTES} bytes")
        if known not in (None, len(row)):
            raise ValueError(f"a row has {len(row)} bytes, not the {known} of its shape")
        if len(row) % kind.itemsize:
            raise ValueError(f"a row has {len(row)} bytes, no whole number of its {feature.dtype}")
        rows.append(_shaped(np.frombuffer(row, kind), feature.shape))
    if len({row.shape for row in rows}) > 1:
        raise ValueError("its rows are not all of one shape")
    shape = tuple(0 if size is None else size for size in feature.shape)
    joined = np.stack(rows) if rows else np.empty((0, *shape))
    return joined.astype(feature.dtype, copy=False)


def _inflated(data: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError("its compressed bytes are damaged") from error
    if len(found) > most:
        raise ValueError(f"a row of it unpacks to more than {most} bytes")
    if not stream.eof or stream.unused_data:
        raise ValueError("its compressed bytes are cut off, or others follow")
    return found


def _shaped(numbers: np.ndarray, shape: tuple[int | None, ...]) -> np.ndarray:
    try:
        return numbers.reshape([-1 if size is None else size for size in shape])
    except ValueError as error:
        raise ValueError(f"its {numbers.size} numbers do not fill rows of {shape}") from error
