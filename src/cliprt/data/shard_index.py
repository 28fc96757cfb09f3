"""What lies where in a WebDataset tar: read once, then kept beside it.

As WebDataset has it, a sample is what has the same path up to the first dot of the file's name.
What `tar` and systems add (``./``, folders, ``._`` and other hidden files) is passed over.  The
index of ``train-000000.tar`` is ``train-000000.tar.index``.  It belongs to the tar's size and
content: where the size or a time of the file is another, the tar is read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import numpy as np

from cliprt.data.boundary import MOST_IMAGE_BYTES, MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.disk import replace_file
from cliprt.data.schema import build, fit
from cliprt.errors import StoreError
from cliprt.types import NO_MOTION, GripperState, Limit, Motion, Primitive

_END_OF_TAR = bytes(2 * tarfile.BLOCKSIZE)
_MOST_HEADER_BYTES = 1 << 16
_MOST_INDEX_BYTES = 1 << 28
_FORMAT = 2
_MOST_TARS = 100_000
_RANGE = re.compile(r"\{(-?[0-9]+)\.\.(-?[0-9]+)")

Label = Annotated[int, Limit(0, 2**31 - 1)]
Said = tuple[Label | None, str, Motion | None, GripperState | None, str | None]
"""Label, phrase, motion, gripper and the vocabulary's fingerprint; shards of 0.1.0 have a label."""


@dataclass(frozen=True)
class Facts:
    """What is read of a sample's json; see :func:`cliprt.data.shards.to_facts`."""

    instruction: str
    label: Label | None = None
    phrase: str | None = ""
    motion: Motion | None = None
    gripper: GripperState | None = None
    vocabulary: Mapping[str, Any] | None = None
    state: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    ahead: tuple[tuple[float | None, ...], ...] = ()
    supervision: str | None = ""
    horizon: Annotated[int, Limit(0, 2**31 - 1)] = 0


@dataclass(frozen=True, eq=False)
class ShardIndex:
    """Where the parts of a tar's n samples are, and what was done in them.

    Attributes:
        digest: SHA-256 of the tar.
        parts: ``json`` and the cameras.
        spans: Offset and size of each part, int64 (n, parts, 2); the offset is -1 where it lacks.
        said: Distinct ones of the samples.
        primitive: Which of them each is, int32 (n,).
        columns: State columns that all samples have.
        horizon: How many motions ahead every sample knows.
    """

    digest: str
    parts: tuple[str, ...]
    spans: np.ndarray
    said: tuple[Said, ...]
    primitive: np.ndarray
    columns: tuple[str, ...]
    horizon: int

    def __len__(self) -> int:
        return len(self.primitive)


_ALLOWED_PATHS = (
    "tar files on this machine, e.g. data/train-{000000..000003}.tar, or a folder of them; correct"
    " the source's path."
)


def expand_pattern(pattern: str) -> tuple[Path, ...]:
    """The tars that a brace pattern names, or those in a folder, by name.

    Raises:
        StoreError: One of them is not there, or there is none.
    """
    if os.path.isfile(pattern):  # whatever signs are in its name
        return (Path(pattern),)
    if pattern and os.path.isdir(pattern):
        return _tars_in(Path(pattern))
    names = expand_names(pattern)
    missing = [name for name in names if not os.path.isfile(name)]
    if missing or not names:
        raise StoreError(
            f"of the shards {pattern!r}, {len(missing)} of {len(names)} are missing"
            f"{', the first is ' + missing[0] if missing else ''}. Allowed: {_ALLOWED_PATHS}"
        )
    return tuple(map(Path, names))


def _tars_in(folder: Path) -> tuple[Path, ...]:
    with os.scandir(folder) as there:
        tars = (one.path for one in there if one.name.endswith(".tar") and one.name[0] != ".")
        found = list(islice(tars, _MOST_TARS + 1))
    if not 0 < len(found) <= _MOST_TARS:
        count = f"more than {_MOST_TARS}" if found else "no"
        raise StoreError(f"{folder} has {count} tars in it. Allowed: {_ALLOWED_PATHS}")
    return tuple(map(Path, sorted(found)))


def expand_names(pattern: str) -> list[str]:
    """The paths that a brace pattern names, there or not.

    Raises:
        StoreError: The pattern has a mistake, or names too many.
    """
    from braceexpand import braceexpand

    try:
        ranges = _RANGE.findall(pattern)
        is_long = any(abs(int(last) - int(first)) >= _MOST_TARS for first, last in ranges)
        names = [] if is_long or not pattern else list(islice(braceexpand(pattern), _MOST_TARS + 1))
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{error}. Allowed: {_ALLOWED_PATHS}") from error
    if is_long or len(names) > _MOST_TARS:
        raise StoreError(
            f"{pattern!r} names more than {_MOST_TARS} shards. Allowed: {_ALLOWED_PATHS}"
        )
    return names


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
        # Whatever is wrong with an index, it is made anew.
        with contextlib.suppress(Exception):
            return _from_bytes(read_plain(place, _MOST_INDEX_BYTES, place.parent), mark)
        index = _build(path)
    except StoreError:
        raise
    # ValueError, OverflowError: what tarfile makes of numbers that are none
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as error:
        raise damaged(path, str(error)) from error
    with contextlib.suppress(OSError):  # in a folder that nobody may write to it is made each time
        replace_file(place, _to_bytes(index, mark), durable=False)
    return index


def primitive_of(said: Said) -> tuple[Primitive, str | None]:
    """What was done, as far as it is known, and the fingerprint of its vocabulary."""
    label, phrase, motion, gripper, fingerprint = said
    return Primitive(label, phrase, motion or NO_MOTION, gripper), fingerprint


def damaged(path: Path, reason: str) -> StoreError:
    """The error for a tar that cannot be learned from."""
    return StoreError(f"the shard {path} cannot be read: {reason}. Write it again or leave it out.")


class _Headers(io.FileIO):
    """A tar of which only headers are read, and none of a size that nobody has."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _MOST_HEADER_BYTES:
            raise tarfile.ReadError(f"a header in it has {size} bytes")
        return super().read(size)


def _build(path: Path) -> ShardIndex:
    samples = find_samples(path)
    parts = ("json", *sorted({p for sample in samples.values() for p in sample} - {"json"}))
    spans = np.full((len(samples), len(parts), 2), -1, dtype=np.int64)
    said: dict[Said, int] = {}
    numbers, columns, horizons = [], None, [10**9]
    with path.open("rb") as file:
        digest = file_digest(file)
        for row, (key, sample) in enumerate(samples.items()):
            for number, part in enumerate(parts):
                spans[row, number] = sample.get(part, (-1, 0))
            if "json" not in sample:
                raise damaged(path, f"sample {key} has no json")
            file.seek(sample["json"][0])
            try:
                facts = read_facts(file.read(sample["json"][1]))
            except ValueError as error:
                raise damaged(path, f"sample {key}: {error}") from error
            numbers.append(said.setdefault(said_in(facts), len(said)))
            has = set(facts.state)
            columns = has if columns is None else columns & has
            horizons.append(facts.horizon)
    return ShardIndex(
        digest,
        parts,
        spans,
        tuple(said),
        np.array(numbers, dtype=np.int32),
        tuple(sorted(columns or ())),
        min(horizons),
    )


def read_facts(text: bytes) -> Facts:
    """What a sample's json says.

    Raises:
        ValueError: It is none of ours.
    """
    facts = build(Facts, parse_json(text))
    if facts.motion is None and facts.label is None:
        raise ValueError("it has no 'motion' and no 'label'")
    return facts


def find_samples(path: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Sample -> part -> (offset, size) in the tar.

    Raises:
        StoreError: A member is larger than anything of ours, or a header or the end is damaged.
    """
    samples: dict[str, dict[str, tuple[int, int]]] = {}
    end = 0
    with _Headers(path) as file:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            members = tar.getmembers()
        for member in members:
            blocks = -(-member.size // tarfile.BLOCKSIZE) if member.isreg() else 0
            end = member.offset_data + blocks * tarfile.BLOCKSIZE
            name = PurePosixPath(member.name)
            if not member.isreg() or any(p.startswith((".", "__MACOSX")) for p in name.parts):
                continue
            stem, _, extension = name.name.partition(".")
            part = extension.rpartition(".")[0] or extension
            most = MOST_RECORD_BYTES if part == "json" else MOST_IMAGE_BYTES
            if member.issparse() or not 0 <= member.size <= most:
                raise damaged(path, f"{name} in it has more than {most} bytes, or holes")
            span = (member.offset_data, member.size)
            samples.setdefault(str(name.with_name(stem)), {})[part] = span
        file.seek(end)  # tarfile takes a damaged header for the end
        if file.read(len(_END_OF_TAR)) != _END_OF_TAR:
            raise damaged(path, "its end is missing, or a header in it is damaged")
    return samples


def said_in(facts: Facts) -> Said:
    """A sample's part of `ShardIndex.said`."""
    mark = (facts.vocabulary or {}).get("fingerprint")
    fingerprint = None if mark is None else str(mark)
    return facts.label, facts.phrase or "", facts.motion, facts.gripper, fingerprint


def _to_bytes(index: ShardIndex, mark: list[int]) -> bytes:
    buffer = io.BytesIO()
    about = [mark, index.digest, index.parts, index.said, index.columns, index.horizon]
    np.savez(
        buffer, spans=index.spans, primitive=index.primitive, about=np.array(json.dumps(about))
    )
    return buffer.getvalue()


def _from_bytes(data: bytes, mark: list[int]) -> ShardIndex:
    arrays = plain_arrays(data)
    found, *about = json.loads(str(arrays["about"]))
    spans, primitive = arrays["spans"], arrays["primitive"]
    if found != mark:
        raise ValueError("of another tar")
    texts = tuple[str, ...]
    kinds = tuple[str, texts, tuple[Said, ...], texts, int]
    digest, parts, said, columns, horizon = fit(about, kinds, "about")
    index = ShardIndex(digest, parts, spans, said, primitive, columns, horizon)
    sizes = spans[..., 1]
    is_sound = (
        spans.shape == (len(primitive), len(parts), 2)
        and 0 <= sizes.min(initial=0) <= sizes.max(initial=0) <= MOST_IMAGE_BYTES
        and spans.min(initial=0) >= -1
        and 0 <= primitive.min(initial=0) <= primitive.max(initial=-1) < len(said)
    )
    if not is_sound:
        raise ValueError("not one of ours")
    return index


def plain_arrays(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` that is not compressed.

    Raises:
        Exception: It is none, or holds objects.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        if sum(info.file_size for info in file.infolist()) > len(data):
            raise ValueError("compressed")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return dict(arrays)


def file_digest(file: io.BufferedReader) -> str:
    """SHA-256 of what an open file holds from here on."""
    found = hashlib.sha256()
    while piece := file.read(1 << 20):
        found.update(piece)
    return found.hexdigest()
