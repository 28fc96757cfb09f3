"""What a folder of converted shards says of itself: a sidecar beside each tar, and all together.

A shard is done where its sidecar holds the checksum of its tar.  The sidecars are what counts;
``manifest.json`` collects them, in order of their names, with what should be there.  None of them
holds a time or a place, so that they are the same whoever makes them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from cliprt.data.boundary import MOST_RECORD_BYTES, is_file, parse_json, read_plain
from cliprt.data.disk import beside, folder_lock, write_all, writing
from cliprt.data.schema import build
from cliprt.data.shard_index import file_digest
from cliprt.errors import StoreError
from cliprt.types import Limit

MANIFEST = "manifest.json"
TAR = ".tar"
SIDECAR = ".tar.json"

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
"""Of a shard: a file's name everywhere, and one that is not hidden."""

_LABEL = re.compile(r"[0-9]{1,9}")
_MOST_MANIFEST_BYTES = 64 << 20
_FORMAT = 1

_Count = Annotated[int, Limit(0, 2**53)]


@dataclass(frozen=True)
class Made:
    """What decides the bytes of all tars of a folder, beside the data set itself.

    Attributes:
        set: Its name.
        rule: How steps become labels.
        definition: Hash of the set's row.
        split: Of the data set.
        seed: Of the sentences drawn.
        sentences: Digest of those that are drawn from.
        vocabulary: Its fingerprint.
        image: Side [px] and JPEG quality.
        format: Of what is written.
    """

    set: str
    rule: str
    definition: str
    split: str
    seed: int
    sentences: str
    vocabulary: str
    image: tuple[int, int]
    format: int = _FORMAT

    @property
    def key(self) -> str:
        """The same for all that was made alike."""
        return hashlib.sha256(_to_json(self)).hexdigest()[:16]


@dataclass(frozen=True)
class Sidecar:
    """What one input shard became.

    Attributes:
        records, steps: Read.
        kept: Samples written.
        histogram: Label, as text -> how many of them.
        sha256: Of the tar.
        problems: Steps that were left out because their image is damaged, one line each; only the
            first ones.
        unreadable: How many.
        source: Name and version of the data set.
        made: `Made.key`.
    """

    records: _Count
    steps: _Count
    kept: _Count
    histogram: Mapping[str, _Count]
    sha256: str
    problems: tuple[str, ...]
    unreadable: _Count
    source: str
    made: str

    def __post_init__(self) -> None:
        for label in self.histogram:
            if not _LABEL.fullmatch(label):
                raise ValueError(f"it counts a label {label!r:.80}")

    @property
    def is_sound(self) -> bool:
        """Whether its counts agree with each other; they do not where somebody changed them."""
        return sum(self.histogram.values()) == self.kept and self.kept <= self.steps


@dataclass(frozen=True)
class Manifest:
    """What is in a folder, and what should be.

    Attributes:
        made: How.
        expected: Name of each input shard -> episodes in it, as its data set says.
        shards: Name -> sidecar, of those that are done.
        left: Name -> why it could not be converted.
    """

    made: Made
    expected: Mapping[str, _Count]
    shards: Mapping[str, Sidecar] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)


def read_sidecar(folder: Path, name: str) -> Sidecar | None:
    """What is said of the shard `name`; None where that is not there or cannot be read."""
    try:
        text = read_plain(folder / f"{name}{SIDECAR}", MOST_RECORD_BYTES, folder)
        return build(Sidecar, parse_json(text))
    except (OSError, ValueError):
        return None


def write_sidecar(folder: Path, name: str, sidecar: Sidecar) -> None:
    """Say of a shard that it is done."""
    _write(folder / f"{name}{SIDECAR}", sidecar)


def find_done(folder: Path, name: str, source: str, made: Made) -> Sidecar | None:
    """The sidecar of a shard that was made of this, like this, and is whole; None otherwise."""
    sidecar = read_sidecar(folder, name)
    tar = folder / f"{name}{TAR}"
    if sidecar is None or not sidecar.is_sound or not is_file(tar):
        return None
    if (sidecar.source, sidecar.made) != (source, made.key):
        return None
    with tar.open("rb") as file:
        return sidecar if file_digest(file) == sidecar.sha256 else None


def read_manifest(folder: Path) -> Manifest | None:
    """What the folder's manifest says; None where there is none.

    Raises:
        StoreError: It cannot be read.
    """
    path = folder / MANIFEST
    try:
        text = read_plain(path, _MOST_MANIFEST_BYTES, folder)
        manifest = build(Manifest, parse_json(text, _MOST_MANIFEST_BYTES))
        for name in (*manifest.expected, *manifest.shards, *manifest.left):
            if not SAFE_NAME.fullmatch(name):
                raise ValueError(f"it names a shard {name!r:.80}")
        return manifest
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}. Remove it and"
            " convert again: what is done is found by the sidecars beside the tars."
        ) from error


def update_manifest(
    folder: Path, made: Made, expected: Mapping[str, int], left: Mapping[str, str]
) -> Manifest:
    """Write what the sidecars say now, with what others expect or have left, and return it.

    Args:
        folder: Of the tars.
        made: How they are made.
        expected: Name -> records of the shards that should be there, beside those known.
        left: Name -> why it could not be converted.

    Raises:
        StoreError: The folder cannot be written, or its manifest not be read.
    """
    with writing(folder), folder_lock(folder):
        before = read_manifest(folder) or Manifest(made, {})
        all_expected = dict(sorted({**before.expected, **expected}.items()))
        found = {name: read_sidecar(folder, name) for name in all_expected}
        shards = {n: one for n, one in found.items() if one is not None and one.made == made.key}
        why = {**before.left, **left}
        manifest = Manifest(
            made,
            all_expected,
            shards,
            {name: why[name] for name in all_expected if name in why and name not in shards},
        )
        _write(folder / MANIFEST, manifest)
    return manifest


def digest_of(tars: Iterable[tuple[str, str]]) -> str:
    """One SHA-256 of (path, SHA-256) of many tars: that of what ``sha256sum`` prints of them.

    >>> digest_of([("b.tar", "1" * 64), ("a.tar", "0" * 64)])[:12]
    '3a44346c383d'
    """
    lines = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(tars))
    return hashlib.sha256(lines.encode()).hexdigest()


def _write(path: Path, value: Any) -> None:
    with writing(path), beside(path) as file:
        write_all(file, _to_json(value, indent=1) + b"\n", durable=False)


def _to_json(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(dataclasses.asdict(value), sort_keys=True, indent=indent).encode()
