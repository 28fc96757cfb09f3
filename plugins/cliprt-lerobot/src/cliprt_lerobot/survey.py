"""What episodes have in common, found by going through them once before any is written."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Iterator

from cliprt.errors import UsageError, did_you_mean
from cliprt.types import Episode
from cliprt_lerobot.columns import Known, Piece, are_finite, pieces_of, steps_apart_s
from cliprt_lerobot.language import motion_rows
from cliprt_lerobot.layout import Feature
from cliprt_lerobot.reader import MOST_LANGUAGE_ROWS

_CAMERA = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Survey:
    """Grows by `look`.

    Args:
        cameras: Whose pictures are written; none named = those of the first episode.
        with_all: See `pieces_of`.

    Attributes:
        sizes: Camera -> shape (h, w, 3) of its pictures, as the first episode that fits has it.
        left_out: Id of an episode that cannot be written beside those before it -> why.
    """

    def __init__(self, cameras: tuple[str, ...], with_all: bool) -> None:
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.left_out: dict[str, str] = {}
        self._cameras, self._with_all = cameras, with_all
        self._known = Known()
        self._apart_s: list[float] = []

    def look(self, episode: Episode) -> None:
        """Take an episode in, or leave it out.

        Raises:
            UsageError: It is the first, and has no camera of a name that was given.
        """
        pieces = pieces_of(episode, self._with_all)
        if reason := self._misfit(episode, pieces):
            self.left_out[episode.id] = reason
            return
        for piece in pieces:
            self._known.look(piece.steps)
            self._apart_s += steps_apart_s(piece.steps)

    @property
    def columns(self) -> dict[str, Feature]:
        """The columns that every step has."""
        return self._known.columns

    @property
    def rate(self) -> int:
        """Steps a second, the median of all, as lerobot wants it: a whole number, at least 1."""
        return max(1, round(1 / statistics.median(self._apart_s))) if self._apart_s else 1

    def pieces(self, episodes: Iterable[Episode]) -> Iterator[Piece]:
        """What is written of them, in order."""
        for episode in episodes:
            if episode.id not in self.left_out:
                yield from pieces_of(episode, self._with_all)

    def _misfit(self, episode: Episode, pieces: tuple[Piece, ...]) -> str:
        """Why an episode cannot be written beside those before it; "" = it can."""
        if not pieces:
            return f"{episode.id} has no step to learn from"
        if not all(map(are_finite, pieces)):
            return f"{episode.id} has a number without end"
        if any(map(_is_wordy, pieces)):
            return (
                f"{episode.id} has so many phrases that LeRobot, which repeats them on every frame,"
                f" would keep more than {MOST_LANGUAGE_ROWS} rows; record shorter episodes"
            )
        seen = episode.steps[0].observation.images
        if not self.sizes:
            for name in self._cameras or seen:
                _check_camera(episode, name)
                self.sizes[name] = seen[name].shape
        for name, shape in self.sizes.items():
            found = seen[name].shape if name in seen else None
            if found != shape:
                has = f"pictures of {found[1]} x {found[0]} px" if found else "none"
                return (
                    f"{episode.id} has {has} of the camera {name!r}, the episodes before it"
                    f" {shape[1]} x {shape[0]} px; write them to another folder"
                )
        return ""


def _is_wordy(piece: Piece) -> bool:
    phrases = [step.primitive.phrase for step in piece.steps]
    return len(motion_rows(phrases, 1)) * len(phrases) > MOST_LANGUAGE_ROWS


def _check_camera(episode: Episode, name: str) -> None:
    seen = episode.steps[0].observation.images
    if name not in seen:
        raise UsageError(
            f"{episode.id} has no camera {name!r}.{did_you_mean(name, seen)}"
            f" Allowed: {', '.join(seen)}."
        )
    if not _CAMERA.fullmatch(name):
        raise UsageError(
            f"the camera {name!r} cannot be a feature's name. Allowed: letters, digits, '.', '_'"
            " and '-'; rename the camera."
        )
