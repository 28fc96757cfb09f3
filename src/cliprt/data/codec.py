"""Steps and images as bytes that can prove they are whole: JSON with a checksum, and PNG."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cliprt.errors import StoreError
from cliprt.types import Observation, Outcome, Primitive, Step

if TYPE_CHECKING:
    import numpy as np

Stored = TypeVar("Stored")

_SEAL = '{"crc32":"%08x","body":'
_SEAL_BYTES = len(_SEAL % 0)
# Small frames gain little from a harder search, and recording waits for it.
_PNG_LEVEL = 1


def seal(body: object) -> bytes:
    """One line of JSON, ``{"crc32": ..., "body": body}``, whose checksum covers the body's text.

    Raises:
        StoreError: The body holds something that is not a JSON value.
    """
    try:
        text = json.dumps(body, default=_to_plain, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"cannot be stored: {error}. Allowed: numbers, strings, booleans, None, lists and"
            " mappings of them; convert the value first."
        ) from None
    return f"{_SEAL % zlib.crc32(text.encode())}{text}}}\n".encode()


def unseal(line: bytes) -> Any:
    """The body of a sealed line.

    Raises:
        ValueError: The line is cut off or altered.
    """
    body = line[_SEAL_BYTES:-2]
    if not line.endswith(b"}\n") or line[:_SEAL_BYTES] != (_SEAL % zlib.crc32(body)).encode():
        raise ValueError("the checksum does not match")
    return json.loads(body)


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
        StoreError: Another shape or dtype.
    """
    from PIL import Image

    if str(image.dtype) != "uint8" or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise StoreError(
            f"cannot store an image of shape {image.shape} and dtype {image.dtype}."
            " Allowed: uint8 (h, w, 3), RGB; convert it before recording."
        )
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()


def from_png(data: bytes) -> np.ndarray:
    """uint8 image (h, w, 3) of PNG (or JPEG) bytes.

    Raises:
        ValueError: They are not a whole image.
    """
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.array(image if image.mode == "RGB" else image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"not a whole image ({error})") from error


@dataclass(frozen=True)
class StoredImage:
    """An image file and the checksum that it had when it was written."""

    path: Path
    crc32: int

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            StoreError: The file is missing or altered.
        """
        try:
            data = self.path.read_bytes()
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
            return from_png(stored.read())
        except ValueError as error:
            raise corrupt(stored.path, str(error)) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


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
        "primitive": asdict(step.primitive),
        "observation": observation,
        "outcome": asdict(step.outcome),
        "images": images,
    }


def from_record(record: Mapping[str, Any], folder: Path) -> Step:
    """The step of a record, its images still in `folder`.

    Fields that a later version added are passed over; those that it knows and the record lacks have
    their default.

    Raises:
        KeyError, TypeError, AttributeError: The record is not one of ours.
    """
    files = {
        camera: StoredImage(folder / name, crc) for camera, (name, crc) in record["images"].items()
    }
    seen = known_fields(Observation, record["observation"])
    values = {
        **record,
        "observation": Observation(**{**seen, "images": StoredImages(files)}),
        "primitive": from_stored(Primitive, record["primitive"]),
        "outcome": from_stored(Outcome, record["outcome"]),
    }
    return from_stored(Step, values)


def from_stored(cls: type[Stored], values: Mapping[str, Any]) -> Stored:
    """A dataclass of stored values; what a later version added to them is passed over."""
    return cls(**known_fields(cls, values))


def known_fields(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a dataclass has of stored values, lists as tuples; what else is there is passed over."""
    names = {field.name for field in fields(cls)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in names
    }


class UnknownRecordError(StoreError):
    """A record is whole, but not one that this version understands."""


def not_understood(path: Path, error: Exception) -> UnknownRecordError:
    """The error for a record that is as it was written, so that there is nothing to repair."""
    reason = f"{type(error).__name__}: {error}"
    return UnknownRecordError(
        f"{path} is whole, but this cliprt does not understand it ({reason})."
        " Another version wrote it, and it is left as it is. Update: pip install -U cliprt"
    )


def corrupt(path: Path, reason: str) -> StoreError:
    """The error for a file that cannot be read, with what to do about it."""
    # <store>/<episodes or journal>/<id>/... : repair works on the whole store.
    root = next((p.parent for p in path.parents if p.name in ("episodes", "journal")), path.parent)
    return StoreError(
        f"{path} cannot be read: {reason}. What is whole can be kept: cliprt episodes repair {root}"
    )
