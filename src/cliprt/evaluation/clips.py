"""Recorded rollouts as something to embed in a page: the video and a strip of its frames."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STRIP = 5
STRIP_SIZE_PX = 240
STEP_SIZE_PX = 176
LARGEST_BYTES = 8_000_000
"""A longer video would make the page heavy; it is shown by its frames only."""


@dataclass(frozen=True)
class Clip:
    """One rollout to look at.

    Attributes:
        video: ``data:`` address of the video; None if it is too large to embed.
        poster: ``data:`` address of its first frame, full size.
        strip: ``data:`` addresses of frames from the first to the last, evenly spaced.
        steps: ``data:`` addresses of the first frames, small and without their captions: what was
            seen before each step.
    """

    video: str | None
    poster: str
    strip: tuple[str, ...]
    steps: tuple[str, ...] = ()


def load_clip(path: Path, steps: int = 0) -> Clip | None:
    """Read a video; None if it is not there or not whole (an evaluation that was cut off).

    Args:
        path: A film that has one frame a step.
        steps: How many of the first frames to give one by one.
    """
    import imageio.v3 as iio

    try:
        frames = list(iio.imiter(path, plugin="FFMPEG"))
        content = path.read_bytes()
    except (OSError, RuntimeError, ValueError):
        return None
    if not frames:
        return None
    picks = sorted(set(np.linspace(0, len(frames) - 1, STRIP).round().astype(int).tolist()))
    video = _data_uri("video/mp4", content) if len(content) <= LARGEST_BYTES else None
    strip = tuple(_to_jpeg(frames[i], STRIP_SIZE_PX) for i in picks)
    seen = tuple(_to_jpeg(_without_caption(frame), STEP_SIZE_PX) for frame in frames[:steps])
    return Clip(video, _to_jpeg(frames[0], max(frames[0].shape)), strip, seen)


def _without_caption(frame: np.ndarray) -> np.ndarray:
    """The picture: a film's frame is a square above lines of text, or wider than high."""
    return frame[: frame.shape[1]]


def _to_jpeg(frame: np.ndarray, size_px: int) -> str:
    from PIL import Image

    image = Image.fromarray(frame)
    image.thumbnail((size_px, size_px))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return _data_uri("image/jpeg", buffer.getvalue())


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
