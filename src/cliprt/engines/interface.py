"""The contract of an engine: many independent jobs, done by workers, somewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

Made = TypeVar("Made")
Result = TypeVar("Result")


class Engine(ABC):
    """Built with its options; one called ``workers`` is filled in with ``data.workers``.

    Building one is cheap: nothing is started, and nothing reached, before the first `map`.

    Attributes:
        spreads: Whether workers may be on other machines; then somebody has to look whether they
            see the folders that the jobs write to.
    """

    spreads: ClassVar[bool] = False

    @abstractmethod
    def map(
        self,
        start: Callable[[], Made],
        job: Callable[..., Result],
        arguments: Iterable[tuple[Any, ...]],
    ) -> Iterator[Result]:
        """Yield ``job(start(), *args)`` for each of `arguments`, in the order of completion.

        Where a worker dies, its job may be done again: a job leaves nothing half done behind that
        it would stumble over.  Whoever lets go of the iterator ends all that is running, at once.

        Args:
            start: Run once by each worker, before its first job; a module-level function, or a
                partial of one.  What it makes has a ``close()`` or ends with its process.
            job: A module-level function.
            arguments: One tuple per job, of plain values.

        Raises:
            CliprtError: What a job, or `start`, raised; no job is done again because of it.
            RobotError: Workers die, and go on dying.
            KeyboardInterrupt: All workers were ended at once.
        """
