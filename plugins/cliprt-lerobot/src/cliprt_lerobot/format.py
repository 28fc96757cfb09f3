"""LeRobot data sets as a form in which episodes leave and come in."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from cliprt.errors import StoreError, UsageError, did_you_mean
from cliprt.formats.interface import Format, ToPrimitive, Written, new_folder
from cliprt.types import Episode, Limit
from cliprt_lerobot.columns import (
    OURS,
    Piece,
    are_finite,
    choose_columns,
    pieces_of,
    steps_apart_s,
    to_columns,
)
from cliprt_lerobot.layout import IMAGES, Feature
from cliprt_lerobot.video import CODEC, ENCODED, PIXELS, can_hold
from cliprt_lerobot.writer import Frames, Writer

_CAMERA = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

Sizes = dict[str, tuple[int, ...]]
"""Camera -> shape (h, w, 3) of its pictures."""


class LeRobotFormat(Format):
    """Written as version 3.0.

    Args:
        cameras: Whose pictures are written; none named = those of the first episode.
        fps: Steps a second; 0 = as fast as they were made, at least 1.
        robot_type: What the robot is called.
        steps: ``"learned"`` leaves out what is not learned from (an episode is cut there);
            ``"all"`` keeps every step and says in ``cliprt.learned`` which are.
        video: False keeps every picture as a PNG, without any loss.
    """

    def __init__(
        self,
        cameras: tuple[str, ...] = (),
        fps: Annotated[int, Limit(0, 1000)] = 0,
        robot_type: str = "",
        steps: Literal["learned", "all"] = "learned",
        video: bool = True,
    ) -> None:
        self.cameras = tuple(cameras)
        self.fps = fps
        self.robot_type = robot_type
        self.with_all = steps == "all"
        self.video = video

    def write(self, episodes: Collection[Episode], folder: Path) -> Written:
        """See `Format.write`."""
        sizes: Sizes = {}
        left_out: dict[str, str] = {}
        for episode in episodes:
            if reason := self._misfit(episode, sizes):
                left_out[episode.id] = reason
        if len(left_out) == len(episodes):
            raise StoreError("there is no step to learn from; record some episodes first.")

        def pieces() -> Iterator[Piece]:
            for episode in episodes:
                if episode.id not in left_out:
                    yield from pieces_of(episode, self.with_all)

        columns = choose_columns(step for piece in pieces() for step in piece.steps)
        fps = self.fps or _rate(pieces())
        cameras = {f"{IMAGES}{name}": self._camera(shape, fps) for name, shape in sizes.items()}
        with new_folder(folder) as new:
            writer = Writer(new, {**cameras, **columns}, fps, self.robot_type)
            for piece in pieces():
                writer.add(_frames(piece, columns, sizes))
            info = writer.finish()
        facts = {
            "episodes": len(episodes) - len(left_out),
            "lerobot_episodes": info.total_episodes,
            "frames": info.total_frames,
            "tasks": info.total_tasks,
            "cameras": list(sizes),
            "fps": fps,
            "path": str(folder),
        }
        kept = [name for name, feature in cameras.items() if feature.dtype == "image"]
        text = (
            f"{info.total_frames} steps of {facts['episodes']} episodes lie in {folder}, a LeRobot"
            f" data set of {info.total_episodes} episodes at {fps} a second"
        )
        if self.video and kept:
            text += f"\n{', '.join(kept)}: kept as PNG, since video needs even sizes"
        return Written(facts, text, tuple(left_out.values()))

    def read(self, path: Path, to_primitive: ToPrimitive) -> Iterator[Episode | StoreError]:
        """See `Format.read`; versions 3.0 and 2.1, a folder's or the Hub's."""
        from cliprt_lerobot.incoming import read_episodes

        return read_episodes(path, to_primitive, self.cameras)

    def _misfit(self, episode: Episode, sizes: Sizes) -> str:
        """Why an episode cannot be written beside those before it; "" = it can.

        The first one says what `sizes` are.

        Raises:
            UsageError: The first has no camera of that name.
        """
        pieces = pieces_of(episode, self.with_all)
        if not pieces:
            return f"{episode.id} has no step to learn from"
        if not all(map(are_finite, pieces)):
            return f"{episode.id} has a number without end"
        seen = episode.steps[0].observation.images
        if not sizes:
            for name in self.cameras or seen:
                if name not in seen:
                    raise UsageError(
                        f"{episode.id} has no camera {name!r}.{did_you_mean(name, seen)}"
                        f" Allowed: {', '.join(seen)}."
                    )
                if not _CAMERA.fullmatch(name):
                    raise UsageError(
                        f"the camera {name!r} cannot be a feature's name. Allowed: letters,"
                        " digits, '.', '_' and '-'; rename the camera."
                    )
                sizes[name] = seen[name].shape
        for name, shape in sizes.items():
            found = seen[name].shape if name in seen else None
            if found != shape:
                has = f"pictures of {found[1]} x {found[0]} px" if found else "none"
                return (
                    f"{episode.id} has {has} of the camera {name!r}, the episodes before it"
                    f" {shape[1]} x {shape[0]} px; write them to another folder"
                )
        return ""

    def _camera(self, shape: tuple[int, ...], fps: int) -> Feature:
        names = ["height", "width", "channels"]
        if not (self.video and can_hold(*shape[:2])):
            return Feature("image", shape, names)
        info = {
            "video.height": shape[0],
            "video.width": shape[1],
            "video.codec": CODEC,
            "video.pix_fmt": PIXELS,
            "video.fps": fps,
            "video.channels": 3,
            "is_depth_map": False,
            "has_audio": False,
            **{f"video.{name}": value for name, value in ENCODED.items()},
        }
        return Feature("video", shape, names, info)


def _rate(pieces: Iterable[Piece]) -> int:
    """Steps a second, the median of all, as lerobot wants it: a whole number."""
    apart = [seconds for piece in pieces for seconds in steps_apart_s(piece.steps)]
    return max(1, round(1 / statistics.median(apart))) if apart else 1


def _frames(piece: Piece, columns: Iterable[str], sizes: Sizes) -> Frames:
    episode = piece.episode

    def picture(camera: str, index: int) -> np.ndarray:
        image = piece.steps[index].observation.images[camera]
        if image.shape != sizes[camera]:
            raise StoreError(
                f"{episode.id}, step {piece.steps[index].index}: the picture of {camera!r} has"
                f" another size than the first. Leave the camera out: cameras=[...]"
            )
        return image

    return Frames(
        episode.instruction or episode.task,
        to_columns(piece, columns),
        {f"{IMAGES}{camera}": partial(picture, camera) for camera in sizes},
        [step.primitive.phrase for step in piece.steps],
        [step.supervision for step in piece.steps],
        {f"{OURS}episode": episode.id, f"{OURS}source": episode.source},
    )
