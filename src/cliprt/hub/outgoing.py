"""What is sent of a thing on this machine: what belongs to it, and nothing else.

No lock, log, index or half-written file goes with it, no link is followed, and the recipe of a
policy is sent without what concerns this machine alone: hosts, paths, names of secrets, and who
taught, heard and helped how.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from cliprt.data.boundary import is_file, is_folder, read_plain
from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import CheckpointError, StoreError, UsageError
from cliprt.hub.kinds import KINDS, Kind, is_plain, kind_of
from cliprt.policies.description import (
    CHECKPOINT,
    DESCRIPTION,
    WEIGHTS,
    is_intact,
    load_description,
)
from cliprt.recipe.schema import Component
from cliprt.stages.calibrate import CALIBRATION
from cliprt.stages.manifest import MANIFEST, MOST_MANIFEST_BYTES, SIDECAR
from cliprt.stages.run_folder import RECIPE, find_checkpoint
from cliprt.stages.skills import SKILLS

POLICY, LEROBOT, EPISODES, SHARDS = KINDS

MOST_FILES = 200_000

KEPT = ("name", "tasks", "seed", "vocabulary", "encoder", "policy", "augmenters", "trainer", "data")
"""Sections of a recipe that say what a policy is; of the robot, what its cameras are."""

DESCRIBED = ("format", "recipe", "vocabulary", "versions", "metrics")
CAMERAS = ("cameras", "image_size")
TAUGHT = ("episodes", "first_seed")

NOTES = (SIDECAR, MANIFEST)
_FOLDERS = re.compile(rb"(?<![\w./])/(?:[^\s/\"]+/)+")

# A place on this machine, an address, or the name of a secret.
_PRIVATE = re.compile(
    r"(?s)([/~\\]|[A-Za-z]:[\\/]).*|.*(://|\.\.[/\\]).*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+"
)


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


def for_others(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint's recipe without what concerns this machine alone.

    >>> for_others({"robot": {"name": "ur", "options": {"host": "10.0.0.7"}}})["robot"]
    {'name': 'ur', 'options': {}, 'label': ''}
    """
    kept = {key: _without_private(recipe[key]) for key in KEPT if key in recipe}
    if "robot" in recipe:
        robot = recipe["robot"]
        options = _without_private(robot.get("options", {}))
        shown = {key: options[key] for key in CAMERAS if key in options}
        kept["robot"] = {"name": robot["name"], "options": shown, "label": ""}
    data, start = recipe.get("data", {}), recipe.get("trainer", {}).get("start_from")
    kept["data"] = {key: data[key] for key in TAUGHT if key in data}
    kept["data"]["sources"] = [_named(source) for source in data.get("sources", ())]
    if start:
        kept["trainer"]["start_from"] = _last_part(start)
    return kept


def to_recipe(recipe: Mapping[str, Any]) -> str:
    """The recipe file with which others run a policy; what it was trained on is not theirs.

    Of a policy that was only judged, it says nothing of a training.
    """
    plain = {key: _to_entry(value) for key, value in recipe.items()}
    plain["data"] = {key: n for key, n in recipe["data"].items() if key in TAUGHT and n}
    trainer = recipe.get("trainer", {}).items()
    plain["trainer"] = {
        key: value
        for key, value in trainer
        if key != "start_from" and not (key == "max_steps" and value == 0)
    }
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return text


def _to_entry(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"name", "options", "label"}:
        return Component(**value).to_entry()
    if isinstance(value, list | tuple):
        return [_to_entry(one) for one in value]
    return value


def _named(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source of rows by its kind, and the last part of where it lay."""
    options = dict(source.get("options", {}))
    path = _last_part(options.get("path", ""))
    kept = {key: options[key] for key in ("set", "rule", "weight") if key in options}
    return {"name": source["name"], "options": {**kept, **({"path": path} if path else {})}}


def _last_part(path: Any) -> str:
    return PurePosixPath(str(path).replace("\\", "/")).name


def _without_private(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_private(v) for k, v in value.items() if not _is_private(v)}
    if isinstance(value, list | tuple):
        return [_without_private(one) for one in value if not _is_private(one)]
    return value


def _is_private(value: Any) -> bool:
    return isinstance(value, str) and bool(_PRIVATE.fullmatch(value))


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
        text = read_plain(file, MOST_MANIFEST_BYTES, None)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{file} cannot be read: {reason}. Convert again.") from error
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
