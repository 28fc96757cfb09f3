"""Where a portion meets the others: what follows rests on what all of them make."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cliprt.data.disk import folder_lock
from cliprt.errors import CliprtError
from cliprt.stages.claim import others_at_work
from cliprt.stages.portion import WHOLE
from cliprt.stages.run_folder import RunFolder

LOOK_EVERY_S = 2.0


class UnfinishedError(CliprtError):
    """A portion is through with its share, and what follows needs those that nobody works on."""


def wait_for_others(run: RunFolder, what: str, is_there: Callable[[], bool]) -> None:
    """Wait until all portions of a kind of work are there, as long as somebody works on others.

    Args:
        run: Of which one portion is done here; of a whole one, nobody is waited for.
        what: Is done.
        is_there: Whether all of it is.

    Raises:
        UnfinishedError: It is not, and nobody is at it.
    """
    told = run.portion.is_whole
    while not (run.portion.is_whole or is_there()):
        others = others_at_work(run.path, run.portion)
        if not others and not is_there():
            raise UnfinishedError(
                f"{what}: portion {run.portion} is through, others are not, and nobody works on"
                " them. Once they are through, give this command again, or the same without --shard"
            )
        if not told:
            print(f"  {what}: waiting for {_some(others)}", file=sys.stderr, flush=True)
            told = True
        time.sleep(LOOK_EVERY_S)


@contextmanager
def one_by_one(run: RunFolder) -> Iterator[RunFolder]:
    """The whole run, for what cannot be shared out; the first does it, the others find it done."""
    if run.portion.is_whole:
        yield run
        return
    with folder_lock(run.path, ".one-by-one"):
        yield replace(run, portion=WHOLE)


def _some(portions: list[str]) -> str:
    more = f" and {len(portions) - 5} more" if len(portions) > 5 else ""
    return f"portion {', '.join(portions[:5])}{more}"
