"""RLDS data sets of one moving arm, in the columns of a set of ours, to be converted."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from rlds_samples import byte_strings, example, floats, tensor, write_dataset

SET = "fractal20220817_data"

_IMAGE = {"image": {"dtype": "uint8", "encodingFormat": "jpeg", "shape": {}}}
_IMAGE["pythonClassName"] = "tensorflow_datasets.core.features.image_feature.Image"


def _inside(**features: object) -> dict[str, object]:
    return {"featuresDict": {"features": features}}


STEPS = {
    "observation": _inside(
        image=_IMAGE,
        natural_language_instruction={"text": {}},
        base_pose_tool_reached=tensor("float32", (7,)),
    ),
    "action": _inside(
        world_vector=tensor("float32", (3,)),
        rotation_delta=tensor("float32", (3,)),
        gripper_closedness_action=tensor("float32", (1,)),
    ),
}

Picture = Callable[[int, int, int], bytes]
"""Shard, episode, step -> an encoded image."""


def encoded(pixels: np.ndarray, kind: str = "JPEG", **options: object) -> bytes:
    """An image's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def plain_picture(shard: int, episode: int, step: int) -> bytes:
    """One grey, 3 brighter with each step."""
    return encoded(np.full((12, 16, 3), 3 * step, np.uint8))


def episode(
    shard: int, number: int, steps: int, picture: Picture = plain_picture, said: bytes = b""
) -> bytes:
    """A record: the arm moves forward, in the odd ones to the left, by 2 cm a step."""
    moved = np.zeros((steps, 3))
    moved[:, number % 2] = 0.02
    pose = np.zeros((steps, 7))
    pose[:, :3], pose[:, 6] = np.cumsum(moved, axis=0), 1.0
    said = said or f"shard {shard}, episode {number}".encode()
    images = [picture(shard, number, step) for step in range(steps)]
    return example(
        {
            "steps/observation/image": byte_strings(images),
            "steps/observation/natural_language_instruction": byte_strings([said] * steps),
            "steps/observation/base_pose_tool_reached": floats(pose.ravel()),
            "steps/action/world_vector": floats(moved.ravel()),
            "steps/action/rotation_delta": floats([0.0] * 3 * steps),
            "steps/action/gripper_closedness_action": floats([0.0] * steps),
        }
    )


def write_moving(
    folder: Path,
    shards: int = 3,
    episodes: int = 2,
    steps: int = 8,
    picture: Picture = plain_picture,
    said: bytes = b"",
) -> Path:
    """A data set in a folder; its shards are ``toy-train.tfrecord-0000i-of-0000n``."""
    records = [
        [episode(shard, number, steps, picture, said) for number in range(episodes)]
        for shard in range(shards)
    ]
    return write_dataset(folder, STEPS, records)


def shard_name(number: int, of: int = 3) -> str:
    """Of a shard."""
    return f"toy-train.tfrecord-{number:05d}-of-{of:05d}"
