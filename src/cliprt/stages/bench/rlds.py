"""How fast RLDS steps are read, beside protocol buffers' own parser."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.data.rlds.tfrecord import checksum, read_frames
from cliprt.errors import MissingExtraError
from cliprt.stages.bench.rows import Measured, in_turn

EPISODES, STEPS = 10, 50
"""Of a shard."""

BASELINE = "protocol buffers' own parser, in C, which has no choice of columns"

_PIXELS = {"image": (256, "jpeg"), "wrist_image": (128, "png")}
_FLOATS = {
    "observation/state": 7,
    "action/world_vector": 3,
    "action/rotation_delta": 3,
    "action/gripper_closedness_action": 1,
    "language_embedding": 512,
}
_FLAGS = ("is_first", "is_last", "is_terminal")
_CLASSES = "tensorflow_datasets.core.features."
_PROTO = """
name: "cliprt_bench.proto" package: "cliprt_bench" syntax: "proto3"
message_type { name: "Bytes" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES } }
message_type { name: "Floats" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_FLOAT } }
message_type { name: "Integers" field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_INT64 } }
message_type { name: "Feature"
  field { name: "b" number: 1 type: TYPE_MESSAGE type_name: ".cliprt_bench.Bytes" oneof_index: 0 }
  field { name: "f" number: 2 type: TYPE_MESSAGE type_name: ".cliprt_bench.Floats" oneof_index: 0 }
  field { name: "i" number: 3 type: TYPE_MESSAGE type_name: ".cliprt_bench.Integers" oneof_index: 0 }
  oneof_decl { name: "kind" } }
message_type { name: "Features"
  field { name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".cliprt_bench.Features.FeatureEntry" }
  nested_type { name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING }
    field { name: "value" number: 2 type: TYPE_MESSAGE type_name: ".cliprt_bench.Feature" } } }
message_type { name: "Example"
  field { name: "features" number: 1 type: TYPE_MESSAGE type_name: ".cliprt_bench.Features" } }
"""  # noqa: E501


def measure_rlds() -> Iterator[Measured]:
    """Read a thousand steps with each reader; nothing where the extra is not installed."""
    try:
        checksum()
    except MissingExtraError:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "toy" / "1.0.0"
        write_sample(path, 1)
        readers = (read_all, read_without_images, read_by_protobuf)
        every, some, theirs = in_turn([partial(_read_through, reader, path) for reader in readers])
    thousand = 1000 / (EPISODES * STEPS)
    for what, spent_s in (("every column", every), ("but no image", some)):
        yield Measured(
            f"read 1,000 RLDS steps, {what}",
            thousand * spent_s,
            baseline=BASELINE,
            baseline_cpu_s=thousand * theirs,
        )


def read_all(path: Path) -> Iterator[dict[str, Any]]:
    """Every column of every episode."""
    return _read(path, ("image", "text", "tensor", "scalar"))


def read_without_images(path: Path) -> Iterator[dict[str, Any]]:
    """What labels are found in."""
    return _read(path, ("text", "tensor", "scalar"))


def _read(path: Path, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    dataset = open_rlds(path)
    wanted = [key for key, feature in dataset.features.items() if feature.kind in kinds]
    for shard in dataset.splits["train"]:
        for record in read_records(shard, wanted):
            yield dict(record.columns)


def read_by_protobuf(path: Path) -> Iterator[dict[str, Any]]:
    """Every column, as tensorflow-datasets reads where TensorFlow is not installed."""
    for shard in sorted(path.glob("*.tfrecord-*")):
        for frame in read_frames(shard):
            kept = _example_class().FromString(frame.data).features.feature
            yield {key: _values(key, kept[key]) for key in kept}


def write_sample(path: Path, shards: int) -> None:
    """A data set with random numbers; its pictures are of noise, the same in each episode."""
    path.mkdir(parents=True)
    (path / "features.json").write_text(json.dumps(_features()))
    split = {"name": "train", "shardLengths": [str(EPISODES)] * shards, "numBytes": "0"}
    about = {"name": "toy", "version": "1.0.0", "fileFormat": "tfrecord", "splits": [split]}
    (path / "dataset_info.json").write_text(json.dumps(about))
    rng, crc = np.random.default_rng(0), checksum()
    for number in range(shards):
        name = f"toy-train.tfrecord-{number:05d}-of-{shards:05d}"
        with (path / name).open("wb") as file:
            for _ in range(EPISODES):
                data = _episode(rng)
                head = struct.pack("<Q", len(data))
                file.write(head + struct.pack("<I", crc(head)))
                file.write(data + struct.pack("<I", crc(data)))


def _read_through(reader: Callable[[Path], Iterator[object]], path: Path) -> None:
    for _ in reader(path):
        pass


def _values(key: str, kept: Any) -> Any:
    if kept.WhichOneof("kind") == "b":
        return list(kept.b.value)
    if kept.WhichOneof("kind") == "i":
        return np.array(kept.i.value, dtype=bool)
    width = _FLOATS.get(key.removeprefix("steps/"))
    numbers = np.array(kept.f.value, dtype=np.float32)
    return numbers.reshape(-1, width) if width else numbers


def _episode(rng: np.random.Generator) -> bytes:
    """A tf.train.Example."""
    example = _example_class()()
    columns = example.features.feature
    for name, (side, form) in _PIXELS.items():
        columns[f"steps/observation/{name}"].b.value.extend(_pictures(side, form))
    for name, width in _FLOATS.items():
        columns[f"steps/{name}"].f.value.extend(rng.normal(size=STEPS * width).astype(np.float32))
    columns["steps/reward"].f.value.extend([0.0] * STEPS)
    for name in _FLAGS:
        columns[f"steps/{name}"].i.value.extend([0] * STEPS)
    columns["steps/language_instruction"].b.value.extend([b"pick up the block"] * STEPS)
    data: bytes = example.SerializeToString()
    return data


@cache
def _pictures(side: int, form: str) -> tuple[bytes, ...]:
    from PIL import Image

    rng, made = np.random.default_rng(side), []
    for _ in range(STEPS):
        noise = rng.integers(256, size=(16, 16, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noise).resize((side, side)).save(buffer, form)
        made.append(buffer.getvalue())
    return tuple(made)


def _features() -> dict[str, Any]:
    """The features.json."""
    steps: dict[str, Any] = {}
    for name, (side, form) in _PIXELS.items():
        about = {"dtype": "uint8", "encodingFormat": form, "shape": _shape(side, side, 3)}
        steps[f"observation/{name}"] = _node("image_feature.Image", image=about)
    for name, width in {**_FLOATS, "reward": 0}.items():
        about = {"dtype": "float32", "encoding": "none", "shape": _shape(*[width] * bool(width))}
        steps[name] = _node("tensor_feature.Tensor", tensor=about)
    for name in _FLAGS:
        about = {"dtype": "bool", "encoding": "none", "shape": {}}
        steps[name] = _node("tensor_feature.Tensor", tensor=about)
    steps["language_instruction"] = _node("text_feature.Text", text={})
    tree: dict[str, Any] = {}
    for key, node in steps.items():
        *above, name = key.split("/")
        place = tree.setdefault(above[0], {}) if above else tree
        place[name] = node
    inside = {k: v if "pythonClassName" in v else _dict_node(v) for k, v in tree.items()}
    sequence = {"feature": _dict_node(inside), "length": "-1"}
    return _dict_node({"steps": _node("dataset_feature.Dataset", sequence=sequence)})


def _node(name: str, **about: object) -> dict[str, Any]:
    return {"pythonClassName": _CLASSES + name, **about}


def _dict_node(features: dict[str, Any]) -> dict[str, Any]:
    return _node("features_dict.FeaturesDict", featuresDict={"features": features})


def _shape(*sizes: int) -> dict[str, list[str]]:
    return {"dimensions": list(map(str, sizes))}


@cache
def _example_class() -> Any:
    """The class of tf.train.Example, of protocol buffers' package, which tensorboard brings."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

    file = text_format.Parse(_PROTO, descriptor_pb2.FileDescriptorProto())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("cliprt_bench.Example")
    return message_factory.GetMessageClass(found)
