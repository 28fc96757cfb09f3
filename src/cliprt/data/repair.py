"""Bringing back what was left behind: whole steps are kept, the rest is set aside, nothing deleted.

`repair_store` looks at every episode.  A recording whose process died becomes a committed episode
of its whole steps (``meta["recovered"]``, success unknown).  A committed episode with a damaged
step is cut there in the same way.  Torn lines, stray images and unreadable folders move to
``quarantine/``.  Recordings that are going on are left alone.  Doing it twice changes nothing.
`clean_journal` does the same for one recording that is to be gone on with.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from cliprt.data.codec import StoredImages, UnknownRecordError
from cliprt.data.disk import folder_lock, move, replace_file, sync_folder, write_file, writing
from cliprt.data.layout import (
    HEADER,
    IMAGES,
    STEPS,
    EpisodeHeader,
    StepLine,
    check_version,
    is_live,
    load_header,
    natural_order,
    scan_steps,
    to_header_bytes,
)
from cliprt.errors import StoreError


@dataclass(frozen=True)
class RepairReport:
    """What a repair found and did; all ids in natural order.

    Attributes:
        whole: Committed episodes that needed nothing.
        recovered: Brought back up to the last whole step.
        completed: Their commit had begun; it was finished, nothing is missing.
        quarantined: Folders under ``quarantine/`` that were filled.
        live: Being recorded right now, left alone.
    """

    whole: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    live: tuple[str, ...] = ()


def repair_store(root: Path) -> RepairReport:
    """Repair every episode under `root`; a store that nobody wrote to needs nothing.

    Raises:
        StoreError: The folder cannot be written, or another cliprt wrote what is whole in it, but
            not understood; nothing is set aside then.
    """
    if not root.is_dir():
        return RepairReport()
    found: dict[str, list[str]] = {key: [] for key in RepairReport.__dataclass_fields__}
    with writing(root), folder_lock(root):
        episodes, journal = root / "episodes", root / "journal"
        for folder in _folders(episodes):
            if _is_whole(folder):
                found["whole"].append(folder.name)
            elif (journal / folder.name).exists():
                found["quarantined"].append(quarantine(root, folder).name)
            else:
                journal.mkdir(exist_ok=True)
                move(folder, journal / folder.name, durable=True)
        for folder in _folders(journal):
            if is_live(folder):
                found["live"].append(folder.name)
            else:
                verdict, aside = _bring_back(root, folder)
                found["quarantined"] += aside
                if verdict:
                    found[verdict].append(folder.name)
    return RepairReport(**{key: tuple(value) for key, value in found.items()})


def clean_journal(root: Path, folder: Path) -> tuple[EpisodeHeader, list[StepLine]]:
    """Make a dead journal fit to be gone on with; the caller holds the locks of both.

    What is torn or stray goes to quarantine.  A commit that had begun counts as not begun.

    Returns:
        The header as if recording had never been interrupted, and the whole steps.

    Raises:
        StoreError: The header is damaged, and the journal moved to quarantine; or a newer cliprt
            wrote it.
    """
    try:
        header = load_header(folder)
    except UnknownRecordError:
        raise
    except StoreError as error:
        _check_not_newer(folder)
        place = quarantine(root, folder)
        raise StoreError(
            f"nothing of episode {folder.name!r} can be gone on with; what was there is now in"
            f" {place}. Begin it anew."
        ) from error
    steps = _whole_steps(folder)
    header = header.settle((folder / STEPS).stat().st_size)
    _cut(root, folder, steps)
    return replace(header, steps=None, success=None), steps


def quarantine(root: Path, folder: Path) -> Path:
    """Move a folder into ``quarantine/`` under a name that is free; the caller holds the lock."""
    target = _free_place(root, folder.name)
    target.parent.mkdir(exist_ok=True)
    move(folder, target, durable=True)
    return target


def _bring_back(root: Path, folder: Path) -> tuple[str, list[str]]:
    """Commit the whole steps of a dead journal.

    Returns:
        ``"recovered"``, ``"completed"`` or, where nothing could be committed, ``""``; and the names
        in quarantine of what was set aside.
    """
    try:
        header = load_header(folder)
    except UnknownRecordError:
        raise
    except StoreError:
        _check_not_newer(folder)
        return "", [quarantine(root, folder).name]
    target = root / "episodes" / header.id
    steps = _whole_steps(folder)
    if header.steps == len(steps) and not target.exists():
        verdict = "completed"
    elif not steps or target.exists():
        return "", [quarantine(root, folder).name]
    else:
        verdict = "recovered"
    settled = header.settle((folder / STEPS).stat().st_size)
    aside = _cut(root, folder, steps)
    if verdict == "recovered":
        recovered = settled.commit(len(steps), None, {"recovered": True})
        replace_file(folder / HEADER, to_header_bytes(recovered), durable=True)
    target.parent.mkdir(exist_ok=True)
    move(folder, target, durable=True)
    return verdict, aside


def _cut(root: Path, folder: Path, steps: list[StepLine]) -> list[str]:
    """Move everything that no whole step needs to quarantine; names of what was filled there."""
    end = steps[-1].end if steps else 0
    data = (folder / STEPS).read_bytes()
    needed = {image for line in steps for image in line.image_paths}
    present = (folder / IMAGES).iterdir() if (folder / IMAGES).is_dir() else ()
    stray = [path for path in present if path not in needed]
    if len(data) == end and not stray:
        return []
    place = _free_place(root, folder.name)
    (place / IMAGES).mkdir(parents=True)
    write_file(place / STEPS, data[end:], durable=True)
    for path in stray:
        path.rename(place / IMAGES / path.name)
    sync_folder(place / IMAGES)
    with (folder / STEPS).open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    return [place.name]


def _is_whole(folder: Path) -> bool:
    """Whether every byte of a committed episode is as it was written.

    Raises:
        StoreError: A newer cliprt wrote it.
    """
    try:
        header = load_header(folder)
    except UnknownRecordError:
        raise
    except StoreError:
        _check_not_newer(folder)
        return False
    return header.is_committed and len(_whole_steps(folder)) == header.steps


def _whole_steps(folder: Path) -> list[StepLine]:
    """The steps before the first one whose line or images are damaged."""
    whole: list[StepLine] = []
    try:
        for line in scan_steps(folder):
            images = line.step.observation.images
            assert isinstance(images, StoredImages)
            for stored in images.files.values():
                stored.read()
            whole.append(line)
    except UnknownRecordError:
        raise
    except StoreError:
        return whole
    return whole


def _check_not_newer(folder: Path) -> None:
    if (folder / HEADER).is_file():
        check_version(folder / HEADER, (folder / HEADER).read_bytes())


def _free_place(root: Path, name: str) -> Path:
    parent = root / "quarantine"
    numbers = (n for n in range(1, 1_000_000) if not (parent / f"{name}.{n}").exists())
    return parent / f"{name}.{next(numbers)}"


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted((p for p in parent.iterdir() if p.is_dir()), key=lambda p: natural_order(p.name))
