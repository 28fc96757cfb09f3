"""Runs many independent jobs over processes, each with a robot of its own.

Each process builds its robot once.  Results come back in the order of completion; every job's
outcome depends on its own seed only, so neither the order nor the number of processes matters.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from cliprt.errors import CliprtError, RobotError, UsageError
from cliprt.recipe.build import build_robot, build_vocabulary, is_simulated
from cliprt.recipe.schema import Recipe
from cliprt.runtime.confirm import Attendant, attend, confirms
from cliprt.runtime.gate import Gate
from cliprt.terminal import clean_streams
from cliprt.vocabularies.interface import ActionVocabulary

Result = TypeVar("Result")


class Bench:
    """What a worker keeps between jobs: the recipe, a connected robot, the vocabulary, and notes.

    Attributes:
        is_simulated: Whether the robot has a simulation.
        attendant: The person at the robot; None beside a simulated one that nobody wants to watch.
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
        self.is_simulated = self.robot.simulation is not None
        self.attendant: Attendant | None = attend(self.robot, self.vocabulary.primitives)

    def arrange(self, what: str) -> None:
        """Have a scene arranged, where a person has to.

        Raises:
            UsageError: They want to end here.
        """
        if self.attendant and not self.attendant.arrange(what):
            raise UsageError(
                "the person at the robot ended it; what was done is kept. Go on with the same"
                " command"
            )


def check_judged(bench: Bench) -> None:
    """Raise unless somebody, or a simulator, can say whether an episode succeeded.

    Raises:
        UsageError: Nobody can.
    """
    if not bench.is_simulated and bench.attendant is None:
        raise UsageError(
            "nobody can say whether an episode succeeds: the robot is no simulated one, and the"
            " input is no terminal. Evaluate it in a terminal"
        )


def is_attended(recipe: Recipe) -> bool:
    """Whether a person at the robot takes part, so that jobs are done here, one by one."""
    return not is_simulated(recipe) or confirms(is_simulated=True)


Job = Callable[..., Result]
_bench: Bench | CliprtError | None = None
"""A worker's own; the error instead, if it could not be made."""


def count_workers(wanted: int, jobs: int) -> int:
    """How many processes to start: as wanted, 0 = one per core; no more than a machine bears."""
    cores = os.cpu_count() or 1
    return min(wanted or cores, jobs, 4 * cores)


def run_jobs(
    recipe: Recipe,
    job: Job[Result],
    arguments: Iterable[tuple[Any, ...]],
    context: Mapping[str, Any],
    here: bool = False,
) -> Iterator[Result]:
    """Yield ``job(bench, *args)`` for each of `arguments`, as they finish.

    Args:
        recipe: Every worker builds its robot from it; ``data.workers`` says how many there are.
        job: A module-level function (it travels to other processes by name).
        arguments: One tuple per job, of plain values.
        context: Handed to every worker once.
        here: Work in this process, because a person at the terminal speaks; as wherever one
            attends.

    Raises:
        RobotError: A worker process died.
        CliprtError: What a job, or building its robot, raised.
        KeyboardInterrupt: All workers were ended at once.
    """
    jobs = list(arguments)
    count = count_workers(recipe.data.workers, len(jobs))
    if count <= 1 or here or is_attended(recipe):
        yield from _run_here(recipe, job, jobs, context)
        return
    processes = multiprocessing.get_context("spawn")
    leash, held = processes.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        count,
        mp_context=processes,
        initializer=_start_worker,
        initargs=(leash, recipe, dict(context)),
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


def _start_worker(leash: Connection, recipe: Recipe, context: dict[str, Any]) -> None:
    global _bench
    clean_streams()
    threading.Thread(target=_end_when_let_go, args=(leash,), daemon=True).start()
    # One thread per process, because the processes already fill the cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        _bench = Bench(recipe, context)
    except CliprtError as error:
        _bench = error  # raised here, it would break the pool and never reach the parent


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


def _end_when_let_go(leash: Connection) -> None:
    """Leave at once when the parent let go of the leash, also because it was killed."""
    wait([leash])
    os._exit(1)


def _work(job: Job[Result], args: tuple[Any, ...]) -> Result:
    if isinstance(_bench, CliprtError):
        raise _bench
    if _bench is None:
        raise RuntimeError("a worker was asked to work before it was started")
    return job(_bench, *args)
