"""Which steps of an RLDS shard a rule has a label for, and where their images lie in the file.

Found by reading the shard once, without its images, and kept beside it: the steps of
``viola-train.tfrecord-00000-of-00064`` by the rule ``observed`` are in the same name with
``.observed.index`` behind it.  Where the file, the set's row or our code is another, it is read
again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from cliprt.data.boundary import MOST_IMAGE_BYTES, read_plain
from cliprt.data.disk import replace_file
from cliprt.data.rlds.dataset import Shard, read_records
from cliprt.data.rlds.tfrecord import damaged
from cliprt.data.schema import fit
from cliprt.data.shard_index import file_digest, plain_arrays
from cliprt.errors import StoreError
from cliprt.oxe.labels import instruction_of, label_episode
from cliprt.oxe.sets import DatasetSet, wanted_columns

_FORMAT = 1
_MOST_INDEX_BYTES = 1 << 28


@dataclass(frozen=True, eq=False)
class LabelledSteps:
    """The n steps of a shard that have a label.

    Attributes:
        digest: Changes with the shard's content, the labels and the instructions.
        total: Steps in the shard, with a label or without.
        seen: Size and time [ns] of the file when it was read.
        spans: Offset and size of each image in the file, int64 (n, 2).
        labels: Of `oxe_50`, int64 (n,).
        episodes: Number of the record, int64 (n,).
        steps: Number of the step in its episode, int64 (n,).
        instructions: Of each record.
    """

    digest: str
    total: int
    seen: tuple[int, int]
    spans: np.ndarray
    labels: np.ndarray
    episodes: np.ndarray
    steps: np.ndarray
    instructions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def load_steps(shard: Shard, one: DatasetSet, rule: str) -> LabelledSteps:
    """The labelled steps of a shard, found anew where they are not there or not the shard's.

    Raises:
        StoreError: The shard is missing or damaged, or has not the columns that the set says.
        UsageError: The rule cannot be used with the set.
    """
    place = shard.path.with_name(f"{shard.path.name}.{rule}.index")
    try:
        stat = shard.path.stat()
    except OSError as error:
        raise damaged(shard.path, error.strerror or str(error)) from error
    made = hashlib.sha256(f"{_code()} {rule} {one!r}".encode()).hexdigest()
    mark = [_FORMAT, made, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    # Whatever is wrong with what was kept, it is made anew.
    with contextlib.suppress(Exception):
        return _from_bytes(read_plain(place, _MOST_INDEX_BYTES, place.parent), mark)
    found = _find(shard, one, rule, (stat.st_size, stat.st_mtime_ns))
    with contextlib.suppress(OSError):  # in a folder that nobody may write to it is made each time
        replace_file(place, _to_bytes(found, mark), durable=False)
    return found


def stem_of(name: str) -> str:
    """What the keys of a shard's steps begin with; a key has no dot.

    >>> stem_of("viola-train.tfrecord-00003-of-00064")
    'viola-train-00003-of-00064'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", name.replace(".tfrecord", ""))


@cache
def _code() -> str:
    """Digest of the code and the rows that labels follow from."""
    found = hashlib.sha256()
    for file in sorted(files("cliprt.oxe").iterdir(), key=lambda file: file.name):
        if file.is_file():
            found.update(file.read_bytes())
    return found.hexdigest()


def _find(shard: Shard, one: DatasetSet, rule: str, seen: tuple[int, int]) -> LabelledSteps:
    image = f"steps/{one.image}"
    total, instructions = 0, []
    parts = [np.empty((0, 5), dtype=np.int64)]
    for record in read_records(shard, wanted_columns(one, rule), located=(image,)):
        labels = label_episode(one, rule, record.columns)
        kept = np.flatnonzero(labels >= 0)
        numbers = np.full(len(kept), record.number)
        spans = np.asarray(record.columns[image])[kept]
        parts.append(np.column_stack([spans, labels[kept], numbers, kept]))
        instructions.append(instruction_of(one, record.columns))
        total += record.steps
    rows = np.concatenate(parts)
    digest = hashlib.sha256(rows.astype("<i8").tobytes() + json.dumps(instructions).encode())
    try:
        with shard.path.open("rb") as file:
            digest.update(file_digest(file).encode())
    except OSError as error:
        raise damaged(shard.path, error.strerror or str(error)) from error
    return _from_rows(rows, digest.hexdigest(), total, seen, tuple(instructions))


def _from_rows(
    rows: np.ndarray, digest: str, total: int, seen: tuple[int, int], instructions: tuple[str, ...]
) -> LabelledSteps:
    """Of rows (n, 5): offset and size of the image, label, episode, step."""
    spans, (labels, episodes, steps) = rows[:, :2], rows[:, 2:].T
    return LabelledSteps(digest, total, seen, spans, labels, episodes, steps, instructions)


def _to_bytes(found: LabelledSteps, mark: list[object]) -> bytes:
    buffer = io.BytesIO()
    rows = np.column_stack([found.spans, found.labels, found.episodes, found.steps])
    about = json.dumps([mark, found.digest, found.total, found.instructions])
    np.savez(buffer, rows=rows, about=np.array(about))
    return buffer.getvalue()


def _from_bytes(data: bytes, mark: list[object]) -> LabelledSteps:
    arrays = plain_arrays(data)
    known, *about = json.loads(str(arrays["about"]))
    digest, total, instructions = fit(about, tuple[str, int, tuple[str, ...]], "about")
    rows = arrays["rows"]
    sound = known == mark and rows.dtype == np.int64 and rows.shape == (len(rows), 5)
    most = [1 << 62, MOST_IMAGE_BYTES, 49, len(instructions) - 1, total - 1]
    if not sound or (rows < 0).any() or (rows > most).any():
        raise StoreError("it is not one of ours, or of another shard")
    return _from_rows(rows, digest, total, (mark[2], mark[3]), instructions)  # type: ignore[arg-type]
