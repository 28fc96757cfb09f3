"""Pictures of a data set at random: an episode's are decoded once, and kept small on the disk.

To reach one frame in a video, others before it are decoded; a trainer wants thousands a second, in
any order.  So the first that asks for a frame of an episode decodes all that are needed of it, and
writes them as JPEGs, one after the other, into a file of the user's cache.  It is made beside and
renamed, whoever comes first; what lies there can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path
from threading import Lock

import numpy as np

from cliprt.data.boundary import decode_picture
from cliprt.data.disk import writing
from cliprt.errors import StoreError
from cliprt_lerobot.listing import Entry
from cliprt_lerobot.reader import DataSet

QUALITY = 90
_MAGIC = b"cliprt pictures 1\n"
_SPAN = np.dtype("<u8")


class PictureCache:
    """JPEGs of the frames that are learned from.

    Args:
        one: The data set.
        folder: Of the cache, for this data set and no other.
        size: Height and width of every picture [px]; 0 = as they are.
    """

    def __init__(self, one: DataSet, folder: Path, size: int) -> None:
        self._one, self._folder, self._size = one, folder, size
        self._locks: dict[Path, Lock] = {}
        self._lock = Lock()

    def read(self, entry: Entry, key: str, frames: np.ndarray, place: int) -> np.ndarray:
        """The picture of frame ``frames[place]``, uint8 (h, w, 3), RGB.

        Args:
            entry: The episode.
            key: The camera's feature.
            frames: Numbers of all frames of it that are learned from, rising, int64 (k,).
            place: Which of these.

        Raises:
            StoreError: The episode cannot be decoded, or the cache not written.
        """
        path = self._folder / f"{key}-{self._size}-{entry.index}-{_mark(frames)}"
        try:
            return self._look(path, len(frames), place)
        except (OSError, ValueError):  # not there, or not whole
            with self._lock:
                lock = self._locks.setdefault(path, Lock())
            with lock:
                if not _is_whole(path, len(frames)):
                    self._decode(path, entry, key, frames)
            try:
                return self._look(path, len(frames), place)
            except (OSError, ValueError) as error:
                raise StoreError(f"{path} cannot be read: {error}. Delete it.") from error

    def _look(self, path: Path, count: int, place: int) -> np.ndarray:
        with path.open("rb") as file:
            file.seek(len(_MAGIC) + place * _SPAN.itemsize)
            begin, end = np.frombuffer(file.read(2 * _SPAN.itemsize), _SPAN).tolist()
            if not _first(count) <= begin < end <= os.fstat(file.fileno()).st_size:
                raise ValueError("it is not whole")
            file.seek(begin)
            return decode_picture(file.read(end - begin))

    def _decode(self, path: Path, entry: Entry, key: str, frames: np.ndarray) -> None:
        ends = [_first(len(frames))]
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, new = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.seek(ends[0])
                    for image in self._one.pictures(entry, key, frames.tolist()):
                        data = _to_jpeg(image, self._size)
                        file.write(data)
                        ends.append(ends[-1] + len(data))
                    file.seek(0)
                    file.write(_MAGIC + np.array(ends, _SPAN).tobytes())
                Path(new).replace(path)
            except BaseException:
                Path(new).unlink(missing_ok=True)
                raise


def _to_jpeg(image: np.ndarray, size: int) -> bytes:
    from PIL import Image

    picture = Image.fromarray(image)
    if size and picture.size != (size, size):
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _first(count: int) -> int:
    """Where the first of so many pictures begins."""
    return len(_MAGIC) + (count + 1) * _SPAN.itemsize


def _is_whole(path: Path, count: int) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_first(count))
            ends = np.frombuffer(head[len(_MAGIC) :], _SPAN)
            size = os.fstat(file.fileno()).st_size
            return head.startswith(_MAGIC) and len(ends) == count + 1 and int(ends[-1]) == size
    except (OSError, ValueError):
        return False


def _mark(frames: np.ndarray) -> str:
    """Of which frames the pictures are."""
    return hashlib.sha256(frames.astype("<i8").tobytes()).hexdigest()[:12]
