"""Films of episodes: what the robot saw, what was said, what it then did."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from cliprt.runtime.gate import Gate
from cliprt.types import Observation, Step

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

TEXT_PX = 16
MARGIN_PX = 8
BACKGROUND = (24, 26, 30)
WORDS, DETAIL, REFUSED = (240, 240, 240), (150, 190, 255), (255, 140, 120)


class VideoRecorder:
    """One frame a step, with a caption; the file is written when the ``with`` block ends.

    Give it to the loop as `on_step`.  A frame shows the state before the step, so its caption is
    what happens next.

    Args:
        path: ``.mp4`` (or anything ffmpeg knows) or ``.gif``.
        robot: A simulated robot that renders the scene at `size_px`; None shows the images of the
            observations, scaled up.
        size_px: Height of the pictures [pixel].
        frames_per_s: Speed of the film.
        title: Above every frame, e.g. the instruction.
    """

    def __init__(
        self,
        path: Path,
        robot: Gate | None = None,
        size_px: int = 480,
        frames_per_s: float = 1.0,
        title: str = "",
    ) -> None:
        self.path = path
        self._robot = robot
        self._size_px = size_px
        self._frames_per_s = frames_per_s
        self._title = title
        self._frames: list[np.ndarray] = []
        self._scene: np.ndarray | None = None

    def __enter__(self) -> VideoRecorder:
        self._scene = self._render()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.write()

    def __call__(self, step: Step) -> None:
        """Add a recorded step."""
        said = f"“{step.supervision}”" if step.supervision else ""
        refused = step.outcome.refused or ""
        self.add(step.observation, said, f"{step.index + 1}  {step.primitive.phrase}", refused)

    def add(
        self, observation: Observation, words: str, detail: str = "", refused: str = ""
    ) -> None:
        """Add a frame of any state, e.g. the last one."""
        pictures = list(observation.images.values())
        if self._scene is not None:
            pictures = [self._scene]
            self._scene = self._render()
        lines = [(self._title, WORDS), (words, WORDS), (detail, DETAIL), (refused, REFUSED)]
        self._frames.append(draw_frame(pictures, lines, self._size_px))

    def write(self) -> None:
        """Write all frames so far; nothing if there are none."""
        if not self._frames:
            return
        import imageio.v3 as iio

        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.suffix == ".gif":
            duration_ms = 1000 / self._frames_per_s
            iio.imwrite(self.path, self._frames, duration=duration_ms, loop=0)
        else:
            iio.imwrite(
                self.path, self._frames, fps=self._frames_per_s, plugin="FFMPEG", macro_block_size=2
            )

    def _render(self) -> np.ndarray | None:
        if self._robot is None or self._robot.state != "ready":
            return None
        return self._robot.render(self._size_px, self._size_px)


def draw_frame(
    pictures: list[np.ndarray], lines: list[tuple[str, tuple[int, int, int]]], size_px: int
) -> np.ndarray:
    """Pictures side by side above lines of text, on a dark ground.

    Args:
        pictures: uint8 (h, w, 3), of any size.
        lines: Text and colour; empty ones take no room, long ones are broken once.
        size_px: Height of the pictures [pixel].

    Returns:
        uint8 (h, w, 3) with even height and width; the same size for the same number of pictures
        of the same shape and the same number of lines.
    """
    from PIL import Image, ImageDraw

    tiles = [_scale(picture, size_px) for picture in pictures]
    width = max(sum(tile.shape[1] for tile in tiles), size_px) // 2 * 2
    line_px = TEXT_PX + 4
    rows = len(lines) + 1
    height = (size_px + 2 * MARGIN_PX + rows * line_px) // 2 * 2
    frame = Image.new("RGB", (width, height), BACKGROUND)
    left = 0
    for tile in tiles:
        frame.paste(Image.fromarray(tile), (left, 0))
        left += tile.shape[1]
    pen, font = ImageDraw.Draw(frame), _font()
    broken = [
        (part, colour)
        for text, colour in lines
        for part in textwrap.wrap(text, width // (TEXT_PX // 2))[:2]
    ]
    for row, (part, colour) in enumerate(broken[:rows]):
        place = (MARGIN_PX, size_px + MARGIN_PX + row * line_px)
        pen.text(place, part, fill=colour, font=font)
    return np.asarray(frame)


def _font() -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(TEXT_PX)


def _scale(picture: np.ndarray, size_px: int) -> np.ndarray:
    from PIL import Image

    height, width = picture.shape[:2]
    size = (max(1, round(width * size_px / height)), size_px)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
