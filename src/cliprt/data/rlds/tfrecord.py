"""The frames of a TFRecord file: a length, its checksum, the record, and the record's checksum.

Each checksum is a CRC-32C, rotated and shifted by a constant.  A length is believed once its own
checksum holds, and no more is read than the file has.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cliprt.data.boundary import open_plain
from cliprt.errors import MissingExtraError, StoreError

MOST_EPISODE_BYTES = 1 << 30
"""Of one record; protocol buffers end at twice as much."""

HEAD = struct.Struct("<QI")
TAIL = struct.Struct("<I")
_DELTA = 0xA282EAD8


class Frame(NamedTuple):
    """One record of a file: its number, where its bytes begin in the file, and these."""

    number: int
    offset: int
    data: bytes


def read_frames(path: Path) -> Iterator[Frame]:
    """The records of a file, one at a time, their checksums checked.

    Raises:
        StoreError: The file is missing, no plain file, cut off or damaged; says at which record.
        MissingExtraError: The package that computes the checksums is not installed.
    """
    crc = checksum()
    try:
        raw = open_plain(path, path.parent)
    except FileNotFoundError as error:
        raise damaged(path, "the shard is missing", "Download it") from error
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    with raw, io.BufferedReader(raw) as file:
        left = os.fstat(raw.fileno()).st_size
        number, offset = 0, 0
        while left:
            try:
                data = _read_frame(file, left, crc)
            except (OSError, ValueError) as error:
                raise damaged(path, f"record {number}: {error}") from error
            yield Frame(number, offset + HEAD.size, data)
            size = HEAD.size + len(data) + TAIL.size
            number, offset, left = number + 1, offset + size, left - size


def checksum() -> Callable[[bytes], int]:
    """The function that computes a masked CRC-32C.

    Raises:
        MissingExtraError: Its package is not installed.
    """
    try:
        from google_crc32c import value
    except ImportError as error:
        raise MissingExtraError(
            "google-crc32c is not installed, which checks the files of RLDS data sets."
            " Run: pip install 'cliprt[oxe]'"
        ) from error

    def masked(data: bytes) -> int:
        crc: int = value(data)
        return ((crc >> 15 | crc << 17) + _DELTA) & 0xFFFFFFFF

    return masked


def damaged(path: Path, reason: str, action: str = "Download it again") -> StoreError:
    """The error for a file of a data set that cannot be read."""
    return StoreError(f"{path} cannot be read: {reason}. {action}, or leave it out.")


def _read_frame(file: BinaryIO, left: int, crc: Callable[[bytes], int]) -> bytes:
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ValueError("the file is cut off")
    size, check = HEAD.unpack(head)
    if crc(head[:8]) != check:
        raise ValueError("the checksum of its length is wrong: a bit was flipped")
    if size > left - HEAD.size - TAIL.size:
        raise ValueError(f"the file is cut off: {size} bytes were to follow")
    if size > MOST_EPISODE_BYTES:
        raise ValueError(f"it has {size} bytes, more than {MOST_EPISODE_BYTES}")
    data, tail = file.read(size), file.read(TAIL.size)
    if len(data) < size or len(tail) < TAIL.size:
        raise ValueError("the file is cut off")
    if crc(data) != TAIL.unpack(tail)[0]:
        raise ValueError("its checksum is wrong: a bit was flipped")
    return data
