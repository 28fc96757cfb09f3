"""Frames in and out of mp4 files, with PyAV.

H.264 (crf 18) rather than LeRobot's own default, AV1 (crf 30): every player, browser and loader
decodes it, frames are nearer to the pictures (40 dB to 35), and it takes half the computing; files
are 2.6 times as large.  Every second frame stands for itself (``g`` 2), so that frames are reached
at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from cliprt.data.boundary import MOST_PIXELS, open_plain
from cliprt.errors import StoreError

CODEC = "h264"
PIXELS = "yuv420p"
_ENCODER = "libx264"

# Threads that wait for each other take small frames longer; older releases of PyAV start none.
_ALONE: dict[str, Any] = (
    {"threads": 1} if "threads" in str(VideoReformatter.reformat.__doc__) else {}
)
ENCODED = {"g": 2, "crf": 18, "preset": "veryfast"}
"""How: lerobot's own names, which it encodes with when it takes episodes out of a file."""

DECODED = ("h264", "hevc", "av1", "vp9", "mpeg4", "mjpeg")
"""Codecs that data sets are written with; others are not handed to a decoder."""


def can_hold(height: int, width: int) -> bool:
    """Whether pictures of this size can be frames: colours are kept for two by two pixels."""
    return height % 2 == width % 2 == 0


class VideoWriter:
    """Appends frames to a new mp4; a context manager that finishes it.

    Args:
        path: Of the file.
        fps: Frames a second.
        height, width: Of every frame [px], even.

    Attributes:
        frames, bytes: How many it has; the encoder holds some back.
    """

    def __init__(self, path: Path, fps: int, height: int, width: int) -> None:
        self.frames = self.bytes = 0
        # No time of day in it: the same frames are the same bytes.
        self._container = av.open(str(path), "w", options={"fflags": "+bitexact"})
        self._stream = cast(VideoStream, self._container.add_stream(_ENCODER, rate=fps))
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = PIXELS
        self._stream.codec_context.thread_count = 1  # the bytes are the same on every machine
        self._converter = VideoReformatter()
        self._stream.options = {name: str(value) for name, value in ENCODED.items()}

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, image: np.ndarray) -> None:
        """Append one frame, uint8 (h, w, 3), RGB."""
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        self._write(self._stream.encode(self._converter.reformat(frame, format=PIXELS, **_ALONE)))
        self.frames += 1

    def close(self) -> None:
        """Write what is still in the encoder, and the file's table of frames."""
        self._write(self._stream.encode())
        self._container.close()

    def _write(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self.bytes += packet.size
            self._container.mux(packet)


def read_frames(
    path: Path, within: Path | None, timestamps: Sequence[float], tolerance_s: float = 1e-3
) -> Iterator[np.ndarray]:
    """The frames at these moments of a video, each uint8 (h, w, 3), RGB.

    Args:
        path: Of the file.
        within: Folder from which on nothing on the way to it may be a link; None = links are
            followed, as in a cache of downloads.
        timestamps: Rising, from the video's start [s].
        tolerance_s: How far a frame may be from its moment.

    Raises:
        StoreError: The file cannot be read or decoded, or has no frame at a moment.
    """
    if not len(timestamps):
        return
    try:
        with open_plain(path, within) as file, av.open(file, "r", format="mp4") as container:
            yield from _frames_at(container, list(timestamps), tolerance_s)
    except (OSError, ValueError, av.FFmpegError) as error:
        if isinstance(error, StoreError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(
            f"{path} cannot be read: {reason}. Fetch it again, or leave its episodes out."
        ) from error


def _frames_at(container: Any, wanted: list[float], tolerance_s: float) -> Iterator[np.ndarray]:
    stream = _checked_stream(container)
    start = float((stream.start_time or 0) * stream.time_base)
    container.seek(
        max(0, int((start + wanted[0] - tolerance_s) / stream.time_base)),
        stream=stream,
        backward=True,
    )
    converter = VideoReformatter()
    position = 0
    for frame in container.decode(stream):
        if frame.pts is None:
            continue
        time_s = float(frame.pts * Fraction(frame.time_base)) - start
        image = None
        while position < len(wanted) and wanted[position] <= time_s + tolerance_s:
            if abs(wanted[position] - time_s) > tolerance_s:
                raise ValueError(f"there is no frame at {wanted[position]:.3f} s")
            image = _to_image(converter, frame) if image is None else image
            yield image
            position += 1
        if position == len(wanted):
            return
    raise ValueError(f"it ends before {wanted[position]:.3f} s")


def _to_image(converter: VideoReformatter, frame: av.VideoFrame) -> np.ndarray:
    image: np.ndarray = converter.reformat(frame, format="rgb24", **_ALONE).to_ndarray()
    return image


def _checked_stream(container: Any) -> Any:
    if not container.streams.video:
        raise ValueError("it holds no video")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise ValueError("nobody decodes its codec")
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # also where it grows later
    name, width, height = stream.codec_context.name, stream.width, stream.height
    if not any(name.startswith(known) or known in name for known in DECODED):
        raise ValueError(f"its codec is {name!r:.20}. Allowed: {', '.join(DECODED)}")
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError(f"{width} x {height} px are not 1 to {MOST_PIXELS} pixels")
    return stream
