"""Steps and images as bytes that can prove they are whole: JSON with a checksum, and PNG."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cliprt.data.boundary import (
    MOST_IMAGE_BYTES,
    MOST_PIXELS,
    MOST_RECORD_BYTES,
    decode_picture,
    parse_json,
    read_plain,
)
from cliprt.data.schema import build, fit
from cliprt.errors import StoreError
from cliprt.types import Step

if TYPE_CHECKING:
    import numpy as np

IMAGES = "images"
"""Folder of an episode's images, in its own."""

_SEAL = '{"crc32":"%08x","body":'
_SEAL_BYTES = len(_SEAL % 0)
# Small frames gain little from a harder search, and recording waits for it.
_PNG_LEVEL = 1


def seal(body: object) -> bytes:
    """One line of JSON, ``{"crc32": ..., "body": body}``, whose checksum covers the body's text.

    Raises:
        StoreError: The body holds something that is not a JSON value, or is too long to be read
            again.
    """
    try:
        text = json.dumps(body, default=_to_plain, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"cannot be stored: {error}. Allowed: numbers, strings, booleans, None, lists and"
            " mappings of them; convert the value first."
        ) from None
    if len(text) > MOST_RECORD_BYTES:
        raise StoreError(
            f"cannot be stored: it takes {len(text)} bytes as JSON. Allowed: {MOST_RECORD_BYTES};"
            " leave out what nobody needs (trace, meta)."
        )
    return f"{_SEAL % zlib.crc32(text.encode())}{text}}}\n".encode()


def unseal(line: bytes) -> Any:
    """The body of a sealed line.

    Raises:
        ValueError: The line is cut off or altered, or holds no JSON.
    """
    return parse_json(check_seal(line))


def check_seal(line: bytes) -> bytes:
    """The text in a sealed line, as it was written.

    Raises:
        ValueError: The line is cut off or altered.
    """
    body = line[_SEAL_BYTES:-2]
    if not line.endswith(b"}\n") or line[:_SEAL_BYTES] != (_SEAL % zlib.crc32(body)).encode():
        raise ValueError("the checksum does not match")
    return body


def _to_plain(value: Any) -> Any:
    """Numpy numbers and arrays as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} ({type(value).__name__}) is not a JSON value")


def to_png(image: np.ndarray) -> bytes:
    """PNG of a uint8 image (h, w, 3).

    Raises:
        StoreError: Another shape or dtype, or too many pixels.
    """
    from PIL import Image

    is_rgb = str(image.dtype) == "uint8" and image.ndim == 3 and image.shape[2] == 3
    if not is_rgb or not 0 < image.size <= 3 * MOST_PIXELS:
        raise StoreError(
            f"cannot store an image of shape {image.shape} and dtype {image.dtype}. Allowed: uint8"
            f" (h, w, 3), RGB, at most {MOST_PIXELS} pixels; convert it before recording."
        )
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()


def image_name(index: int, camera: str) -> str:
    """File of one image, relative to the episode's folder."""
    return f"{IMAGES}/{index:04d}-{quote(camera, safe='')}.png"


@dataclass(frozen=True)
class StoredImage:
    """An image file and the checksum that it had when it was written.

    Attributes:
        path: Where it is.
        crc32: The checksum.
        within: Folder from which on nothing on the way to it may be a link.
    """

    path: Path
    crc32: int
    within: Path

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            StoreError: The file is missing or altered.
        """
        try:
            data = read_plain(self.path, MOST_IMAGE_BYTES, self.within)
        except OSError as error:
            raise corrupt(self.path, error.strerror or str(error)) from error
        if zlib.crc32(data) != self.crc32:
            raise corrupt(self.path, "the checksum does not match")
        return data


class StoredImages(Mapping[str, "np.ndarray"]):
    """The images of one observation, decoded when they are looked at."""

    def __init__(self, files: Mapping[str, StoredImage]) -> None:
        self.files = files

    def __getitem__(self, camera: str) -> np.ndarray:
        stored = self.files[camera]
        try:
            return decode_picture(stored.read())
        except ValueError as error:
            raise not_understood(stored.path, error) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def check_pictures(steps: Iterable[Step]) -> None:
    """Decode every image once.

    Raises:
        StoreError: One cannot be read.
    """
    for step in steps:
        dict(step.observation.images)


def to_record(step: Step, images: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """A step as JSON values.

    Args:
        step: The step.
        images: Camera -> (file name, checksum).
    """
    observation = {k: v for k, v in vars(step.observation).items() if k != "images"}
    return {
        "index": step.index,
        "supervision": step.supervision,
        "source": step.source,
        "train": step.train,
        "trace": dict(step.trace),
        "primitive": vars(step.primitive),
        "observation": observation,
        "outcome": vars(step.outcome),
        "images": images,
    }


def from_record(record: Any, folder: Path) -> Step:
    """The step of a record, its images still in `folder`.

    Where an image lies follows from its step and camera; a record cannot say otherwise.

    Raises:
        ValueError: The record is not one of ours; see :func:`cliprt.data.schema.build`.
    """
    values = fit(record, Mapping[str, Any], "a step")
    index = fit(values.get("index"), int, "index")
    images = fit(values.get("images"), Mapping[str, tuple[str, int]], "images")
    for camera, (name, _) in images.items():
        if name != image_name(index, camera):
            raise ValueError(f"images[{camera!r}] is {name!r}, not {image_name(index, camera)!r}")
    files = {
        camera: StoredImage(folder / name, crc, folder) for camera, (name, crc) in images.items()
    }
    seen = fit(values.get("observation"), Mapping[str, Any], "observation")
    return build(Step, {**values, "observation": {**seen, "images": StoredImages(files)}})


class UnknownRecordError(StoreError):
    """A record is whole, but not one that this version understands."""


def not_understood(path: Path, error: Exception) -> UnknownRecordError:
    """The error for a record that is as it was written, so that there is nothing to repair."""
    return UnknownRecordError(
        f"{path} is whole, but this cliprt does not understand it ({error})."
        " Another version wrote it, and it is left as it is. Update: pip install -U cliprt"
    )


def corrupt(path: Path, reason: str) -> StoreError:
    """The error for a file that cannot be read, with what to do about it."""
    # <store>/<episodes or journal>/<id>/... : repair works on the whole store.
    root = next((p.parent for p in path.parents if p.name in ("episodes", "journal")), path.parent)
    return StoreError(
        f"{path} cannot be read: {reason}. What is whole can be kept: cliprt episodes repair {root}"
    )
