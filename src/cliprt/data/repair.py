"""Bringing back what was left behind: whole steps are kept, the rest is set aside, nothing deleted.

`repair_store` looks at every episode.  A recording whose process died becomes a committed episode
of its whole steps (``meta["recovered"]``, success unknown).  A committed episode with a damaged
step is cut there in the same way.  Torn lines, stray images, unreadable folders and what is no
plain file or folder (links, pipes) move to ``quarantine/`` as they are.  Recordings that are going
on are left alone, and so is what is whole, but not understood.  Doing it twice changes nothing.
`clean_journal` does the same for one recording that is to be gone on with.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from cliprt.data.boundary import is_file, is_folder
from cliprt.data.codec import IMAGES, UnknownRecordError, check_pictures
from cliprt.data.disk import (
    folder_lock,
    make_folder,
    move,
    replace_file,
    sync_folder,
    unshare,
    write_file,
    writing,
)
from cliprt.data.layout import (
    HEADER,
    STEPS,
    EpisodeHeader,
    StepLine,
    find_episodes,
    is_live,
    load_header,
    read_steps,
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
        unknown: As they were written, but not understood: another version's, left alone.
        remarks: Why not, one sentence for each of `unknown`.
    """

    whole: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class _Found(NamedTuple):
    """What of an episode's folder can be kept.

    Attributes:
        header: None where it, or the file of the steps, cannot be read.
        steps: Those before the first one whose line or images are damaged.
        is_whole: Whether every byte is as it was written, and all is there.
    """

    header: EpisodeHeader | None = None
    steps: Sequence[StepLine] = ()
    is_whole: bool = False


def repair_store(root: Path) -> RepairReport:
    """Repair every episode under `root`; a store that nobody wrote to needs nothing.

    Raises:
        StoreError: The folder cannot be written.
    """
    if not root.is_dir():
        return RepairReport()
    found: dict[str, list[str]] = {key: [] for key in RepairReport.__dataclass_fields__}
    with writing(root):
        found["quarantined"] += _clear_the_way(root)
        with folder_lock(root):
            for parent, repair in (("episodes", _check), ("journal", _bring_back)):
                for name in find_episodes(root / parent):
                    try:
                        verdict, aside = repair(root, root / parent / name)
                    except UnknownRecordError as error:
                        verdict, aside = "unknown", []
                        found["remarks"].append(str(error))
                    found["quarantined"] += aside
                    if verdict:
                        found[verdict].append(name)
    return RepairReport(**{key: tuple(value) for key, value in found.items()})


def clean_journal(root: Path, folder: Path) -> tuple[EpisodeHeader, list[StepLine]]:
    """Make a dead journal fit to be gone on with; the caller holds the lock of `root`.

    What is torn or stray goes to quarantine.  A commit that had begun counts as not begun.

    Returns:
        The header as if recording had never been interrupted, and the whole steps.

    Raises:
        StoreError: The header is damaged, and the journal moved to quarantine; or another cliprt
            wrote what is whole in it, but not understood.
    """
    found = _look(folder)
    if found.header is None:
        place = quarantine(root, folder)
        raise StoreError(
            f"nothing of episode {folder.name!r} can be gone on with; what was there is now in"
            f" {place}. Begin it anew."
        )
    header = found.header.settle(len(read_steps(folder)))
    _cut(root, folder, found.steps)
    return replace(header, steps=None, success=None), list(found.steps)


def quarantine(root: Path, folder: Path) -> Path:
    """Move a folder into ``quarantine/`` under a name that is free; the caller holds the lock."""
    target = _free_place(root, folder.name)
    move(folder, target, durable=True)
    return target


def _clear_the_way(root: Path) -> list[str]:
    """Set aside what stands where the store has its own folders; names of it in quarantine."""
    aside = []
    for name in ("quarantine", "episodes", "journal", ".lock"):
        path = root / name
        is_right = is_file if name == ".lock" else is_folder
        if os.path.lexists(path) and not is_right(path):
            spare = _free(root, f"{name}.aside")
            path.rename(spare)
            place = _free_place(root, name.strip("."))
            spare.rename(place)
            aside.append(place.name)
    return aside


def _check(root: Path, folder: Path) -> tuple[str, list[str]]:
    """Let a damaged episode be as it was before its commit; (verdict, names in quarantine)."""
    if _look(folder).is_whole:
        return "whole", []
    if not is_folder(folder) or os.path.lexists(root / "journal" / folder.name):
        return "", [quarantine(root, folder).name]
    make_folder(root / "journal")
    move(folder, root / "journal" / folder.name, durable=True)
    return "", []


def _bring_back(root: Path, folder: Path) -> tuple[str, list[str]]:
    """Commit the whole steps of a dead journal.

    Returns:
        ``"recovered"``, ``"completed"``, ``"live"`` or, where nothing could be committed, ``""``;
        and the names in quarantine of what was set aside.
    """
    if is_live(folder):
        return "live", []
    header, steps, _ = _look(folder)
    target = root / "episodes" / folder.name
    is_complete = header is not None and header.steps == len(steps)
    if header is None or os.path.lexists(target) or not (steps or is_complete):
        return "", [quarantine(root, folder).name]
    settled = header.settle(len(read_steps(folder)))
    aside = _cut(root, folder, steps)
    if not is_complete:
        recovered = settled.commit(len(steps), None, {"recovered": True})
        replace_file(folder / HEADER, to_header_bytes(recovered), durable=True)
    make_folder(target.parent)
    move(folder, target, durable=True)
    return "completed" if is_complete else "recovered", aside


def _cut(root: Path, folder: Path, steps: Sequence[StepLine]) -> list[str]:
    """Move everything that no whole step needs to quarantine; names of what was filled there."""
    unshare(folder / STEPS)
    end = steps[-1].end if steps else 0
    tail = read_steps(folder)[end:]
    stray = _strays(folder, {image for line in steps for image in line.image_paths})
    aside = []
    if tail or stray:
        place = _free_place(root, folder.name)
        place.mkdir()
        write_file(place / STEPS, tail, durable=True)
        for path in stray:
            target = place / path.relative_to(folder)
            make_folder(target.parent)
            path.rename(target)
        sync_folder(place)
        with (folder / STEPS).open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
        aside = [place.name]
    make_folder(folder / IMAGES)
    return aside


def _strays(folder: Path, needed: set[Path]) -> list[Path]:
    """Images that no step has, what is no plain file or folder, and what bars a header's way."""
    may_be = {p for p in folder.iterdir() if is_folder(p) and p.name != f"{HEADER}.new"}
    odd = [p for p in folder.iterdir() if p not in may_be and not is_file(p)]
    if not is_folder(folder / IMAGES):
        return odd
    return odd + [path for path in (folder / IMAGES).iterdir() if path not in needed]


def _look(folder: Path) -> _Found:
    """See `_Found`.

    Raises:
        UnknownRecordError: Another version wrote something that is whole.
    """
    steps: list[StepLine] = []
    try:
        header = load_header(folder)
        read_steps(folder)
    except UnknownRecordError:
        raise
    except StoreError:
        return _Found()
    try:
        for line in scan_steps(folder):
            check_pictures([line.step])
            steps.append(line)
    except UnknownRecordError:
        raise
    except StoreError:
        return _Found(header, steps)
    return _Found(header, steps, header.steps == len(steps))


def _free_place(root: Path, name: str) -> Path:
    """A name that nothing has in quarantine, which is there."""
    make_folder(root / "quarantine")
    return _free(root / "quarantine", name)


def _free(parent: Path, name: str) -> Path:
    numbers = (n for n in range(1, 1_000_000) if not os.path.lexists(parent / f"{name}.{n}"))
    return parent / f"{name}.{next(numbers)}"
