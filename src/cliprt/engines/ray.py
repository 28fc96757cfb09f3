"""The engine ``ray``: the machines of a Ray cluster, or the cores of this one."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from cliprt import __version__
from cliprt.engines.cluster import check_address, first_line, join
from cliprt.engines.interface import Engine, Made, Result
from cliprt.errors import CliprtError, MissingExtraError, RobotError, UsageError
from cliprt.types import Reach

RETRIES = 3
"""How often a job is done again whose worker, or machine, died."""

_made: tuple[str, Any] = ("", None)
"""A worker's own, and the task that it belongs to."""


class RayEngine(Engine):
    """Workers of a Ray cluster; every machine has the same cliprt and sees the run folder.

    Args:
        address: ``host:port`` of a running cluster, as ``ray start --head`` says it; "" = one of
            this machine alone, for as long as the command runs.
        workers: How many jobs run at once; 0 = as many as the cluster has cores.
    """

    spreads = True

    def __init__(self, address: Annotated[str, Reach("host")] = "", workers: int = 0) -> None:
        if find_spec("ray") is None:
            raise MissingExtraError(
                "the engine 'ray' needs the package ray. Install it: pip install 'cliprt[ray]'"
            )
        if address:
            check_address(address)
        self.address, self.workers = address, workers

    def map(
        self,
        start: Callable[[], Made],
        job: Callable[..., Result],
        arguments: Iterable[tuple[Any, ...]],
    ) -> Iterator[Result]:
        """See :meth:`cliprt.engines.interface.Engine.map`."""
        waiting = iter(arguments)
        first = list(islice(waiting, 1))
        if not first:
            return
        ray = join(self.address, self.workers)
        # Ray does a job again where its process died, and never because of what it raised.
        work = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=False)(_work)
        task = ray.put(_Task(uuid4().hex, start, job, str(Path.cwd()), __version__))
        running = {work.remote(task, first[0])}
        try:
            while running:
                free = max(0, self._width(ray) - len(running))
                running |= {work.remote(task, args) for args in islice(waiting, free)}
                (done,), _ = ray.wait(list(running))
                running.remove(done)
                result = ray.get(done)
                if isinstance(result, CliprtError):
                    raise result
                yield result.value
        except ray.exceptions.RayTaskError:
            raise  # a bug in a job, with its traceback
        except ray.exceptions.RayError as error:
            raise RobotError(
                f"a job was lost {1 + RETRIES} times with its worker ({first_line(error)}); what"
                " was finished is kept. Run the same command again to go on, with data.workers=1"
                " if the memory was full"
            ) from error
        finally:
            for one in running:
                ray.cancel(one, force=True)

    def _width(self, ray: Any) -> int:
        """How many jobs are handed out at once; some wait, so that no core does."""
        return self.workers or 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))


@dataclass(frozen=True)
class _Task:
    """What all jobs of a `map` have in common.

    Attributes:
        name: Tells one `map` from another.
        folder: In which the command was given; what paths of recipes and jobs start from.
        version: Of cliprt, where it was given.
    """

    name: str
    start: Callable[[], Any]
    job: Callable[..., Any]
    folder: str
    version: str

    def begin(self) -> Any:
        """Start a worker, where it can do what was asked."""
        where = f"a worker on {platform.node()}"
        if self.version != __version__:
            raise UsageError(
                f"{where} has cliprt {__version__}, and the command was given to {self.version}."
                " Install the same on every machine of the cluster"
            )
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise UsageError(
                f"{where} does not have the folder {self.folder} ({error.strerror}). Give the"
                " command in a folder that every machine of the cluster has at this path"
            ) from error
        return self.start()


@dataclass(frozen=True)
class _Done:
    """What a job returned, be it an error."""

    value: Any


def _work(task: _Task, args: tuple[Any, ...]) -> _Done | CliprtError:
    """One job in a worker; a mistake is told, so that it is not taken for a worker's death."""
    global _made
    try:
        if _made[0] != task.name:
            getattr(_made[1], "close", lambda: None)()
            _made = (task.name, task.begin())
        return _Done(task.job(_made[1], *args))
    except CliprtError as error:
        return error
