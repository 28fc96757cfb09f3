"""Films of episodes: what the robot saw, what was said, what it then did."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cliprt.data.disk import writing
from cliprt.runtime.company import Company
from cliprt.runtime.explanation import Explanation
from cliprt.runtime.film import Film
from cliprt.runtime.gate import Gate
from cliprt.types import Observation, Step

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

FRAMES_PER_S = 15
"""Of the robot's clock, where it is filmed."""

STEPS_PER_S = 1
"""Speed of a film that has one frame a step."""

TEXT_PX = 16
LINE_PX = TEXT_PX + 4
MARGIN_PX = 8
SHARE_PX, BAR_PX, BAR_TEXT_PX = 30, 32, 11
"""Width of a probability in figures, and of its bar; a phrase beside them fits a small picture."""

BARS = 3
NO_BAR = (0.0, "")
BACKGROUND = (24, 26, 30)
TRACK = (58, 62, 70)
WORDS, DETAIL, REFUSED = (240, 240, 240), (150, 190, 255), (255, 140, 120)

Bar = tuple[float, str]
"""A share from 0 to 1 and what it is of; an empty text draws nothing but takes the room."""


class Caption(NamedTuple):
    """What is to be read below a picture: what was said, done, refused, and why."""

    words: str
    detail: str = ""
    refused: str = ""
    why: Explanation | None = None


class VideoRecorder(Company):
    """What happens while it happens; the file is finished when the ``with`` block ends.

    Give it to the loop as company.  A robot that renders is filmed as it moves, by its own clock,
    above a caption of the step that it makes; a caption is to be read for a second at least, for
    what lacks in motion before it.  Elsewhere each step is one frame, of the images of its
    observation.

    Args:
        path: ``.mp4`` (or anything ffmpeg knows) or ``.gif``.
        robot: Who is filmed; None shows the images of the observations, scaled up.
        size_px: Height of the pictures [pixel].
        title: Above every caption, e.g. the instruction.
        explain: Why a step was taken; shown as bars.
    """

    def __init__(
        self,
        path: Path,
        robot: Gate | None = None,
        size_px: int = 480,
        title: str = "",
        explain: Callable[[Step], Explanation | None] | None = None,
    ) -> None:
        self.path = path
        self.decisions: list[Explanation | None] = []
        """Why each step was taken."""
        self.starts: list[int] = []
        """The frame with which each step begins: the state before it."""
        self._robot = robot
        self._size_px = size_px
        self._title = title
        self._explain = explain
        self._film = Film(path, STEPS_PER_S)
        self._caption = Caption("")
        self._scene: np.ndarray | None = None
        self._moved: list[np.ndarray] = []
        self._moment = 0
        self._open = ExitStack()

    def __enter__(self) -> VideoRecorder:
        with writing(self.path):  # said before anything moves
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._open.callback(self._film.close)
        self._scene = self._render()
        if self._robot is not None and self._scene is not None:
            self._film.frames_per_s = FRAMES_PER_S
            self._open.enter_context(also_watching(self._robot, self._on_moving))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def look(self, observation: Observation) -> None:
        """What moved after the last step, as the world was watched keeping still."""
        for picture in self._take_moved():
            self._film.add(self._draw([picture]))
            self._scene = picture

    def see(self, step: Step) -> None:
        """Add a recorded step."""
        said = f"“{step.supervision}”" if step.supervision else ""
        done = f"{step.index + 1}  {step.primitive.phrase}"
        why = self._explain(step) if self._explain else None
        self.decisions.append(why)
        self.starts.append(self._film.length)
        self._show(step.observation, Caption(said, done, step.outcome.refused or "", why))

    def see_undone(self, step: Step) -> None:
        """Where things are again is where the next step begins."""
        self._take_moved()
        self._scene = self._look()

    def add(self, observation: Observation, words: str) -> None:
        """Add any state, e.g. the last one."""
        self.look(observation)
        self._scene = self._look()
        self._show(observation, Caption(words))

    def _show(self, seen: Observation, caption: Caption) -> None:
        """What moved, after as much of what was seen before as fills the second."""
        self._caption = caption
        moved = self._take_moved()
        still = max(1, self._film.frames_per_s - len(moved))
        tiles = list(seen.images.values()) if self._scene is None else [self._scene]
        self._film.add(self._draw(tiles), still)
        for picture in moved:
            self._film.add(self._draw([picture]))
        self._scene = self._look()

    def _draw(self, pictures: list[np.ndarray]) -> np.ndarray:
        words, detail, refused, why = self._caption
        lines = [(self._title, WORDS), (words, WORDS), (detail, DETAIL), (refused, REFUSED)]
        return draw_frame(pictures, lines, self._size_px, to_bars(why) if self._explain else ())

    def _on_moving(self, time_s: float) -> None:
        moment = math.floor(time_s * FRAMES_PER_S + 1e-6)
        if moment != self._moment:
            self._moment = moment
            self._moved += [picture for picture in (self._render(),) if picture is not None]

    def _take_moved(self) -> list[np.ndarray]:
        moved, self._moved = self._moved, []
        return moved

    def _look(self) -> np.ndarray | None:
        """As it is now; as it was where a robot cannot be looked at any more."""
        picture = self._render()
        return self._scene if picture is None else picture

    def _render(self) -> np.ndarray | None:
        if self._robot is None or self._robot.state not in ("ready", "moving"):
            return None
        return self._robot.render(self._size_px, self._size_px)


@contextmanager
def also_watching(robot: Gate, on_moving: Callable[[float], None]) -> Iterator[None]:
    """Look on while it moves, after whoever does so already: a page has to stop it at once."""
    first = robot.watcher

    def watch(time_s: float) -> None:
        if first:
            first(time_s)
        on_moving(time_s)

    robot.watch(watch)
    try:
        yield
    finally:
        robot.watch(first)


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
    font = _font(BAR_TEXT_PX)
    pen.text((MARGIN_PX, low), f"{share:.0%}", fill=WORDS, font=font)
    pen.rectangle((left, low, left + BAR_PX, high), fill=TRACK)
    pen.rectangle((left, low, left + round(share * BAR_PX), high), fill=DETAIL)
    pen.text((left + BAR_PX + MARGIN_PX, low), text, fill=WORDS, font=font)


def _font(size_px: int = TEXT_PX) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size_px)


def _scale(picture: np.ndarray, size_px: int) -> np.ndarray:
    from PIL import Image

    height, width = picture.shape[:2]
    size = (max(1, round(width * size_px / height)), size_px)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
