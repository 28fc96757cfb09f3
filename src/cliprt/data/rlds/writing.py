"""Writes what the other modules read: TFRecord frames, tf.train.Example, and the two descriptions.

The same columns give the same bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.rlds.dataset import FEATURES, INFO, TEMPLATE
from cliprt.data.rlds.features import STEPS
from cliprt.data.rlds.tfrecord import HEAD, TAIL, checksum

Rows = Sequence[bytes] | np.ndarray
"""A column: n bytes (texts, images), or numbers (n, *shape)."""

_PYTHON = "tensorflow_datasets.core.features."
_IMAGE = {"dtype": "uint8", "shape": {"dimensions": ["-1", "-1", "3"]}}


def to_frame(data: bytes) -> bytes:
    """A record as it lies in a file, with its length and both checksums.

    Raises:
        MissingExtraError: The package that computes the checksums is not installed.
    """
    crc = checksum()
    size = struct.pack("<Q", len(data))
    return HEAD.pack(len(data), crc(size)) + data + TAIL.pack(crc(data))


def to_example(columns: Mapping[str, Rows]) -> bytes:
    """A tf.train.Example; floats are written with 32 bits, all other numbers as integers."""
    entries = (
        _field(1, _field(1, key.encode()) + _field(2, _to_list(columns[key])))
        for key in sorted(columns)
    )
    return _field(1, b"".join(entries))


def describe(
    folder: Path, name: str, version: str, columns: Mapping[str, Rows], lengths: Sequence[int]
) -> None:
    """Write ``features.json`` and ``dataset_info.json``, as tensorflow-datasets reads them.

    Args:
        folder: Of the version, where the shards are.
        name, version: Of the data set.
        columns: Of any episode; bytes are texts, or pictures where the key says ``image``.
        lengths: Records of each shard of the only split, ``train``.
    """
    tree: dict[str, Any] = {}
    for key in sorted(columns):
        *way, last = key.removeprefix(STEPS).split("/")
        node = tree.setdefault("steps", {}) if key.startswith(STEPS) else tree
        for part in way:
            node = node.setdefault(part, {})
        node[last] = _to_leaf(last, columns[key])
    steps = {"feature": _to_branch(tree.pop("steps")), "length": "-1"}
    features = _to_branch(tree)
    features["featuresDict"]["features"]["steps"] = {
        "pythonClassName": f"{_PYTHON}dataset_feature.Dataset",
        "sequence": steps,
    }
    size = sum(path.stat().st_size for path in folder.glob("*.tfrecord-*"))
    split = {
        "filepathTemplate": TEMPLATE,
        "name": "train",
        "numBytes": str(size),
        "shardLengths": [str(length) for length in lengths],
    }
    info = {"fileFormat": "tfrecord", "name": name, "splits": [split], "version": version}
    for path, value in ((FEATURES, features), (INFO, info)):
        text = json.dumps(value, indent=1, sort_keys=True)
        (folder / path).write_text(text, encoding="utf-8")


def _to_list(rows: Rows) -> bytes:
    if not isinstance(rows, np.ndarray):
        return _field(1, b"".join(_field(1, row) for row in rows))
    if rows.dtype.kind == "f":
        return _field(2, _field(1, rows.astype("<f4").tobytes()))
    numbers = (_varint(int(number) & 0xFFFFFFFFFFFFFFFF) for number in rows.ravel())
    return _field(3, _field(1, b"".join(numbers)))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    return bytes(_groups(number))


def _groups(number: int) -> Iterator[int]:
    """Seven bits a byte, lowest first."""
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number


def _to_branch(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A level of the tree; leaves have a class already."""
    features = {
        name: child if "pythonClassName" in child else _to_branch(child)
        for name, child in tree.items()
    }
    name = f"{_PYTHON}features_dict.FeaturesDict"
    return {"pythonClassName": name, "featuresDict": {"features": features}}


def _to_leaf(name: str, rows: Rows) -> dict[str, Any]:
    if not isinstance(rows, np.ndarray):
        if "image" in name:
            return {"pythonClassName": f"{_PYTHON}image_feature.Image", "image": _IMAGE}
        return {"pythonClassName": f"{_PYTHON}text_feature.Text", "text": {}}
    sizes: Iterable[int] = rows.shape[1:]
    shape = {"dimensions": [str(size) for size in sizes]} if rows.ndim > 1 else {}
    about = {"dtype": rows.dtype.name, "encoding": "none", "shape": shape}
    kind = "tensor_feature.Tensor" if rows.ndim > 1 else "scalar.Scalar"
    return {"pythonClassName": _PYTHON + kind, "tensor": about}
