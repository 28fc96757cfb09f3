"""What is sent of a thing on this machine: what belongs to it, and nothing else.

No lock, log, index or half-written file goes with it, no link is followed, and no note says where
on this machine something lay.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cliprt.data.boundary import is_file, is_folder, read_plain
from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import CheckpointError, StoreError, UsageError
from cliprt.hub.kinds import KINDS, Kind, is_plain, kind_of
from cliprt.hub.shared_recipe import for_others, to_recipe
from cliprt.policies.description import (
    CHECKPOINT,
    DESCRIPTION,
    WEIGHTS,
    is_intact,
    load_description,
)
from cliprt.stages.calibrate import CALIBRATION
from cliprt.stages.run_folder import RECIPE, find_checkpoint
from cliprt.stages.skills import SKILLS

POLICY, LEROBOT, EPISODES, SHARDS = KINDS

MOST_FILES = 200_000

DESCRIBED = ("format", "recipe", "vocabulary", "versions", "metrics")
"""What a checkpoint says of itself."""

NOTES = (".tar.json", "manifest.json")
"""Endings of what a conversion notes; what it could not read is told there with its path."""

MOST_NOTES_BYTES = 256 << 20
_FOLDERS = re.compile(rb"(?<![\w./])/(?:[^\s/\"]+/)+")


@dataclass(frozen=True)
class Content:
    """A thing to share.

    Attributes:
        kind: What it is.
        place: Where it lies.
        files: Name in the repository -> the file, or its content.
        remarks: What is left out, and why.
    """

    kind: Kind
    place: Path
    files: Mapping[str, Path | bytes]
    remarks: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """Of all files [bytes]."""
        return sum(f.stat().st_size if isinstance(f, Path) else len(f) for f in self.files.values())


def find_content(what: Path) -> Content:
    """What `what` is: a run's policy, a run's episodes, a LeRobot folder or training shards.

    Raises:
        UsageError: It is nothing that is shared.
        CheckpointError: A run without a policy, or with several of which none is the last.
        StoreError: A file of it is a link, or there are too many.
    """
    if not what.is_dir():
        raise UsageError(
            f"{what} is no folder. Give a run (its policy is sent), its episodes/ folder, a LeRobot"
            " data set, or a folder of shards."
        )
    what, store = what.resolve(), None
    if _looks_like_run(what):
        return _policy(what)
    with suppress(StoreError):
        store = find_store(what)
    if store:
        return _episodes(store)
    files = _files(what, LEROBOT if (what / "meta" / "info.json").is_file() else SHARDS)
    kind = kind_of(files, "dataset")
    if kind is None:
        raise UsageError(
            f"{what} holds nothing that can be shared: neither a trained policy nor recorded"
            " episodes, a LeRobot data set or .tar shards. Make one first: cliprt fit, cliprt"
            " episodes export, cliprt data convert"
        )
    return Content(kind, what, _counted(files, what))


def _looks_like_run(what: Path) -> bool:
    try:
        find_checkpoint(what)
    except CheckpointError:
        return is_folder(what / "policies") or is_file(what / DESCRIPTION)
    return True


def _policy(what: Path) -> Content:
    checkpoint = find_checkpoint(what)
    description = load_description(checkpoint)
    weights = _plain(checkpoint / WEIGHTS)
    if not is_intact(checkpoint):
        raise CheckpointError(f"{weights} is damaged, and is not sent. Train again.")
    shown = {key: description[key] for key in DESCRIBED if key in description}
    shown["recipe"] = for_others(description["recipe"])
    files: dict[str, Path | bytes] = {
        f"{CHECKPOINT}/{DESCRIPTION}": json.dumps(shown, indent=1).encode(),
        f"{CHECKPOINT}/{WEIGHTS}": weights,
        RECIPE: to_recipe(shown["recipe"]).encode(),
    }
    beside = {
        CALIBRATION: checkpoint.parent / CALIBRATION,
        SKILLS: _run_of(checkpoint) / SKILLS,
    }
    files |= {name: _plain(file) for name, file in beside.items() if os.path.lexists(file)}
    return Content(POLICY, checkpoint, files)


def _run_of(checkpoint: Path) -> Path:
    """The run folder that a checkpoint is in, or the folder that it was pulled to."""
    near = [*checkpoint.parents[:3]]
    return next((folder for folder in near if (folder / RECIPE).is_file()), checkpoint.parent)


def _episodes(store: EpisodeStore) -> Content:
    headers, bad = store.survey()
    files: dict[str, Path | bytes] = {}
    for header in headers:
        place = f"episodes/{header.id}"
        files |= _files(store.path / place, EPISODES, f"{place}/")
    remarks = tuple(f"left out: {error}" for error in bad.values())
    if not files:
        raise UsageError(f"{store.path} holds no whole episode to share. Record some first.")
    return Content(EPISODES, store.path, _counted(files, store.path), remarks)


def _files(folder: Path, kind: Kind, place: str = "") -> dict[str, Path | bytes]:
    """Those files of a folder, which is at `place` in the repository, that belong to a kind."""
    found: dict[str, Path | bytes] = {}
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(root, name) for name in sorted(names) if not name.startswith(".")):
            name = place + path.relative_to(folder).as_posix()
            if kind.names.fullmatch(name):
                found[name] = _noted(_plain(path))
    return found


def _noted(file: Path) -> Path | bytes:
    """A file, or the notes of a conversion without the folders that shards lay in."""
    if not file.name.endswith(NOTES):
        return file
    try:
        text = read_plain(file, MOST_NOTES_BYTES, None)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error}. Convert it again.") from error
    shown = _FOLDERS.sub(b"", text)
    return file if shown == text else shown


def _plain(path: Path) -> Path:
    if not is_file(path):
        raise StoreError(
            f"{path} is no plain file, and only those are sent: a link may lead anywhere. Put the"
            " file itself there."
        )
    return path


def _counted(files: dict[str, Path | bytes], place: Path) -> dict[str, Path | bytes]:
    if odd := next((name for name in files if not is_plain(name)), ""):
        raise StoreError(
            f"{place} has a file called {odd!r:.120}, and others could not take it: rename what it"
            " is called after, to plain letters, digits and ._-"
        )
    if len(files) > MOST_FILES:
        raise StoreError(
            f"{place} holds {len(files)} files, and a repository at most {MOST_FILES}. Write shards"
            " of it: cliprt episodes export"
        )
    return files
