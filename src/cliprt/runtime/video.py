"""Films of episodes: what the robot saw, what was said, what it then did."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from cliprt.data.disk import writing
from cliprt.runtime.company import Company
from cliprt.runtime.explanation import Explanation
from cliprt.runtime.gate import Gate
from cliprt.types import Observation, Step

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

TEXT_PX = 16
LINE_PX = TEXT_PX + 4
MARGIN_PX = 8
SHARE_PX, BAR_PX = 48, 72
"""Width of a probability in figures, and of its bar."""

BARS = 3
NO_BAR = (0.0, "")
BACKGROUND = (24, 26, 30)
TRACK = (58, 62, 70)
WORDS, DETAIL, REFUSED = (240, 240, 240), (150, 190, 255), (255, 140, 120)

Bar = tuple[float, str]
"""A share from 0 to 1 and what it is of; an empty text draws nothing but takes the room."""


class VideoRecorder(Company):
    """One frame a step, with a caption; the file is written when the ``with`` block ends.

    Give it to the loop as company.  A frame shows the state before the step, so its caption is
    what happens next.

    Args:
        path: ``.mp4`` (or anything ffmpeg knows) or ``.gif``.
        robot: A simulated robot that renders the scene at `size_px`; None shows the images of the
            observations, scaled up.
        size_px: Height of the pictures [pixel].
        frames_per_s: Speed of the film.
        title: Above every frame, e.g. the instruction.
        explain: Why a step was taken; shown as bars.
    """

    def __init__(
        self,
        path: Path,
        robot: Gate | None = None,
        size_px: int = 480,
        frames_per_s: float = 1.0,
        title: str = "",
        explain: Callable[[Step], Explanation | None] | None = None,
    ) -> None:
        self.path = path
        self._robot = robot
        self._size_px = size_px
        self._frames_per_s = frames_per_s
        self._title = title
        self._explain = explain
        self.decisions: list[Explanation | None] = []
        """Why each step was taken."""
        self._frames: list[np.ndarray] = []
        self._scene: np.ndarray | None = None

    def __enter__(self) -> VideoRecorder:
        with writing(self.path):  # said before anything moves
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._scene = self._render()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.write()

    def see(self, step: Step) -> None:
        """Add a recorded step."""
        said = f"“{step.supervision}”" if step.supervision else ""
        refused = step.outcome.refused or ""
        explanation = self._explain(step) if self._explain else None
        self.decisions.append(explanation)
        done = f"{step.index + 1}  {step.primitive.phrase}"
        self.add(step.observation, said, done, refused, explanation)

    def add(
        self,
        observation: Observation,
        words: str,
        detail: str = "",
        refused: str = "",
        explanation: Explanation | None = None,
    ) -> None:
        """Add a frame of any state, e.g. the last one."""
        pictures = list(observation.images.values())
        if self._scene is not None:
            pictures = [self._scene]
            self._scene = self._render()
        lines = [(self._title, WORDS), (words, WORDS), (detail, DETAIL), (refused, REFUSED)]
        bars = to_bars(explanation) if self._explain else ()
        self._frames.append(draw_frame(pictures, lines, self._size_px, bars))

    def write(self) -> None:
        """Write all frames so far; nothing if there are none."""
        if not self._frames:
            return
        import imageio.v3 as iio

        options: dict[str, Any] = {"duration": 1000 / self._frames_per_s, "loop": 0}
        if self.path.suffix != ".gif":
            options = {"fps": self._frames_per_s, "plugin": "FFMPEG", "macro_block_size": 2}
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            iio.imwrite(self.path, self._frames, **options)

    def _render(self) -> np.ndarray | None:
        if self._robot is None or self._robot.state != "ready":
            return None
        return self._robot.render(self._size_px, self._size_px)


def to_bars(explanation: Explanation | None) -> tuple[Bar, ...]:
    """The best primitives as bars, always as many."""
    top = explanation.top[:BARS] if explanation else ()
    bars = tuple((ranked.probability, ranked.phrase) for ranked in top)
    return bars + (NO_BAR,) * (BARS - len(bars))


def draw_frame(
    pictures: list[np.ndarray],
    lines: list[tuple[str, tuple[int, int, int]]],
    size_px: int,
    bars: Sequence[Bar] = (),
) -> np.ndarray:
    """Pictures side by side above lines of text, on a dark ground.

    Args:
        pictures: uint8 (h, w, 3), of any size.
        lines: Text and colour; empty ones take no room, long ones are broken once.
        size_px: Height of the pictures [pixel].
        bars: Below the lines, one a row.

    Returns:
        uint8 (h, w, 3) with even height and width; the same size for the same number of pictures
        of the same shape and the same number of lines and bars.
    """
    from PIL import Image, ImageDraw

    tiles = [_scale(picture, size_px) for picture in pictures]
    width = max(sum(tile.shape[1] for tile in tiles), size_px) // 2 * 2
    rows = len(lines) + 1
    height = (size_px + 2 * MARGIN_PX + (rows + len(bars)) * LINE_PX) // 2 * 2
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
        place = (MARGIN_PX, size_px + MARGIN_PX + row * LINE_PX)
        pen.text(place, part, fill=colour, font=font)
    for row, (share, text) in enumerate(bars):
        if text:
            _draw_bar(pen, size_px + MARGIN_PX + (rows + row) * LINE_PX, share, text)
    return np.asarray(frame)


def _draw_bar(pen: ImageDraw, top: int, share: float, text: str) -> None:
    """The share in figures, as a bar, and what it is of."""
    left, low, high = MARGIN_PX + SHARE_PX, top + TEXT_PX // 4, top + TEXT_PX
    pen.text((MARGIN_PX, top), f"{share:.0%}", fill=WORDS, font=_font())
    pen.rectangle((left, low, left + BAR_PX, high), fill=TRACK)
    pen.rectangle((left, low, left + round(share * BAR_PX), high), fill=DETAIL)
    pen.text((left + BAR_PX + MARGIN_PX, top), text, fill=WORDS, font=_font())


def _font() -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(TEXT_PX)


def _scale(picture: np.ndarray, size_px: int) -> np.ndarray:
    from PIL import Image

    height, width = picture.shape[:2]
    size = (max(1, round(width * size_px / height)), size_px)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
