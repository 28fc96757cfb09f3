"""A video file that grows frame by frame: however long it gets, one frame of it is in memory."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cliprt.data.disk import writing

LONGEST_GIF_S = 120
"""A GIF takes much room for each second; what comes later is left out.  An .mp4 has no end."""

_LOSSLESS = {"pix_fmt_out": "yuv444p", "output_params": ["-qp", "0", "-preset", "ultrafast"]}
_FIND_COLOURS = "palettegen=stats_mode=full"
_USE_COLOURS = "paletteuse=dither=floyd_steinberg:diff_mode=rectangle"


class Film:
    """Frames of one size, encoded as they come; the file is there once `close` returns.

    Args:
        path: ``.mp4`` (or anything that ffmpeg knows), or ``.gif``, whose 256 colours are chosen
            for the whole film.
        frames_per_s: Speed of the film.

    Attributes:
        length: How many frames it has.
    """

    def __init__(self, path: Path, frames_per_s: int) -> None:
        self.path = path
        self.frames_per_s = frames_per_s
        self.length = 0
        self._folder: TemporaryDirectory[str] | None = None
        self._encoder: Generator[None, np.ndarray | None, None] | None = None

    def add(self, frame: np.ndarray, times: int = 1) -> None:
        """Add a picture, uint8 (h, w, 3) of even height and width, as so many frames.

        Raises:
            StoreError: The file cannot be written.
        """
        with writing(self.path):
            self._encoder = self._encoder or self._open(frame)
            for _ in range(times):
                self._encoder.send(np.ascontiguousarray(frame))
        self.length += times

    def close(self) -> None:
        """Finish the file; without any frame there is none.

        Raises:
            StoreError: The file cannot be written.
        """
        encoder, folder, self._encoder, self._folder = self._encoder, self._folder, None, None
        if encoder is None or folder is None:
            return
        with folder, writing(self.path):
            encoder.close()
            whole = self._scratch(folder)
            if self._is_gif:
                whole = _to_gif(whole)
            whole.replace(self.path)

    @property
    def _is_gif(self) -> bool:
        return self.path.suffix == ".gif"

    def _scratch(self, folder: TemporaryDirectory[str]) -> Path:
        return Path(folder.name) / f"film{'.mkv' if self._is_gif else self.path.suffix}"

    def _open(self, frame: np.ndarray) -> Generator[None, np.ndarray | None, None]:
        import imageio_ffmpeg

        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the file, so that it appears in one stroke.
        self._folder = TemporaryDirectory(prefix=f".{self.path.stem}-", dir=self.path.parent)
        height, width = frame.shape[:2]
        encoder: Generator[None, np.ndarray | None, None] = imageio_ffmpeg.write_frames(
            self._scratch(self._folder),
            (width, height),
            fps=self.frames_per_s,
            macro_block_size=2,
            **(_LOSSLESS if self._is_gif else {}),
        )
        encoder.send(None)
        return encoder


def _to_gif(video: Path) -> Path:
    """The same as a GIF beside it, with the colours that serve all its frames best."""
    colours, gif = video.with_name("colours.png"), video.with_suffix(".gif")
    start = ["-t", f"{LONGEST_GIF_S}", "-i", str(video)]
    _call_ffmpeg(*start, "-vf", _FIND_COLOURS, str(colours))
    _call_ffmpeg(*start, "-i", str(colours), "-lavfi", _USE_COLOURS, str(gif))
    return gif


def _call_ffmpeg(*arguments: str) -> None:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-v", "error", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ffmpeg failed: {done.stderr.strip()[-200:]}")
