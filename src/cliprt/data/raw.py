"""Reads the folders in which CLIP-RT's authors published their demonstrations.

``task_<i>/episode_<j>/<stamp>.json`` beside ``<stamp>.png``, one pair a step.  What the format
leaves open is read like this:

- Steps are ordered by time: stamps are numbers without leading zeros, so ``9`` comes before ``10``.
- Poses are UR poses, x, y, z and a rotation vector, in the base frame; the image was taken before
  the motion.
- The eighth number of an action, the gripper's state, is 1 ("open") in every motion of the
  published table, also while something is held.  It is therefore a command only in an action
  without motion (``open``, ``close``), or where it turns from open to closed during a motion.
- The pose that was sent is not recorded; it is the pose before plus the motion.
- Commands that were refused are not recorded.  The finger opening is not either, and is NaN, as is
  the time where stamps are not plain numbers [s].
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cliprt.data.boundary import (
    MOST_IMAGE_BYTES,
    MOST_RECORD_BYTES,
    check_picture,
    is_file,
    is_folder,
    parse_json,
    read_plain,
)
from cliprt.data.codec import StoredImage, StoredImages
from cliprt.data.layout import natural_order
from cliprt.errors import StoreError
from cliprt.geometry import apply_motion
from cliprt.types import (
    Episode,
    GripperState,
    Motion,
    Observation,
    Outcome,
    Pose,
    Primitive,
    Step,
)

SOURCE = "clip_rt_raw"
"""Of every episode and step that is read here."""

_LARGEST = 1e6  # [m or rad], beyond any arm

ToPrimitive = Callable[[Motion, "GripperState | None"], Primitive]
"""Finds the vocabulary's entry for a motion and a gripper command."""


def load_raw_episodes(
    folder: str | Path, camera: str = "scene", to_primitive: ToPrimitive | None = None
) -> list[Episode]:
    """Every episode under `folder` (or its subfolder ``raw``), tasks and episodes by number.

    Args:
        folder: Holds ``task_<i>`` folders.
        camera: What to call the only image.
        to_primitive: Gives phrases and labels; without it, primitives have none.

    Raises:
        StoreError: A file is missing, damaged or not of this format; names the file.
    """
    episodes, bad = survey_raw_episodes(folder, camera, to_primitive)
    for error in bad:
        raise error
    return episodes


def survey_raw_episodes(
    folder: str | Path, camera: str = "scene", to_primitive: ToPrimitive | None = None
) -> tuple[list[Episode], list[StoreError]]:
    """The episodes that can be read, and why each of the others cannot; see `load_raw_episodes`.

    Raises:
        StoreError: There is no episode's folder, or one that is not called like one.
    """
    root = Path(folder)
    root = root / "raw" if is_folder(root / "raw") else root
    episodes, bad = [], []
    for task in _numbered(root, "task"):
        for episode in _numbered(task, "episode"):
            try:
                name = f"{task.name}-{episode.name}"
                episodes.append(_load_episode(episode, name, camera, to_primitive))
            except StoreError as error:
                bad.append(error)
    if not (episodes or bad):
        raise StoreError(
            f"{root} holds no task_<number>/episode_<number> folders;"
            " give the folder that holds task_0, task_1 ..."
        )
    return episodes, bad


def gripper_command(action: tuple[float, ...], before: GripperState) -> GripperState | None:
    """What an action (8,) tells the gripper to do; None = leave it (see the module's text)."""
    state: GripperState = "open" if action[7] >= 0.5 else "closed"
    if not any(action[:7]):
        return state
    return "closed" if before == "open" and state == "closed" else None


def time_order(stamp: str) -> tuple[float, ...]:
    """Sort key of a file name: its number, or all whole numbers in it, in order."""
    try:
        return (float(stamp),)
    except ValueError:
        return tuple(float(digits) for digits in re.findall(r"[0-9]+", stamp))


def _numbered(parent: Path, word: str) -> list[Path]:
    if not parent.is_dir():
        raise StoreError(f"there is no folder {parent}; give the folder that holds task_0 ...")
    found = [p for p in parent.iterdir() if p.name.startswith(word) and not is_file(p)]
    for path in found:
        if not is_folder(path):
            raise StoreError(f"{path} is a link, pipe or device, not a folder; move it away.")
        if not re.fullmatch(rf"{word}_[0-9]+", path.name):
            raise StoreError(f"{path} is not called {word}_<number>; rename it or move it away.")
    return sorted(found, key=lambda path: natural_order(path.name))


def _load_episode(
    folder: Path, episode_id: str, camera: str, to_primitive: ToPrimitive | None
) -> Episode:
    files = sorted(_visible(folder, "*.json"), key=lambda path: time_order(path.stem))
    for image in _visible(folder, "*.png"):
        if not image.with_suffix(".json").is_file():
            raise _bad(image, "its .json is missing")
    if not files:
        raise StoreError(f"{folder} holds no steps (<stamp>.json); remove the folder.")
    gripper: GripperState = "open"
    steps: list[Step] = []
    instruction = ""
    for path in files:
        record = _load_record(path)
        instruction = instruction or record["instruction"]
        if record["instruction"] != instruction:
            raise _bad(path, f"its instruction is {record['instruction']!r}, not {instruction!r}")
        action = record["action"]
        command = gripper_command(action, gripper)
        motion: Motion = action[:7]
        primitive = (to_primitive or _without_label)(motion, command)
        steps.append(
            Step(
                index=len(steps),
                observation=Observation(
                    images=StoredImages({camera: _check_image(path.with_suffix(".png"))}),
                    tcp_pose=record["prev_eef_pose"],
                    commanded_pose=record["prev_eef_pose"],
                    joints=record["prev_joint"],
                    gripper=gripper,
                    gripper_opening_m=math.nan,
                    time_s=_seconds_between(files[0].stem, path.stem),
                ),
                supervision=record["supervision"],
                primitive=primitive,
                outcome=Outcome(
                    commanded=motion,
                    gripper=command,
                    sent=apply_motion(record["prev_eef_pose"], motion),
                    measured=record["eef_pose"],
                    joints=record["joint"],
                ),
                source=SOURCE,
            )
        )
        gripper = command or gripper
    return Episode(episode_id, "", instruction, 0, SOURCE, tuple(steps))


def _visible(folder: Path, pattern: str) -> list[Path]:
    """Files of this kind, but not what a system leaves beside them (``._9.json``)."""
    return [path for path in folder.glob(pattern) if not path.name.startswith(".")]


def _without_label(motion: Motion, gripper: GripperState | None) -> Primitive:
    return Primitive(None, "", motion, gripper)


def _seconds_between(first: str, stamp: str) -> float:
    try:
        return float(stamp) - float(first)
    except ValueError:
        return math.nan


def _load_record(path: Path) -> dict[str, Any]:
    """A step's JSON with every used value checked."""
    try:
        record = parse_json(_read(path, MOST_RECORD_BYTES))
    except ValueError as error:
        raise _bad(path, str(error)) from error
    if not isinstance(record, dict):
        raise _bad(path, "it is not a JSON object")
    texts = {key: _text(path, record, key) for key in ("instruction", "supervision")}
    pose: Pose = _numbers(path, record, "eef_pose", 6)
    return {
        **texts,
        "action": _numbers(path, record, "action", 8),
        "eef_pose": pose,
        "prev_eef_pose": _numbers(path, record, "prev_eef_pose", 6),
        "joint": _numbers(path, record, "joint"),
        "prev_joint": _numbers(path, record, "prev_joint"),
    }


def _text(path: Path, record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise _bad(path, f"{key!r} is {value!r}, not a text")
    return value


def _numbers(path: Path, record: Mapping[str, Any], key: str, count: int | None = None) -> Any:
    value = record.get(key)
    is_list = isinstance(value, list) and (count is None or len(value) == count)
    if not is_list or not all(map(_is_number, value or ())):
        wanted = f"{count} finite numbers" if count else "a list of finite numbers"
        raise _bad(path, f"{key!r} is {value!r:.80}, not {wanted} (at most {_LARGEST:g})")
    return tuple(float(x) for x in value or ())


def _is_number(value: Any) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and abs(value) <= _LARGEST  # neither is nan


def _check_image(path: Path) -> StoredImage:
    data = _read(path, MOST_IMAGE_BYTES)
    try:
        check_picture(data)
    except ValueError as error:
        raise _bad(path, str(error)) from error
    return StoredImage(path, zlib.crc32(data), path.parent)


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        return read_plain(path, most_bytes, path.parent)
    except OSError as error:
        raise _bad(path, error.strerror or str(error)) from error


def _bad(path: Path, reason: str) -> StoreError:
    return StoreError(f"{path} cannot be read: {reason}. Fetch it again or move its episode away.")
