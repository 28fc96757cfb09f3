"""Where files come in that others may have written: plain, small enough, and what they say to be.

No link is followed, nothing else than a plain file is opened, and nothing is read, parsed or
decoded before its size is known.  What is wrong is an OSError or a ValueError with one line of
reason; the readers say of which file, and what to do.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

MOST_RECORD_BYTES = 4 << 20
"""Of one JSON text; ours have a few kB."""

MOST_STEPS_BYTES = 64 << 20
"""Of all steps of an episode; that is a day of talking."""

MOST_IMAGE_BYTES = 64 << 20
MOST_PIXELS = 1 << 25
MOST_DEPTH = 64
"""Of lists in lists; ours have seven."""

PICTURES = ("PNG", "JPEG")
"""Pillow would else choose among fifty decoders, one of which runs another program."""

# A pipe or a device must not keep us waiting, should one take the place of a file meanwhile.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def is_folder(path: Path) -> bool:
    """Whether there is a folder; a link to one is none."""
    return _kind(path) == "a folder"


def is_file(path: Path) -> bool:
    """Whether there is a plain file; a link to one is none."""
    return _kind(path) == "a file"


def open_plain(path: Path, within: Path | None) -> io.FileIO:
    """A plain file for reading, whose folders up to `within` are no links.

    None follows links: to what a person has named, or a cache of downloads has put there.

    Raises:
        OSError: There is none; says what is there instead.
    """
    if within is None:
        _check_kind(path, "a file", follow=True)
        return io.FileIO(path, "r", opener=lambda name, _: os.open(name, _READ & ~os.O_NOFOLLOW))
    if ".." in path.relative_to(within).parts:
        raise OSError(errno.EINVAL, f"it is not within {within}")
    for parent in path.relative_to(within).parents:
        _check_kind(within / parent, "a folder", follow=within / parent == within)
    _check_kind(path, "a file")
    return io.FileIO(path, "r", opener=lambda name, _: os.open(name, _READ))


def read_plain(path: Path, most_bytes: int, within: Path | None) -> bytes:
    """The content of a plain file.

    Args:
        path: Of the file.
        most_bytes: More is not read.
        within: See `open_plain`.

    Raises:
        OSError: There is no such file, or it is larger.
    """
    with open_plain(path, within) as file:
        content = file.read(most_bytes + 1) if _size(file) <= most_bytes else None
        while content is not None and len(content) <= most_bytes:
            more = file.read(most_bytes + 1 - len(content))
            if not more:
                return content
            content += more
    raise OSError(errno.EFBIG, f"it has more than {most_bytes} bytes")


def parse_json(data: bytes, most_bytes: int = MOST_RECORD_BYTES) -> Any:
    """The value of a JSON text; half a character (a lone surrogate) is read as "?".

    Args:
        data: The text.
        most_bytes: More is not parsed.

    Raises:
        ValueError: It is none, too long, nested too deeply, or has a number beyond all bounds.
    """
    if len(data) > most_bytes:
        raise ValueError(f"it has more than {most_bytes} bytes")
    try:
        value = json.loads(data)
        _check_depth(value, MOST_DEPTH)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {MOST_DEPTH} levels") from None
    if _LONE_SURROGATE.search(data):
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def decode_picture(data: bytes) -> np.ndarray:
    """uint8 image (h, w, 3) of PNG or JPEG bytes.

    Raises:
        ValueError: They are not a whole image, or one of too many pixels.
    """
    import numpy as np

    with open_picture(data) as image:
        return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def check_picture(data: bytes) -> None:
    """Raise unless bytes look like a PNG or JPEG image; quicker than decoding it.

    Raises:
        ValueError: As `decode_picture`.
    """
    with open_picture(data) as image:
        image.verify()


@contextlib.contextmanager
def open_picture(data: bytes) -> Iterator[Image]:
    """Pillow's image of PNG or JPEG bytes, decoded when it is used; its errors become one kind.

    Raises:
        ValueError: As `decode_picture`, also where the block decodes it.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=PICTURES) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ValueError(f"{width} x {height} px are more than {MOST_PIXELS} pixels")
            yield image
    except UnidentifiedImageError as error:  # whose own text has an address in it
        raise ValueError("not a whole image, or neither PNG nor JPEG") from error
    except Exception as error:  # a decoder of bytes that it was not made for may raise anything
        raise ValueError(f"not a whole image ({error})") from error


def _check_depth(value: Any, levels: int) -> None:
    if not isinstance(value, dict | list):
        return
    if not levels:
        raise RecursionError
    for item in value.values() if isinstance(value, dict) else value:
        _check_depth(item, levels - 1)


def _kind(path: Path, follow: bool = False) -> str:
    try:
        mode = path.stat().st_mode if follow else path.lstat().st_mode
    except (OSError, ValueError):
        return ""
    kinds = {stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link"}
    return kinds.get(stat.S_IFMT(mode), "a pipe or a device")


def _check_kind(path: Path, wanted: str, follow: bool = False) -> None:
    found = _kind(path, follow)
    if not found:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if found != wanted:
        raise OSError(errno.EINVAL, f"{path.name} is {found}, not {wanted}; only those are read")


def _size(file: io.FileIO) -> int:
    return os.fstat(file.fileno()).st_size
