"""Episodes as an RLDS data set with the fields of LIBERO's, written only: OpenVLA trains on it."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from cliprt.data.columns import is_learned, state_of
from cliprt.data.disk import writing
from cliprt.errors import StoreError, UsageError
from cliprt.formats.interface import Format, Written, new_folder
from cliprt.geometry import apply_motion, motion_between
from cliprt.types import Episode, Limit, Step

VERSION = "1.0.0"
IMAGES = ("image", "wrist_image")
"""What the first and the second camera are called, as in LIBERO's data sets."""

STATE = ("tcp_pose", "gripper", "gripper_opening_m")
"""Columns of the robot's state, 8 numbers; the last two are of the gripper."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class RldsFormat(Format):
    """``NAME/1.0.0/NAME-train.tfrecord-00000-of-00001`` and so on, as tensorflow-datasets reads it.

    Args:
        name: Of the data set. OpenVLA's programs know data sets by their names.
        cameras: One or two, the one that sees the scene first; none named = as the first episode
            has them.
        png: Whether pictures keep every bit; else they are JPEGs, as OpenVLA's data sets have them.
        shard: Episodes of a file.
    """

    def __init__(
        self,
        name: str = "cliprt",
        cameras: tuple[str, ...] = (),
        png: bool = False,
        shard: Annotated[int, Limit(1, 10_000)] = 50,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"name: got {name!r:.60}. Allowed: small letters, digits and _, a letter first."
            )
        if len(cameras) > len(IMAGES):
            raise UsageError(f"cameras: got {len(cameras)}. Allowed: one or two.")
        self.name, self.cameras, self.png, self.shard = name, tuple(cameras), png, shard

    def write(self, episodes: Collection[Episode], folder: Path) -> Written:
        """See `Format.write`; what is not learned from ends an episode, what was refused not."""
        from cliprt.data.rlds.writing import describe, to_example, to_frame

        lengths: list[int] = []
        left_out: list[str] = []
        steps, columns = 0, None
        with new_folder(folder) as new, writing(folder):
            place = new / self.name / VERSION
            place.mkdir(parents=True)
            for columns in self._records(episodes, left_out):
                if not lengths or lengths[-1] == self.shard:
                    lengths.append(0)
                with (place / f"{len(lengths) - 1}").open("ab") as file:
                    file.write(to_frame(to_example(columns)))
                lengths[-1] += 1
                steps += len(columns["steps/is_last"])
            if columns is None:
                raise StoreError("there is no step to learn from; record some episodes first.")
            for number in range(len(lengths)):
                ending = f"{number:05d}-of-{len(lengths):05d}"
                (place / f"{number}").rename(place / f"{self.name}-train.tfrecord-{ending}")
            describe(place, self.name, VERSION, columns, lengths)
        written, records = len(episodes) - len(left_out), sum(lengths)
        facts = {"episodes": written, "records": records, "steps": steps, "name": self.name}
        text = (
            f"{steps} steps of {written} episodes lie in {folder}, the RLDS data set {self.name!r}"
            f" of {records} episodes.\nOpenVLA: finetune.py --data_root_dir {folder}"
            f" --dataset_name {self.name}"
        )
        return Written({**facts, "path": str(folder)}, text, tuple(left_out))

    def _records(
        self, episodes: Collection[Episode], left_out: list[str]
    ) -> Iterator[dict[str, Any]]:
        for episode in episodes:
            try:
                for number, steps in enumerate(_runs(episode)):
                    yield self._to_columns(episode, number, steps)
            except (StoreError, KeyError) as error:
                if isinstance(error, KeyError):
                    error = StoreError(f"{episode.id}: it has no camera {error.args[0]!r}.")
                left_out.append(str(error))

    def _to_columns(self, episode: Episode, number: int, steps: list[Step]) -> dict[str, Any]:
        """Key -> rows of one record."""
        self.cameras = self.cameras or tuple(steps[0].observation.images)[: len(IMAGES)]
        n, said = len(steps), episode.instruction or episode.task
        ends = np.arange(n) == n - 1
        was_won = ends & (steps[-1] is episode.steps[-1]) & bool(episode.success)
        seen = {
            f"steps/observation/{name}": [self._encode(s.observation.images[camera]) for s in steps]
            for name, camera in zip(IMAGES, self.cameras, strict=False)
        }
        return {
            **seen,
            "steps/observation/state": np.stack([state_of(s.observation, STATE) for s in steps]),
            "steps/action": np.stack([action_of(step) for step in steps]),
            "steps/language_instruction": [said.encode()] * n,
            "steps/phrase": [step.primitive.phrase.encode() for step in steps],
            "steps/is_first": np.arange(n) == 0,
            "steps/is_last": ends,
            "steps/is_terminal": ends,
            "steps/reward": was_won.astype(np.float32),
            "steps/discount": np.ones(n, dtype=np.float32),
            "episode_metadata/file_path": [f"{episode.id}/{number}".encode()],
        }

    def _encode(self, picture: np.ndarray) -> bytes:
        from PIL import Image

        file, image = io.BytesIO(), Image.fromarray(picture)
        if self.png:
            image.save(file, "PNG")
        else:
            image.save(file, "JPEG", quality=95, subsampling="4:2:0")
        return file.getvalue()


def action_of(step: Step) -> np.ndarray:
    """What a step did, as LIBERO's data sets say it, float32 (7,).

    Translation [m] and roll, pitch, yaw [rad] in the base frame, from where the robot was
    commanded to be (a turn of the gripper is among them), then the gripper as it was told: 1
    closed, -1 open.
    """
    start = step.observation.commanded_pose
    motion = motion_between(start, apply_motion(start, step.primitive.motion))
    held = step.primitive.gripper or step.observation.gripper
    return np.array([*motion[:6], 1.0 if held == "closed" else -1.0], dtype=np.float32)


def _runs(episode: Episode) -> Iterator[list[Step]]:
    """Steps that are learned from, as far as one follows the other."""
    made = (step for step in episode.steps if step.outcome.refused is None)
    for learned, steps in groupby(made, key=is_learned):
        if learned:
            yield list(steps)
