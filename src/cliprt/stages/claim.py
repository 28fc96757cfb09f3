"""Who works on a run folder: one process, or the portions of one run beside each other.

Each of them holds a lock that the kernel frees when it dies: the whole run's exclusively, or shared
with one of its portion's own beside it.
"""

from __future__ import annotations

import io
import os
import platform
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from cliprt.data.disk import folder_lock, open_own, try_lock, write_all
from cliprt.errors import StoreError
from cliprt.stages.portion import Portion

LOCK, TURN = ".lock", ".portions"
_PORTION = re.compile(r"\.portion-(\d+)-of-(\d+)")

_held: dict[Path, tuple[Portion, ExitStack]] = {}
"""What this process works on, for as long as it lives, by run folder."""


def is_claimed(folder: Path) -> bool:
    """Whether this process works on a run folder."""
    return folder.resolve() in _held


@contextmanager
def claimed(folder: Path, portion: Portion, asked: str) -> Iterator[None]:
    """Claim a run folder until this process ends; within the block nobody else does.

    Args:
        folder: Is there.
        portion: What of the run is worked on.
        asked: What names the recipe, which all portions that work at once have in common.

    Raises:
        StoreError: Another process works on it, or on another run's portions.
        OSError: It cannot be written.
    """
    place = folder.resolve()
    if place in _held and _held[place][0] != portion:
        _held.pop(place)[1].close()
    if place not in _held:
        with ExitStack() as files:
            lock = files.enter_context(open_own(place / LOCK, "a+"))
            if not try_lock(lock, shared=not portion.is_whole):
                raise StoreError(_taken(place, lock))
            if portion.is_whole:
                for left in place.glob(".portion*"):
                    left.unlink()
                _sign(lock, str(os.getpid()))
            else:
                with _turn(place, portion):
                    files.enter_context(_claim_portion(place, portion, asked))
            _held[place] = portion, files.pop_all()
    with _turn(place, portion):
        yield


def others_at_work(folder: Path, portion: Portion) -> list[str]:
    """The other portions, as ``"3/10"``, that a living process works on."""
    place = folder.resolve()
    with _turn(place, portion):
        return sorted(str(other) for other, _ in _working(place) if other != portion)


def _turn(folder: Path, portion: Portion) -> AbstractContextManager[None]:
    """Be the only portion that looks who is there."""
    return nullcontext() if portion.is_whole else folder_lock(folder, TURN)


def _claim_portion(folder: Path, portion: Portion, asked: str) -> io.FileIO:
    for other, said in _working(folder):
        who = f"portion {other} of the run in {folder} is worked on by process {said[:80]}"
        if other == portion:
            raise StoreError(f"{who}. Give another portion, or wait for it")
        if other.of != portion.of:
            raise StoreError(
                f"{who}; portions of {portion.of} beside it would do its work again. Give"
                f" --shard i/{other.of}, or wait for it"
            )
        if not said.endswith(f" {asked}"):
            raise StoreError(
                f"{who} with another recipe; portions share the work of one. Give all the same"
                " recipe and changes, or choose another folder with --out"
            )
    own = open_own(folder / f".portion-{portion.index}-of-{portion.of}", "a+")
    try_lock(own)
    _sign(own, f"{os.getpid()} on {platform.node()}, {asked}")
    return own


def _working(folder: Path) -> Iterator[tuple[Portion, str]]:
    """The portions that are worked on, and what those who do wrote there."""
    for path in folder.glob(".portion-*"):
        if found := _PORTION.fullmatch(path.name):
            with open_own(path, "a+") as file:
                if not try_lock(file):
                    yield Portion(int(found[1]), int(found[2])), _read(file)


def _taken(folder: Path, lock: io.FileIO) -> str:
    if try_lock(lock, shared=True):
        with folder_lock(folder, TURN):
            shown = ", ".join(sorted(str(portion) for portion, _ in _working(folder)))
        return (
            f"portions of the run in {folder} are worked on ({shown}). Wait for them, or give the"
            " command for one of the others, with --shard i/n"
        )
    return (
        f"process {_read(lock)} works on the run folder {folder}; two at once would mix their"
        " results. Wait for it, or choose another folder with --out"
    )


def _read(file: io.FileIO) -> str:
    file.seek(0)
    return file.read(200).decode(errors="replace").strip()


def _sign(file: io.FileIO, text: str) -> None:
    if os.fstat(file.fileno()).st_nlink == 1:  # else a copy's, made of links, would change too
        file.truncate(0)
        write_all(file, text.encode(), durable=False)
