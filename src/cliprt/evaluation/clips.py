"""Recorded rollouts as something to embed in a page: the video and a strip of its frames."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STRIP = 5
STRIP_SIZE_PX = 240
LARGEST_BYTES = 8_000_000
"""A longer video would make the page heavy; it is shown by its frames only."""


@dataclass(frozen=True)
class Clip:
    """One rollout to look at.

    Attributes:
        video: ``data:`` address of the video; None if it is too large to embed.
        poster: ``data:`` address of its first frame, full size.
        strip: ``data:`` addresses of frames from the first to the last, evenly spaced.
    """

    video: str | None
    poster: str
    strip: tuple[str, ...]


def load_clip(path: Path) -> Clip | None:
    """Read a video; None if it is not there or not whole (an evaluation that was cut off)."""
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
    return Clip(video, _to_jpeg(frames[0], max(frames[0].shape)), strip)


def _to_jpeg(frame: np.ndarray, size_px: int) -> str:
    from PIL import Image

    image = Image.fromarray(frame)
    image.thumbnail((size_px, size_px))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return _data_uri("image/jpeg", buffer.getvalue())


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
