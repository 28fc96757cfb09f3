"""LeRobot data sets as a form in which episodes leave and come in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from cliprt.errors import StoreError
from cliprt.formats.interface import Format, ToPrimitive, Written, new_folder
from cliprt.types import Episode, Limit
from cliprt_lerobot.columns import Piece, to_columns
from cliprt_lerobot.layout import IMAGES, Feature
from cliprt_lerobot.listing import NOTES
from cliprt_lerobot.survey import Survey
from cliprt_lerobot.video import CODEC, ENCODED, PIXELS, can_hold
from cliprt_lerobot.writer import Frames, Writer


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
        survey = Survey(self.cameras, self.with_all)
        for episode in episodes:
            survey.look(episode)
        left_out, sizes, columns = survey.left_out, survey.sizes, survey.columns
        if len(left_out) == len(episodes):
            raise StoreError("there is no step to learn from; record some episodes first.")
        fps = self.fps or survey.rate
        cameras = {f"{IMAGES}{name}": self._camera(shape, fps) for name, shape in sizes.items()}
        with new_folder(folder) as new:
            writer = Writer(new, {**cameras, **columns}, fps, self.robot_type)
            for piece in survey.pieces(episodes):
                writer.add(_frames(piece, columns, sizes))
            info = writer.finish()
        whole = len(episodes) - len(left_out)
        facts = {
            "episodes": whole,
            "lerobot_episodes": info.total_episodes,
            "frames": info.total_frames,
            "tasks": info.total_tasks,
            "cameras": list(sizes),
            "fps": fps,
            "path": str(folder),
        }
        kept = [name for name, feature in cameras.items() if feature.dtype == "image"]
        text = (
            f"{info.total_frames} steps of {whole} episodes lie in {folder}, a LeRobot"
            f" data set of {info.total_episodes} episodes at {fps} a second"
        )
        if info.total_episodes > whole:
            text += " (cut where a step is not to be learned from)"
        if self.video and kept:
            text += f"\n{', '.join(kept)}: kept as PNG, since video needs even sizes"
        return Written(facts, text, tuple(left_out.values()))

    def read(self, path: Path, to_primitive: ToPrimitive) -> Iterator[Episode | StoreError]:
        """See `Format.read`; versions 3.0 and 2.1, a folder's or the Hub's."""
        from cliprt_lerobot.incoming import read_episodes

        return read_episodes(path, to_primitive, self.cameras)

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


def _frames(piece: Piece, columns: Iterable[str], sizes: Mapping[str, tuple[int, ...]]) -> Frames:
    episode = piece.episode

    def picture(camera: str, index: int) -> np.ndarray:
        image = piece.steps[index].observation.images[camera]
        if image.shape != sizes[camera]:
            raise StoreError(
                f"{episode.id}, step {piece.steps[index].index}: the picture of {camera!r} has"
                " another size than the first. Leave the camera out: cameras=[...]"
            )
        return image

    origin = str(episode.meta.get("origin", episode.id))
    return Frames(
        episode.instruction or episode.task,
        to_columns(piece, columns),
        {f"{IMAGES}{camera}": partial(picture, camera) for camera in sizes},
        [step.primitive.phrase for step in piece.steps],
        [step.supervision for step in piece.steps],
        dict(zip(NOTES, (episode.id, episode.source, origin), strict=True)),
    )
