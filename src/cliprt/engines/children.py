"""Processes that leave with whoever started them, and leave Ctrl-C to it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes started within the block never hear Ctrl-C, not even while they start.

    It belongs to the parent, which hears it after the block and ends them.
    """
    resource_tracker.ensure_running()  # its own start would let the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def follow(leash: Connection) -> None:
    """From now on, leave at once when the parent lets go of the leash, also because it died."""
    threading.Thread(target=_end_when_let_go, args=(leash,), daemon=True).start()


def _end_when_let_go(leash: Connection) -> None:
    wait([leash])
    os._exit(1)
