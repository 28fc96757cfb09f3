"""WebDataset tars: the same samples give the same bytes, and a tar is there whole or not at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from cliprt.data.disk import beside, write_all

Sample = tuple[str, Mapping[str, bytes]]
"""A key, and what stands behind its dot (``json``, ``scene.jpg``) -> content."""

_MODE = 0o444


def write_tar(path: Path, samples: Iterable[Sample]) -> str:
    """Write samples as WebDataset's own writer does; times, owners and order are fixed.

    One sample is held at a time.

    Returns:
        SHA-256 of the tar.

    Raises:
        OSError: It cannot be written.
    """
    with beside(path) as file:
        written = _Hashed(file)
        with tarfile.open(fileobj=written, mode="w|") as tar:
            for key, parts in samples:
                for part in sorted(parts):
                    info = tarfile.TarInfo(f"{key}.{part}")
                    info.size, info.mode = len(parts[part]), _MODE
                    tar.addfile(info, io.BytesIO(parts[part]))
    return written.digest.hexdigest()


class _Hashed(io.RawIOBase):
    """A file that is written to, and the digest of what was."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        write_all(self._file, data, durable=False)
        return len(data)
