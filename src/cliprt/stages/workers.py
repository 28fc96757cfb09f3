"""Runs many independent jobs over processes, each with a robot of its own.

Each process builds its robot once.  Results come back in the order of completion; every job's
outcome depends on its own seed only, so neither the order nor the number of processes matters.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from cliprt.errors import RobotError
from cliprt.recipe.build import build_robot, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.runtime.gate import Gate
from cliprt.vocabularies.interface import ActionVocabulary

Result = TypeVar("Result")


class Bench:
    """What a worker keeps between jobs: the recipe, a connected robot, the vocabulary, and notes.

    Attributes:
        context: Values that the stage handed to every worker.
        cache: For what a job wants to build once per worker (a policy, a task).
    """

    def __init__(self, recipe: Recipe, context: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.context = context
        self.vocabulary: ActionVocabulary = build_vocabulary(recipe)
        self.robot: Gate = build_robot(recipe)
        self.cache: dict[str, Any] = {}
        self.robot.connect()


Job = Callable[..., Result]
_bench: Bench | None = None


def run_jobs(
    recipe: Recipe,
    job: Job[Result],
    arguments: Iterable[tuple[Any, ...]],
    context: Mapping[str, Any],
) -> Iterator[Result]:
    """Yield ``job(bench, *args)`` for each of `arguments`, as they finish.

    Args:
        recipe: Every worker builds its robot from it; ``data.workers`` says how many there are.
        job: A module-level function (it travels to other processes by name).
        arguments: One tuple per job, of plain values.
        context: Handed to every worker once.

    Raises:
        RobotError: A worker process died.
        KeyboardInterrupt: Jobs that had not begun are dropped, running ones end first.
    """
    jobs = list(arguments)
    count = min(recipe.data.workers or os.cpu_count() or 1, len(jobs))
    if count <= 1:
        yield from _run_here(recipe, job, jobs, context)
        return
    pool = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(recipe, dict(context)),
    )
    try:
        futures = [pool.submit(_work, job, args) for args in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise RobotError(
            "a worker process died (killed, or out of memory); what it had finished is kept."
            " Run the same command again to go on, with data.workers=1 to use less memory"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _run_here(
    recipe: Recipe, job: Job[Result], jobs: list[tuple[Any, ...]], context: Mapping[str, Any]
) -> Iterator[Result]:
    if not jobs:
        return
    bench = Bench(recipe, context)
    try:
        for args in jobs:
            yield job(bench, *args)
    finally:
        bench.robot.stop()


def _start_worker(recipe: Recipe, context: dict[str, Any]) -> None:
    global _bench
    # Ctrl-C belongs to the parent, which lets running jobs end; one thread per process, because
    # the processes already fill the cores.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    _bench = Bench(recipe, context)


def _work(job: Job[Result], args: tuple[Any, ...]) -> Result:
    if _bench is None:
        raise RuntimeError("a worker was asked to work before it was started")
    return job(_bench, *args)
