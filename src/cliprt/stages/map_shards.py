"""The seam between data sets in many shards and the engines: one shard is one job is one output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cliprt.engines.interface import Engine, Made, Result
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.shared import map_shared


def map_shards(
    start: Callable[[], Made],
    job: Callable[..., Result],
    shards: Iterable[tuple[Any, ...]],
    folder: Path,
    engine: Engine,
    portion: Portion = WHOLE,
) -> Iterator[Result]:
    """Yield ``job(start(), *shard)`` for each shard of a portion, in the order of completion.

    A job writes its output beside and renames it, and first looks whether that was done: it may be
    done twice (a worker died, two machines had the same portion), and the output is the same.

    Args:
        start: See :meth:`cliprt.engines.interface.Engine.map`.
        job: The same.
        shards: What the job takes; in the same order wherever a portion of them is worked on.
        folder: That every worker has to see, wherever it is.
        engine: What runs the jobs.
        portion: Which of them.

    Raises:
        UsageError: A worker sees another folder.
    """
    return map_shared(engine, folder, start, job, portion.pick(shards))
