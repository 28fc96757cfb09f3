"""How a LeRobot data set lies on the disk: ``meta/info.json``, its features, its paths.

::

    meta/info.json                                    what there is; see `Info`
    meta/stats.json, meta/tasks.parquet               numbers of every feature; the tasks in words
    meta/episodes/chunk-000/file-000.parquet          where each episode begins and ends
    data/chunk-000/file-000.parquet                   a row a frame
    videos/<feature>/chunk-000/file-000.mp4           frames of many episodes, one after the other

That is version 3.0.  In 2.1 an episode has files of its own, and tasks and episodes are lines of
JSON.  Where a file lies is said by templates in ``info.json``, which anybody may have written:
`file_path` follows none out of the data set.
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from cliprt.data.boundary import parse_json, read_plain
from cliprt.data.schema import build
from cliprt.errors import StoreError
from cliprt.types import Limit

VERSION = "v3.0"
EARLIER = "v2.1"

INFO = "meta/info.json"
STATS = "meta/stats.json"
TASKS = "meta/tasks.parquet"
EPISODES_PATH = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
FILES_IN_A_CHUNK = 1000
DATA_FILE_MB = 100
VIDEO_FILE_MB = 200

STATE = "observation.state"
ACTION = "action"
IMAGES = "observation.images."
"""Before a camera's name."""

PERSISTENT = "language_persistent"
EVENTS = "language_events"
"""Columns of what holds from a moment on, and of what is said at one."""

MOTION = "motion"
INTERJECTION = "interjection"
"""Styles of language: what the arm does, and what a person says meanwhile."""

MOST_INFO_BYTES = 4 << 20
MOST_FEATURES = 1000
MOST_NUMBERS = 100_000
"""That one feature of one frame has, pictures apart."""

_FIELDS: dict[str, int | str] = {
    "chunk_index": 0,
    "file_index": 0,
    "video_key": "key",
    "episode_chunk": 0,
    "episode_index": 0,
}
"""What a template may name, with a value to try it."""


@dataclass(frozen=True)
class Feature:
    """One column, or the frames of one camera.

    Attributes:
        dtype: ``"float32"``, ``"int64"``, ``"bool"``, ``"string"``, ``"video"``, ``"image"``,
            ``"language"`` ...
        shape: Of one frame's value; (h, w, c) of a picture.
        names: Of its numbers, in any of the forms in use; None = they have none.
        info: Of a video: its codec and size.
    """

    dtype: str
    shape: tuple[Annotated[int, Limit(0, 2**31)], ...]
    names: Any = None
    info: Mapping[str, Any] | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it is what a camera saw."""
        return self.dtype in ("video", "image")


@dataclass(frozen=True)
class Info:
    """``meta/info.json``.

    Attributes:
        codebase_version: ``"v3.0"`` or ``"v2.1"``.
        fps: Frames a second.
        features: Name -> what it is.
        total_episodes, total_frames, total_tasks: How many there are.
        chunks_size: Files (2.1: episodes) in a folder.
        data_path, video_path: Templates; `file_path` fills them in.
        robot_type: What the robot is called; None = nobody said.
        splits: Name -> ``"first:end"`` of the episodes.
    """

    codebase_version: str
    fps: Annotated[float, Limit(0, 100_000, low_open=True)]
    features: Mapping[str, Feature]
    total_episodes: Annotated[int, Limit(0, 2**40)] = 0
    total_frames: Annotated[int, Limit(0, 2**40)] = 0
    total_tasks: Annotated[int, Limit(0, 2**40)] = 0
    chunks_size: Annotated[int, Limit(1, 2**31)] = FILES_IN_A_CHUNK
    data_files_size_in_mb: float = DATA_FILE_MB
    video_files_size_in_mb: float = VIDEO_FILE_MB
    data_path: str = DATA_PATH
    video_path: str | None = VIDEO_PATH
    robot_type: str | None = None
    splits: Mapping[str, str] = field(default_factory=dict)

    @property
    def cameras(self) -> dict[str, str]:
        """Camera -> its feature: ``{"wrist": "observation.images.wrist"}``."""
        pictures = (key for key, feature in self.features.items() if feature.is_picture)
        return {key.removeprefix(IMAGES): key for key in pictures}

    def names_of(self, key: str) -> tuple[str, ...]:
        """Of a feature's numbers, a text each; empty where they have none.

        Data sets write them as a list, as ``{"motors": [...]}``, or as ``{"x": 0, "y": 1}``.
        """
        return _names(self.features[key].names)


def _names(given: Any) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        inner = [value for value in given.values() if isinstance(value, list)]
        return _names(inner[0]) if inner else tuple(map(str, given))
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()


def load_info(root: Path, linked: bool = False) -> Info:
    """``meta/info.json`` of the data set in `root`, of version 3.0 or 2.1.

    Args:
        root: Its folder.
        linked: Whether files may be links, as in a cache of downloads.

    Raises:
        StoreError: There is none, it is of another version, or not what it should be.
    """
    path = root / INFO
    try:
        values = parse_json(read_plain(path, MOST_INFO_BYTES, None if linked else root))
        if isinstance(values, Mapping):
            _check_version(values.get("codebase_version"))
            _check_count(values.get("features"))
        info = build(Info, values)
        _check_shapes(info)
        for template in filter(None, (info.data_path, info.video_path)):
            file_path(root, template, **_FIELDS)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        reason = error.strerror or str(error)
        raise StoreError(
            f"{path} cannot be read: {reason}. Give the folder of a LeRobot data set; it holds"
            " meta/info.json."
        ) from error
    except ValueError as error:
        raise StoreError(
            f"{path} cannot be understood: {error}. Fetch the data set again, or have it written"
            " by lerobot."
        ) from error
    return info


def write_info(root: Path, info: Info) -> None:
    """Write ``meta/info.json`` as lerobot has it.

    Raises:
        OSError: The folder cannot be written.
    """
    path = root / INFO
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(info)
    for feature in values["features"].values():
        if feature["info"] is None:
            del feature["info"]
    path.write_text(json.dumps(values, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")


def file_path(root: Path, template: str, **values: int | str) -> Path:
    """A file of the data set, by one of its templates.

    >>> file_path(Path("set"), DATA_PATH, chunk_index=0, file_index=12).as_posix()
    'set/data/chunk-000/file-012.parquet'

    Raises:
        StoreError: The template names something else than a file in `root`.
    """
    try:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name is None:
                continue
            if name not in _FIELDS or conversion or not _is_plain(spec or ""):
                raise ValueError(f"{{{name}}} is none of {', '.join(_FIELDS)}")
        path = PurePosixPath(template.format(**values))
        if path.is_absolute() or ".." in path.parts or "\\" in str(path) or "\0" in str(path):
            raise ValueError(f"{str(path)!r} is not within the data set")
    except (ValueError, KeyError, IndexError) as error:
        reason = f"it needs {error}" if isinstance(error, KeyError) else error
        raise StoreError(
            f"{root / INFO} says that files lie at {template!r:.200}: {reason}. Have the data set"
            " written again; nothing outside of it is read."
        ) from error
    return root / path


def _is_plain(spec: str) -> bool:
    """Whether a format is that of a short number, e.g. ``03d``: a width may fill the memory."""
    return spec == "" or (spec[-1] == "d" and len(spec) <= 3 and spec[:-1].isdecimal())


def _check_version(version: Any) -> None:
    if version not in (VERSION, EARLIER):
        raise ValueError(
            f"it is of version {version!r:.40}, not {VERSION} or {EARLIER}: lerobot converts older"
            " ones"
        )


def _check_count(features: Any) -> None:
    if isinstance(features, Mapping) and len(features) > MOST_FEATURES:
        raise ValueError(f"it has {len(features)} features, more than {MOST_FEATURES}")


def _check_shapes(info: Info) -> None:
    for key, feature in info.features.items():
        numbers = 1
        for size in feature.shape:
            numbers *= size
        if not feature.is_picture and numbers > MOST_NUMBERS:
            text = f"{key!r:.60} has {numbers} numbers a frame, more than {MOST_NUMBERS}"
            raise ValueError(text)
        if feature.is_picture and (".." in key or "/" in key or "\\" in key):
            raise ValueError(f"the camera {key!r:.60} cannot be a folder's name")
