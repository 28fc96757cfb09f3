"""The wire format of tf.train.Example: a map from a key to a list of bytes, floats or integers.

Only where the parts lie is looked up in Python; numbers are converted by numpy, many at once, and
lists that nobody wants are stepped over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

MOST_KEYS = 10_000
MOST_STEPS = 1_000_000
"""Of an episode; that is a day at 10 Hz."""
MOST_INTEGERS = 1 << 27

Kind = Literal["bytes", "floats", "integers"]

_BYTES = 2
_FIXED = {1: 8, 5: 4}
_VARINT_BYTES = 10
_ONE, _TWO, _THREE = (number << 3 | _BYTES for number in (1, 2, 3))
"""Tags of the fields that a message here has: all of a length that is told."""
_KINDS: dict[int, Kind] = {_ONE: "bytes", _TWO: "floats", _THREE: "integers"}
_PIECE = 1 << 16
"""Bytes of integers that are converted at once, so that what numpy needs for it stays small."""


class Values(NamedTuple):
    """Where the list of a key lies in the record; `kind` None = an empty one without a type."""

    kind: Kind | None
    start: int
    end: int


def find_values(data: bytes) -> dict[str, Values]:
    """Key -> its list.

    Raises:
        ValueError: The bytes are no Example.
    """
    found: dict[str, Values] = {}
    try:
        features = _message(data, 0, len(data)).get(_ONE, (0, 0))
        for tag, *entry in _fields(data, *features):
            fields = _message(data, *entry)
            if tag != _ONE or not fields.keys() <= {_ONE, _TWO}:
                raise IndexError
            name = data[slice(*fields.get(_ONE, (0, 0)))].decode()
            if name in found:
                raise ValueError(f"the column {name!r} is there twice")
            if len(found) == MOST_KEYS:
                raise ValueError(f"it has more than {MOST_KEYS} columns")
            found[name] = _values(data, *fields.get(_TWO, (0, 0)))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("its bytes are no tf.train.Example") from error
    return found


def byte_spans(data: bytes, values: Values, most_bytes: int) -> list[tuple[int, int]]:
    """Start and end of each of a list of bytes.

    Raises:
        ValueError: It is another list, there are too many, or one has more than `most_bytes`.
    """
    _, at, end = values
    spans: list[tuple[int, int]] = []
    try:
        while at < end:
            if data[at] != _ONE:
                raise IndexError
            size, at = data[at + 1], at + 2
            if size > 127:
                size, at = _varint(data, at - 1)
                if size > most_bytes:
                    raise ValueError(f"one of its rows has {size} bytes, more than {most_bytes}")
            spans.append((at, at + size))
            at += size
            if len(spans) > MOST_STEPS:
                raise ValueError(f"it has more than {MOST_STEPS} values")
    except IndexError:
        at = -1
    if at != end:
        raise ValueError("its list of bytes is damaged")
    return spans


def floats(data: bytes, values: Values) -> np.ndarray:
    """The numbers (n,) of a list of floats, float32; a view where they lie in one piece.

    Raises:
        ValueError: It is another list.
    """
    pieces = []
    for start, end in _packed(data, values):
        if (end - start) % 4:
            raise ValueError("its list of floats is damaged")
        pieces.append(np.frombuffer(data, "<f4", (end - start) // 4, start))
    return _joined(pieces, np.dtype("<f4"))


def integers(data: bytes, values: Values) -> np.ndarray:
    """The numbers (n,) of a list of integers, int64, or uint8 where all are below 128.

    Raises:
        ValueError: It is another list, or there are too many.
    """
    pieces, count = [], 0
    for start, end in _packed(data, values):
        for piece in _varint_pieces(data, start, end):
            count += len(piece)
            if count > MOST_INTEGERS:
                raise ValueError(f"it has more than {MOST_INTEGERS} integers")
            pieces.append(piece)
    return _joined(pieces, np.dtype(np.int64))


def _joined(pieces: list[np.ndarray], kind: np.dtype) -> np.ndarray:
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate(pieces, dtype=kind, casting="unsafe") if pieces else np.empty(0, kind)


def _varint_pieces(data: bytes, start: int, end: int) -> Iterator[np.ndarray]:
    """The integers of many varints, some at a time."""
    left = np.frombuffer(data, np.uint8, end - start, start)
    if len(left) <= _PIECE and data[start:end].isascii():  # no number takes several bytes
        yield left
        return
    while len(left):
        ends = np.flatnonzero(left[:_PIECE] < 128) + 1
        if not len(ends):
            raise ValueError("its list of integers is damaged")
        yield _varints(left, ends)
        left = left[ends[-1] :]


def _varints(data: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Integers of the varints with these ends, int64 (n,); seven bits a byte, lowest first."""
    starts = np.concatenate([[0], ends[:-1]])
    sizes = ends - starts
    if sizes.max() > _VARINT_BYTES:
        raise ValueError("its list of integers is damaged")
    numbers = (data[starts] & 127).astype(np.uint64)
    for place in range(1, sizes.max()):
        longer = np.flatnonzero(sizes > place)
        bits = (data[starts[longer] + place] & 127).astype(np.uint64)
        numbers[longer] |= bits << np.uint64(7 * place)
    found: np.ndarray = numbers.view(np.int64)
    return found


def _values(data: bytes, start: int, end: int) -> Values:
    fields = _message(data, start, end)
    if not fields:
        return Values(None, 0, 0)
    if len(fields) > 1 or not fields.keys() <= _KINDS.keys():
        raise IndexError
    tag, place = fields.popitem()
    return Values(_KINDS[tag], *place)


def _packed(data: bytes, values: Values) -> Iterator[tuple[int, int]]:
    try:
        for piece, (tag, start, end) in enumerate(_fields(data, values.start, values.end)):
            if tag != _ONE or piece == MOST_STEPS:
                raise IndexError
            yield start, end
    except IndexError as error:
        raise ValueError("its list of numbers is damaged, or is not packed") from error


def _message(data: bytes, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Tag -> start and end of the few fields of a message, each there once.

    Raises:
        IndexError: One is there twice, or they do not end where the message does.
    """
    found: dict[int, tuple[int, int]] = {}
    for tag, at, stop in _fields(data, start, end):
        if tag in found or len(found) == len(_KINDS):
            raise IndexError
        found[tag] = at, stop
    return found


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of a message's fields.

    Raises:
        IndexError: They do not end where the message does.
    """
    while at < end:
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in _FIXED:
            size = _FIXED[wire]
        elif not wire:
            size = _varint(data, at)[1] - at
        else:
            raise IndexError
        if size > end - at:
            raise IndexError
        yield tag, at, at + size
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = data[at]
    if number < 128:
        return number, at + 1
    number &= 127
    for place in range(1, _VARINT_BYTES):
        byte = data[at + place]
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, at + place + 1
    raise IndexError
