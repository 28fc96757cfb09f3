"""How an episode lies on the disk: its folder, its header, its steps.

::

    <store>/episodes/<id>/     committed
    <store>/journal/<id>/      being recorded, or left behind by a process that died
    <store>/quarantine/        what `repair` could not read
    <store>/.scratch/          being begun or thrown away, for a moment; nothing in it is needed

An episode's folder holds ``episode.json`` (one sealed header), ``steps.jsonl`` (one sealed line a
step) and ``images/<step>-<camera>.png``.

A step that was taken back is gone, but not hidden: the header's ``meta["undone"]`` lists what was
said and done.  Its entry is written before the step is cut off, with ``"until"``, where the cut
will be, and settled afterwards; whoever finds ``"until"`` knows from the file's length whether the
cut was made (:meth:`EpisodeHeader.settle`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cliprt.data.boundary import (
    MOST_RECORD_BYTES,
    MOST_STEPS_BYTES,
    is_folder,
    open_plain,
    parse_json,
    read_plain,
)
from cliprt.data.codec import (
    IMAGES,
    StoredImage,
    StoredImages,
    UnknownRecordError,
    check_seal,
    corrupt,
    from_record,
    not_understood,
    seal,
)
from cliprt.data.disk import try_lock
from cliprt.data.schema import build
from cliprt.errors import StoreError
from cliprt.types import Step

VERSION = 1
"""Of the format on disk; rises when an older cliprt could no longer read it."""

HEADER = "episode.json"
STEPS = "steps.jsonl"
SCRATCH = ".scratch"
"""Recordings come from here and go here by one rename, so that there is all of one or nothing."""

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


@dataclass(frozen=True)
class EpisodeHeader:
    """What is known of an episode without its steps; see `cliprt.types.Episode`.

    Attributes:
        steps: How many steps it has; None while it is being recorded.
        recorded_at: When it was begun, ISO 8601, UTC.
        writer_pid: Process that recorded it.
    """

    id: str
    task: str
    instruction: str
    seed: int
    source: str
    success: bool | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    steps: int | None = None
    recorded_at: str = ""
    writer_pid: int = 0

    def commit(self, steps: int, success: bool | None, meta: Mapping[str, Any]) -> EpisodeHeader:
        """The header of the finished episode."""
        return replace(self, steps=steps, success=success, meta={**self.meta, **meta})

    def retract(self, step: Step, until: int) -> EpisodeHeader:
        """The header while `step` is being cut off at `until` [bytes]."""
        entry = {
            "index": step.index,
            "said": step.supervision,
            "did": step.primitive.phrase,
            "source": step.source,
            "until": until,
        }
        return self._with_undone([*self.meta.get("undone", ()), entry])

    def settle(self, size: int) -> EpisodeHeader:
        """The header when the steps' file has `size` [bytes]: the last cut was made, or never."""
        undone = list(self.meta.get("undone", ()))
        if not undone or "until" not in undone[-1]:
            return self
        last = dict(undone.pop())
        return self._with_undone(undone if size > last.pop("until") else [*undone, last])

    def _with_undone(self, undone: list[Any]) -> EpisodeHeader:
        others = {key: value for key, value in self.meta.items() if key != "undone"}
        return replace(self, meta={**others, "undone": undone} if undone else others)


@dataclass(frozen=True)
class _Undone:
    """An entry of ``meta["undone"]``; see `EpisodeHeader.retract`."""

    index: int
    said: str
    did: str
    source: str
    until: int | None = None


@dataclass(frozen=True)
class _Remarks:
    """What this module and the journal read of ``meta``; the rest is as its writers made it."""

    undone: tuple[_Undone, ...] = ()
    resumed: int = 0


_HEADER_FIELDS = {"version", *EpisodeHeader.__dataclass_fields__}


def is_safe_id(episode_id: str) -> bool:
    """Whether an id can be a folder's name everywhere."""
    return bool(_SAFE_ID.fullmatch(episode_id)) and not episode_id.endswith(".")


def check_id(episode_id: str) -> None:
    """Raise unless an id can be a folder's name everywhere.

    Raises:
        StoreError: It cannot.
    """
    if not is_safe_id(episode_id):
        raise StoreError(
            f"{episode_id!r} cannot be an episode's id. Allowed: 1 to 120 letters, digits, '.', '_'"
            " and '-', beginning with a letter or digit and not ending in '.'; choose another id."
        )


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key under which ``pick-2`` comes before ``pick-10``."""
    parts = re.split(r"([0-9]+)", name)  # every second one is a number
    return [(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(parts)]


def find_episodes(parent: Path) -> list[str]:
    """Names of the episodes in a store's ``episodes`` or ``journal``, in natural order.

    A folder without anything of an episode in it, or under a name that no episode can have, is an
    editor's or a system's, and is passed over, as files are.  What stands in an episode's place
    without being a folder (a link, a pipe) counts as an episode that cannot be read.
    """
    if not is_folder(parent):
        return []
    with os.scandir(parent) as entries:
        names = [e.name for e in entries if not e.is_file(follow_symlinks=False)]
    found = filter(is_safe_id, names)
    return sorted((n for n in found if _is_like_episode(parent / n)), key=natural_order)


def _is_like_episode(folder: Path) -> bool:
    parts = (folder / name for name in (HEADER, STEPS, IMAGES))
    return not is_folder(folder) or any(map(os.path.lexists, parts))


def to_header_bytes(header: EpisodeHeader) -> bytes:
    """The content of ``episode.json``."""
    return seal({"version": VERSION, **vars(header)})


def load_header(folder: Path) -> EpisodeHeader:
    """The header in an episode's folder; the folder's name is the episode's id.

    Raises:
        StoreError: It is missing or damaged.
        UnknownRecordError: It is of a newer version, or not one of ours.
    """
    path = folder / HEADER
    try:
        line = read_plain(path, MOST_RECORD_BYTES, folder.parent.parent)
        _check_version(path, line)
        text = check_seal(line)
    except UnknownRecordError:
        raise
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise corrupt(path, str(error)) from error
    try:
        # What a later version added stays with the episode, also when its header is written again.
        body = parse_json(text)
        header = build(EpisodeHeader, {**body, "id": folder.name})
        build(_Remarks, header.meta, "meta")
    except (ValueError, TypeError) as error:
        raise not_understood(path, error) from error
    added = {name: body[name] for name in body if name not in _HEADER_FIELDS}
    return replace(header, meta={**added, **header.meta})


def _check_version(path: Path, line: bytes) -> None:
    """Raise if a newer cliprt wrote the header, whatever else it may hold."""
    try:
        version = parse_json(line)["body"]["version"]
        is_newer = version > VERSION
    except (ValueError, KeyError, TypeError):
        return
    if is_newer:
        raise UnknownRecordError(
            f"{path} has format version {version}; this cliprt reads versions up to {VERSION}."
            " Update it: pip install -U cliprt"
        )


def is_live(folder: Path) -> bool:
    """Whether some process is recording in a journal's folder at this moment."""
    try:
        with open_plain(folder / STEPS, folder.parent.parent) as file:
            return not try_lock(file)
    except OSError:
        return False


@dataclass(frozen=True)
class StepLine:
    """One line of ``steps.jsonl``: the step, and where the line ends [bytes]."""

    step: Step
    end: int

    @property
    def image_paths(self) -> tuple[Path, ...]:
        """Where the step's images are."""
        images = self.step.observation.images
        assert isinstance(images, StoredImages)
        return tuple(stored.path for stored in images.files.values())

    def moved(self, folder: Path) -> StepLine:
        """The same line, of an episode that lies in another folder by now."""
        images = self.step.observation.images
        assert isinstance(images, StoredImages)
        files = {
            camera: StoredImage(folder / IMAGES / stored.path.name, stored.crc32, folder)
            for camera, stored in images.files.items()
        }
        observation = replace(self.step.observation, images=StoredImages(files))
        return replace(self, step=replace(self.step, observation=observation))


def scan_steps(folder: Path) -> Iterator[StepLine]:
    """The steps of an episode's folder, in order.

    Raises:
        StoreError: At the first line that is cut off, altered or out of order.
        UnknownRecordError: At the first line that is as it was written, but not one of ours.
    """
    path = folder / STEPS
    end = 0
    for index, line in enumerate(read_steps(folder).splitlines(keepends=True)):
        end += len(line)
        try:
            text = check_seal(line)
        except ValueError as error:
            raise corrupt(path, f"line {index + 1}: {error}") from error
        try:
            step = from_record(parse_json(text), folder)
        except ValueError as error:
            raise not_understood(path, error) from error
        if step.index != index:
            raise corrupt(path, f"line {index + 1} holds step {step.index}")
        yield StepLine(step, end)


def read_steps(folder: Path) -> bytes:
    """The content of ``steps.jsonl`` in an episode's folder.

    Raises:
        StoreError: It is missing, no plain file, or too large.
    """
    try:
        return read_plain(folder / STEPS, MOST_STEPS_BYTES, folder.parent.parent)
    except OSError as error:
        raise corrupt(folder / STEPS, error.strerror or str(error)) from error
