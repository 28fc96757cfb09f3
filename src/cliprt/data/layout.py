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

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cliprt.data.codec import (
    StoredImages,
    corrupt,
    from_record,
    known_fields,
    not_understood,
    seal,
    unseal,
)
from cliprt.data.disk import try_lock
from cliprt.errors import StoreError
from cliprt.types import Step

VERSION = 1
"""Of the format on disk; rises when an older cliprt could no longer read it."""

HEADER = "episode.json"
STEPS = "steps.jsonl"
IMAGES = "images"
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

    @property
    def is_committed(self) -> bool:
        """Whether it was finished."""
        return self.steps is not None

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
    return [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"([0-9]+)", name)]


def image_name(index: int, camera: str) -> str:
    """File of one image, relative to the episode's folder."""
    return f"{IMAGES}/{index:04d}-{quote(camera, safe='')}.png"


def to_header_bytes(header: EpisodeHeader) -> bytes:
    """The content of ``episode.json``."""
    return seal({"version": VERSION, **vars(header)})


def load_header(folder: Path) -> EpisodeHeader:
    """The header in an episode's folder; the folder's name is the episode's id.

    Raises:
        StoreError: It is missing, damaged or of a newer version.
    """
    path = folder / HEADER
    try:
        line = path.read_bytes()
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error
    check_version(path, line)
    try:
        body = unseal(line)
    except ValueError as error:
        raise corrupt(path, str(error)) from error
    try:
        # What a later version added stays with the episode, also when its header is written again.
        added = {name: body[name] for name in body if name not in _HEADER_FIELDS}
        known = known_fields(EpisodeHeader, body)
        meta = {**added, **known.get("meta", {})}
        return EpisodeHeader(**{**known, "id": folder.name, "meta": meta})
    except (KeyError, TypeError) as error:
        raise not_understood(path, error) from error


def check_version(path: Path, line: bytes) -> None:
    """Raise if a newer cliprt wrote the header, whatever else it may hold.

    Raises:
        StoreError: It did.
    """
    try:
        version = json.loads(line)["body"]["version"]
        is_newer = version > VERSION
    except (ValueError, KeyError, TypeError):
        return
    if is_newer:
        raise StoreError(
            f"{path} has format version {version}; this cliprt reads versions up to {VERSION}."
            " Update it: pip install -U cliprt"
        )


def is_live(folder: Path) -> bool:
    """Whether some process is recording in a journal's folder at this moment."""
    if not (folder / STEPS).is_file():
        return False
    with io.FileIO(folder / STEPS, "r") as file:
        return not try_lock(file)


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


def scan_steps(folder: Path) -> Iterator[StepLine]:
    """The steps of an episode's folder, in order.

    Raises:
        StoreError: At the first line that is cut off, altered or out of order.
    """
    path = folder / STEPS
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error
    end = 0
    for index, line in enumerate(lines):
        end += len(line)
        try:
            record = unseal(line)
        except ValueError as error:
            raise corrupt(path, f"line {index + 1}: {error}") from error
        try:
            step = from_record(record, folder)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise not_understood(path, error) from error
        if step.index != index:
            raise corrupt(path, f"line {index + 1} holds step {step.index}")
        yield StepLine(step, end)
