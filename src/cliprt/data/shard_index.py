"""What lies where in a WebDataset tar: read once, then kept beside it.

The index of ``train-000000.tar`` is ``train-000000.tar.index``.  It belongs to the tar's size and
content: where the size or the time of the file is another, the tar is read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.disk import replace_file
from cliprt.errors import StoreError
from cliprt.types import NO_MOTION, Primitive

_END_OF_TAR = bytes(2 * tarfile.BLOCKSIZE)
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class ShardIndex:
    """Where the parts of a tar's n samples are, and what was done in them.

    Attributes:
        digest: SHA-256 of the tar.
        parts: ``json`` and the cameras.
        spans: Offset and size of each part, int64 (n, parts, 2); the offset is -1 where it lacks.
        said: Distinct ``[label, phrase, motion, gripper, fingerprint]`` of the samples.
        primitive: Which of them each is, int32 (n,).
        columns: State columns that all samples have.
        horizon: How many motions ahead every sample knows.
    """

    digest: str
    parts: tuple[str, ...]
    spans: np.ndarray
    said: tuple[list[Any], ...]
    primitive: np.ndarray
    columns: tuple[str, ...]
    horizon: int

    def __len__(self) -> int:
        return len(self.primitive)


def load_index(path: Path) -> ShardIndex:
    """The index of a tar, made anew where it is not there or not the tar's.

    Raises:
        StoreError: The tar is cut off, or a sample in it is not one of ours.
    """
    place = path.with_name(path.name + ".index")
    try:
        stat = path.stat()
        # Anybody can set the time of a change (tar, rsync), nobody that of the file's entry.
        mark = [_FORMAT, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return _from_bytes(place.read_bytes(), mark)
        index = _build(path)
    except StoreError:
        raise
    except (tarfile.TarError, OSError, EOFError) as error:
        raise damaged(path, str(error)) from error
    with contextlib.suppress(OSError):  # in a folder that nobody may write to it is made each time
        replace_file(place, _to_bytes(index, mark), durable=False)
    return index


def primitive_of(said: list[Any]) -> tuple[Primitive, str | None]:
    """What was done, as far as it is known, and the fingerprint of its vocabulary."""
    label, phrase, motion, gripper, fingerprint = said
    return Primitive(label, phrase, tuple(motion or NO_MOTION), gripper), fingerprint


def damaged(path: Path, reason: str) -> StoreError:
    """The error for a tar that cannot be learned from."""
    return StoreError(f"the shard {path} cannot be read: {reason}. Write it again or leave it out.")


def _build(path: Path) -> ShardIndex:
    with tarfile.open(path, "r:") as tar:
        members = tar.getmembers()
    samples: dict[str, dict[str, tuple[int, int]]] = {}
    for member in members:
        key, _, extension = member.name.partition(".")
        part = extension.rpartition(".")[0] or extension
        samples.setdefault(key, {})[part] = (member.offset_data, member.size)
    parts = ("json", *sorted({p for sample in samples.values() for p in sample} - {"json"}))
    spans = np.full((len(samples), len(parts), 2), -1, dtype=np.int64)
    said: dict[str, int] = {}
    numbers, columns, horizons = [], None, [10**9]
    with path.open("rb") as file:
        digest = file_digest(file)
        file.seek(-len(_END_OF_TAR), os.SEEK_END)
        if file.read() != _END_OF_TAR:
            raise damaged(path, "its end is missing")
        for row, (key, sample) in enumerate(samples.items()):
            for number, part in enumerate(parts):
                spans[row, number] = sample.get(part, (-1, 0))
            facts = _facts(path, file, key, sample)
            text = json.dumps(said_in(path, key, facts))
            numbers.append(said.setdefault(text, len(said)))
            has = set(facts.get("state") or ())
            columns = has if columns is None else columns & has
            horizons.append(int(facts.get("horizon") or 0))
    return ShardIndex(
        digest,
        parts,
        spans,
        tuple(json.loads(text) for text in said),
        np.array(numbers, dtype=np.int32),
        tuple(sorted(columns or ())),
        min(horizons),
    )


def _facts(
    path: Path, file: io.BufferedReader, key: str, sample: Mapping[str, tuple[int, int]]
) -> dict[str, Any]:
    if "json" not in sample:
        raise damaged(path, f"sample {key} has no json")
    offset, size = sample["json"]
    file.seek(offset)
    try:
        facts = json.loads(file.read(size))
        if not isinstance(facts["instruction"], str):
            raise ValueError(f"its instruction is {facts['instruction']!r}; it must be text")
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, f"sample {key}: {error}") from error
    return dict(facts)


def said_in(path: Path, key: str, facts: Mapping[str, Any]) -> list[Any]:
    """A sample's row of `ShardIndex.said`; shards of 0.1.0 hold nothing but the label."""
    try:
        motion = facts.get("motion")
        label = facts["label"] if motion is None else facts.get("label")
        if motion is not None and len([float(x) for x in motion]) != len(NO_MOTION):
            raise ValueError(f"its motion has {len(motion)} numbers, not {len(NO_MOTION)}")
        vocabulary = facts.get("vocabulary") or {}
        return [
            None if label is None else int(label),
            str(facts.get("phrase") or ""),
            motion,
            facts.get("gripper"),
            vocabulary.get("fingerprint"),
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, f"sample {key}: {error}") from error


def _to_bytes(index: ShardIndex, mark: list[int]) -> bytes:
    buffer = io.BytesIO()
    about = [mark, index.digest, index.parts, index.said, index.columns, index.horizon]
    np.savez(
        buffer, spans=index.spans, primitive=index.primitive, about=np.array(json.dumps(about))
    )
    return buffer.getvalue()


def _from_bytes(data: bytes, mark: list[int]) -> ShardIndex:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        found, digest, parts, said, columns, horizon = json.loads(str(arrays["about"]))
        if found != mark:
            raise ValueError("of another tar")
        spans, primitive = arrays["spans"], arrays["primitive"]
    return ShardIndex(digest, tuple(parts), spans, tuple(said), primitive, tuple(columns), horizon)


def file_digest(file: io.BufferedReader) -> str:
    """SHA-256 of what an open file holds from here on."""
    found = hashlib.sha256()
    while piece := file.read(1 << 20):
        found.update(piece)
    return found.hexdigest()
