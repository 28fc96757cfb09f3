"""The last resort: a process whose library hangs, the interpreter's lock held or not, ends."""

from __future__ import annotations

import contextlib
import faulthandler
from collections.abc import Iterator


def end_within(seconds: float) -> None:
    """End this process then, whatever its threads wait for; where they hang goes to stderr."""
    faulthandler.dump_traceback_later(seconds, exit=True)


@contextlib.contextmanager
def returned_within(seconds: float) -> Iterator[None]:
    """End this process where the block has not ended by then."""
    end_within(seconds)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
