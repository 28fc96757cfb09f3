"""Whether workers on other machines work in the very folder of a run, before they begin."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from cliprt.data.disk import make_locked, open_own, sweep, try_lock, writing
from cliprt.engines.interface import Engine, Made, Result
from cliprt.errors import UsageError

MARK = ".seen-by-workers"
"""What the name of a file begins with that is in the run folder while others work there."""


def map_shared(
    engine: Engine,
    folder: Path,
    start: Callable[[], Made],
    job: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
) -> Iterator[Result]:
    """``engine.map``, by workers that see `folder`, wherever they are.

    Raises:
        UsageError: A worker sees another folder, or not whether another process works there.
        CliprtError: As :meth:`cliprt.engines.interface.Engine.map`.
    """
    if not engine.spreads:
        yield from engine.map(start, job, arguments)
        return
    with _marked(folder.resolve()) as mark:
        yield from engine.map(partial(_start_there, mark, start), job, arguments)


@contextmanager
def _marked(folder: Path) -> Iterator[Path]:
    """Within the block, a locked file of a new name is in the folder."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        mark, file = make_locked(folder / MARK)
    with file:
        try:
            yield mark
        finally:
            mark.unlink(missing_ok=True)


def _start_there(mark: Path, start: Callable[[], Made]) -> Made:
    where = f"a worker on {platform.node()}"
    if not mark.is_file():
        raise UsageError(
            f"{where} does not see the folder {mark.parent}, or another one of this name. All"
            " machines of an engine need it at one path, for example over NFS; choose one that they"
            " share (--out; to convert, --to)"
        )
    try:
        with open_own(mark, "a") as file:
            is_seen = not try_lock(file)
    except OSError:  # a file system without locks
        is_seen = False
    if not is_seen:
        raise UsageError(
            f"{where} does not see that another process has a lock in {mark.parent}, so two"
            " could write one file. Choose a folder on a file system with locks over machines"
            " (NFS 4; Lustre mounted with -o flock): --out; to convert, --to"
        )
    return start()
