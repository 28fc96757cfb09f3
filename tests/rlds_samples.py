"""RLDS data sets for tests: the one that tensorflow-datasets wrote, and records written here."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cliprt.data.rlds.tfrecord import checksum

FIXTURE = Path(__file__).parent / "fixtures" / "rlds"
TOY = FIXTURE / "toy_arm" / "1.0.0"
"""Made by docs/make/rlds_fixture.py."""

SCALAR = {"pythonClassName": "tensorflow_datasets.core.features.scalar.Scalar"}


def varint(number: int) -> bytes:
    """Of protocol buffers."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def part(number: int, data: bytes) -> bytes:
    """A field with its length."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def floats(numbers: Iterable[float]) -> bytes:
    """A Feature."""
    data = b"".join(struct.pack("<f", number) for number in numbers)
    return part(2, part(1, data))


def integers(numbers: Iterable[int]) -> bytes:
    """A Feature."""
    return part(3, part(1, b"".join(varint(number % (1 << 64)) for number in numbers)))


def byte_strings(rows: Iterable[bytes]) -> bytes:
    """A Feature."""
    return part(1, b"".join(part(1, row) for row in rows))


def example(columns: Mapping[str, bytes]) -> bytes:
    """A tf.train.Example of Features."""
    entries = (part(1, key.encode()) + part(2, feature) for key, feature in columns.items())
    return part(1, b"".join(part(1, entry) for entry in entries))


def framed(*records: bytes) -> bytes:
    """The content of a TFRecord file."""
    return b"".join(frame(struct.pack("<Q", len(data)), data) for data in records)


def frame(size: bytes, data: bytes) -> bytes:
    """One record, whatever its length says, with right checksums."""
    crc = checksum()
    return size + struct.pack("<I", crc(size)) + data + struct.pack("<I", crc(data))


def tensor(dtype: str, shape: Sequence[int] = (), encoding: str = "none") -> dict[str, object]:
    """As features.json says it."""
    sizes = {"dimensions": list(map(str, shape))} if shape else {}
    return {"tensor": {"dtype": dtype, "encoding": encoding, "shape": sizes}}


def features_tree(steps: Mapping[str, object], **others: object) -> dict[str, object]:
    """A features.json."""
    inside = {"featuresDict": {"features": dict(steps)}}
    return {"featuresDict": {"features": {"steps": {"sequence": {"feature": inside}}, **others}}}


def write_dataset(
    folder: Path,
    steps: Mapping[str, object],
    shards: Sequence[Sequence[bytes]],
    **info: object,
) -> Path:
    """A data set of one split, "train", with these records."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "features.json").write_text(json.dumps(features_tree(steps)))
    split = {"name": "train", "shardLengths": [str(len(records)) for records in shards]}
    about = {"name": "toy", "version": "1.0.0", "splits": [split], **info}
    (folder / "dataset_info.json").write_text(json.dumps(about))
    for number, records in enumerate(shards):
        name = f"toy-train.tfrecord-{number:05d}-of-{len(shards):05d}"
        (folder / name).write_bytes(framed(*records))
    return folder
