"""Progress of long work: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from cliprt.terminal import clean

LINE_EVERY_S = 10.0


class Advance(Protocol):
    """Says that so many more are done."""

    def __call__(self, note: str, count: int = 1) -> None:
        """With a note on the last."""


Watcher = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""

LeftOfAll = Callable[[str, int, int], float | None]
"""Told the same, says how long all that lies ahead will take [s]; None while nobody can say."""

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_left_of_all: ContextVar[LeftOfAll | None] = ContextVar("left_of_all", default=None)


@contextmanager
def watch_progress(watcher: Watcher) -> Iterator[None]:
    """Within the block, all progress is told to `watcher` instead of being shown on stderr."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


@contextmanager
def show_left_of_all(left_of_all: LeftOfAll) -> Iterator[None]:
    """Within the block, whatever progress is shown also says what `left_of_all` makes of it."""
    token = _left_of_all.set(left_of_all)
    try:
        yield
    finally:
        _left_of_all.reset(token)


def _in_all(title: str, done: int, total: int) -> str:
    left_of_all = _left_of_all.get()
    left_s = left_of_all(title, done, total) if left_of_all else None
    return "" if left_s is None else f", {max(1, round(left_s / 60))} min in all"


@contextmanager
def show_progress(title: str, total: int, every_s: float = LINE_EVERY_S) -> Iterator[Advance]:
    """Within the block, each call ``advance("note")`` is one more of `total` done (on stderr).

    Args:
        title: What is done.
        total: How often.
        every_s: Shortest time between two lines [s]; 0 shows every one, and never a bar.
    """
    watcher = _watcher.get()
    if watcher:
        shown = _tell(watcher, title, total)
    elif every_s > 0 and sys.stderr.isatty():
        shown = _show_bar(title, total)
    else:
        shown = _show_lines(title, total, every_s)
    with shown as advance:
        yield advance


@contextmanager
def _tell(watcher: Watcher, title: str, total: int) -> Iterator[Advance]:
    done = 0

    def advance(note: str, count: int = 1) -> None:
        nonlocal done
        done += count
        watcher(title, done, total)

    watcher(title, 0, total)
    yield advance


@contextmanager
def _show_bar(title: str, total: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(escape(clean(title)), total=total, note="")
        done = 0

        def advance(note: str, count: int = 1) -> None:
            nonlocal done
            done += count
            in_all = _in_all(title, done, total).removeprefix(", ")
            shown = f"{clean(note)}  (to go: {in_all})" if in_all else clean(note)
            progress.update(bar, advance=count, note=escape(shown))

        _in_all(title, 0, total)
        yield advance


@contextmanager
def _show_lines(title: str, total: int, every_s: float) -> Iterator[Advance]:
    start = last = time.monotonic()
    done = 0

    def advance(note: str, count: int = 1) -> None:
        nonlocal last, done
        done += count
        in_all = _in_all(title, done, total)
        now = time.monotonic()
        if now - last > every_s or done == total:
            last = now
            left = (now - start) * (total / done - 1)
            # The first of many steps takes as long as many: nothing can be told from it.
            to_go = f", about {left:.0f} s to go{in_all}" if total / 50 <= done < total else ""
            print(f"  {title}: {done}/{total}, {now - start:.0f} s{to_go}  {note}", file=sys.stderr)

    _in_all(title, 0, total)
    yield advance
