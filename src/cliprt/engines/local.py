"""The engine ``local``: processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any

from cliprt.engines.children import deaf_to_interrupts, follow
from cliprt.engines.interface import Engine, Made, Result
from cliprt.errors import CliprtError, RobotError
from cliprt.terminal import clean_streams

_made: Any = None
"""A worker's own; the error instead, if it could not be made."""


class LocalEngine(Engine):
    """Starts as many processes as there are cores; a single worker is this process itself.

    Args:
        workers: How many, at most four per core; 0 = one per core.
    """

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers

    def map(
        self,
        start: Callable[[], Made],
        job: Callable[..., Result],
        arguments: Iterable[tuple[Any, ...]],
    ) -> Iterator[Result]:
        """See :meth:`cliprt.engines.interface.Engine.map`."""
        jobs = list(arguments)
        count = count_workers(self.workers, len(jobs))
        return _map_beside(count, start, job, jobs) if count > 1 else _map_here(start, job, jobs)


def count_workers(wanted: int, jobs: int) -> int:
    """How many processes to start: as wanted, 0 = one per core; no more than a machine bears."""
    cores = os.cpu_count() or 1
    return min(wanted or cores, jobs, 4 * cores)


def _map_here(
    start: Callable[[], Made], job: Callable[..., Result], jobs: list[tuple[Any, ...]]
) -> Iterator[Result]:
    if not jobs:
        return
    made = start()
    try:
        for args in jobs:
            yield job(made, *args)
    finally:
        getattr(made, "close", lambda: None)()


def _map_beside(
    count: int, start: Callable[[], Made], job: Callable[..., Result], jobs: list[tuple[Any, ...]]
) -> Iterator[Result]:
    processes = multiprocessing.get_context("spawn")
    leash, held = processes.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        count, mp_context=processes, initializer=_start_worker, initargs=(leash, start)
    )
    try:
        with deaf_to_interrupts():
            futures = [pool.submit(_work, job, args) for args in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise RobotError(
            "a worker process died (killed, or out of memory); what it had finished is kept."
            " Run the same command again to go on, with data.workers=1 to use less memory"
        ) from error
    except (KeyboardInterrupt, GeneratorExit):
        held.close()  # nobody waits for what is running: cut-off jobs are repeated the next time
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        leash.close()


def _start_worker(leash: Connection, start: Callable[[], Any]) -> None:
    global _made
    clean_streams()
    follow(leash)
    # One thread per process, because the processes already fill the cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        _made = start()
    except CliprtError as error:
        _made = error  # raised here, it would break the pool and never reach the parent


def _work(job: Callable[..., Result], args: tuple[Any, ...]) -> Result:
    if isinstance(_made, CliprtError):
        raise _made
    return job(_made, *args)
