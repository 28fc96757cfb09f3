"""Writes the RLDS data set in tests/fixtures/rlds, and what tensorflow-datasets reads in it.

It is no part of cliprt's environment: run it where tensorflow-datasets is installed.

    pip install tensorflow-cpu==2.21.0 tensorflow-datasets==4.9.10
    python docs/make/rlds_fixture.py

The columns are those of Open X-Embodiment's sets in small: fractal20220817_data's names, the code
points of language_table, kuka's compressed tensors, and kinds of columns that are not read.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

FOLDER = Path(__file__).parents[2] / "tests" / "fixtures" / "rlds"
INSTRUCTIONS = ("pick up the apple", "Schiebe die Tür zu", "컵을 왼쪽으로 옮겨")
SPLITS = {"train": (9, 12, 7, 10, 11), "val": (5, 8, 6)}
"""Split -> steps of its episodes."""

DIRECTIONS = np.eye(3)[[0, 1, 2, 0, 1, 2]] * [[1], [1], [1], [-1], [-1], [-1]]
NOT_DECODED = ("image", "wrist_image", "depth", "any_image")
features = tfds.features


class ToyArm(tfds.core.GeneratorBasedBuilder):
    """An arm that goes 2 cm a step along one axis and closes its gripper halfway."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "For tests."}

    def _info(self) -> tfds.core.DatasetInfo:
        tensor = features.Tensor
        steps = {
            "observation": {
                "image": features.Image(shape=(48, 64, 3), encoding_format="jpeg"),
                "wrist_image": features.Image(shape=(24, 24, 3), encoding_format="png"),
                "depth": features.Image(shape=(8, 8, 1), dtype=np.float32),
                "any_image": features.Image(),
                "natural_language_instruction": tensor(shape=(), dtype=np.str_),
                "natural_language_embedding": tensor(shape=(16,), dtype=np.float32),
                "instruction": tensor(shape=(512,), dtype=np.int32),
                "base_pose_tool_reached": tensor(shape=(7,), dtype=np.float32),
                "gripper_closed": tensor(shape=(1,), dtype=np.float32),
                "workspace_bounds": tensor(shape=(3, 3), dtype=np.float32),
                "packed_pose": tensor(shape=(7,), dtype=np.float32, encoding="zlib"),
                "packed_flags": tensor(shape=(2, 2), dtype=np.uint8, encoding="bytes"),
                "packed_any": tensor(shape=(None, 2), dtype=np.float64, encoding="zlib"),
                "packed_dynamic": tensor(shape=(None, None), dtype=np.int16, encoding="zlib"),
            },
            "action": {
                "world_vector": tensor(shape=(3,), dtype=np.float32),
                "rotation_delta": tensor(shape=(3,), dtype=np.float32),
                "gripper_closedness_action": tensor(shape=(1,), dtype=np.float32),
                "open_gripper": np.bool_,
                "terminate_episode": tensor(shape=(3,), dtype=np.int32),
            },
            "language_instruction": features.Text(),
            "reward": features.Scalar(dtype=np.float32),
            "discount": features.Scalar(dtype=np.float64),
            "half": features.Scalar(dtype=np.float16),
            "ticks": features.Scalar(dtype=np.int64),
            "byte": features.Scalar(dtype=np.int8),
            "mark": features.Scalar(dtype=np.uint64),
            "phase": features.ClassLabel(names=["go", "stop"]),
            "ragged": features.Sequence(np.int32),
            "box": features.BBoxFeature(),
            "is_first": np.bool_,
            "is_last": np.bool_,
            "is_terminal": np.bool_,
        }
        metadata = {
            "file_path": features.Text(),
            "episode_id": np.int32,
            "pose": tensor(shape=(None,), dtype=np.float32),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            features=features.FeaturesDict(
                {
                    "steps": features.Dataset(steps),
                    "episode_metadata": features.FeaturesDict(metadata),
                    "tags": features.Sequence(features.Text()),
                }
            ),
        )

    def _split_generators(self, dl_manager: object) -> dict[str, object]:
        return {split: self._generate_examples(split) for split in SPLITS}

    def _generate_examples(self, split: str = ""):
        for number, count in enumerate(SPLITS[split]):
            rng = np.random.default_rng([len(split), number])
            text = INSTRUCTIONS[number % 3]
            direction = DIRECTIONS[number % 6]
            steps = [step(rng, text, direction, i, count) for i in range(count)]
            metadata = {"file_path": f"{split}/{number}.h5", "episode_id": number - 2}
            metadata["pose"] = rng.normal(size=number).astype(np.float32)
            yield (
                f"{split}-{number}",
                {"steps": steps, "episode_metadata": metadata, "tags": ["toy"] * number},
            )


def step(rng: np.random.Generator, text: str, direction: np.ndarray, i: int, count: int) -> dict:
    """What is in one step."""
    place = 0.3 + 0.02 * i * direction
    pose = np.float32([*place, math.sin(i / 50), 0, 0, math.cos(i / 50)])
    points = np.zeros(512, np.int32)
    points[: len(text)] = [ord(letter) for letter in text]
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[..., 0] = np.arange(64) * 2 + i
    picture[4 + i : 14 + i, 10 + 2 * i : 20 + 2 * i] = 255 * np.abs(direction)
    closes = i == count // 2
    return {
        "observation": {
            "image": picture,
            "wrist_image": picture[:24, 10:34],
            "depth": rng.random((8, 8, 1), dtype=np.float32),
            "any_image": picture[: 3 + i, : 4 + i],
            "natural_language_instruction": text,
            "natural_language_embedding": rng.normal(size=16).astype(np.float32),
            "instruction": points,
            "base_pose_tool_reached": pose,
            "gripper_closed": np.float32([i > count // 2]),
            "workspace_bounds": rng.normal(size=(3, 3)).astype(np.float32),
            "packed_pose": pose,
            "packed_flags": rng.integers(256, size=(2, 2), dtype=np.uint8),
            "packed_any": rng.normal(size=(4, 2)),
            "packed_dynamic": np.ones((i, 2), np.int16),
        },
        "action": {
            "world_vector": np.float32(0.02 * direction),
            "rotation_delta": np.float32([0, 0, 0.04]),
            "gripper_closedness_action": np.float32([closes]),
            "open_gripper": i < 2,
            "terminate_episode": np.int32([0, i < count - 1, i == count - 1]),
        },
        "language_instruction": text,
        "reward": np.float32(i == count - 1),
        "discount": np.float64(np.float32(0.99) ** i),
        "half": np.float16(i / 3),
        "ticks": -(10 ** (2 * i)) if i < 9 else 2**63 - i,
        "byte": i - 5,
        "mark": 2**64 - 1 - i,
        "phase": i % 2,
        "ragged": [i] * i,
        "box": features.BBox(0.0, 0.0, 0.5, 1.0),
        "is_first": i == 0,
        "is_last": i == count - 1,
        "is_terminal": i == count - 1,
    }


def main() -> None:
    """Write the data set and the values."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    builder = ToyArm(data_dir=FOLDER)
    config = tfds.download.DownloadConfig(num_shards=3)
    builder.download_and_prepare(download_config=config)
    numbers: dict[str, np.ndarray] = {}
    texts: dict[str, list[str]] = {}
    skip = {name: tfds.decode.SkipDecoding() for name in NOT_DECODED}
    for split in SPLITS:
        kept = read(builder, split, {"steps": {"observation": skip}})
        decoded = read(builder, split, None)
        for key, episodes in kept.items():
            rows = list(chain.from_iterable(episodes))
            if key.endswith(NOT_DECODED):
                pixels = chain.from_iterable(decoded[key])
                texts[f"{split}/{key}"] = [digest(rows), digest(pixels)]
            elif isinstance(rows[0], bytes):
                texts[f"{split}/{key}"] = [row.decode() for row in rows]
            elif key.startswith("steps/"):
                numbers[f"{split}/{key}"] = np.stack(rows)
            else:
                for number, (value,) in enumerate(episodes):
                    numbers[f"{split}/{key}/{number}"] = value
    np.savez_compressed(FOLDER / "numbers.npz", **numbers)
    lines = json.dumps(texts, indent=0, ensure_ascii=False) + "\n"
    (FOLDER / "texts.json").write_text(lines, encoding="utf-8")


def read(builder: ToyArm, split: str, decoders: dict | None) -> dict[str, list[list]]:
    """Key -> episodes, in the order of the shards -> rows."""
    episodes = builder.as_dataset(
        split=split,
        decoders=decoders,
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
        shuffle_files=False,
    )
    found: dict[str, list[list]] = {}
    for episode in tfds.as_numpy(episodes):
        steps = list(episode.pop("steps"))
        for key, rows in columns(episode, steps).items():
            found.setdefault(key, []).append(rows)
    return found


def columns(episode: dict, steps: list[dict]) -> dict[str, list]:
    """Key -> rows of what can be read."""
    found = {key: [value] for key, value in flat("", episode)}
    for key, _ in flat("steps/", steps[0]):
        found[key] = [dict(flat("steps/", one))[key] for one in steps]
    left_out = ("ragged", "box", "tags", "packed_dynamic")
    return {key: rows for key, rows in found.items() if not key.endswith(left_out)}


def flat(prefix: str, tree: dict):
    """Key and value of each leaf."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(f"{prefix}{name}/", value)
        else:
            yield prefix + name, value


def digest(rows: Iterable[bytes | np.ndarray]) -> str:
    """Of images, encoded or decoded."""
    found = hashlib.sha256()
    for row in rows:
        data = row if isinstance(row, bytes) else np.ascontiguousarray(row).tobytes()
        found.update(b"%d " % len(data) + data)
    return found.hexdigest()


if __name__ == "__main__":
    main()
