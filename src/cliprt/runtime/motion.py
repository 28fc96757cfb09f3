"""What the gate knows of the backend behind it: whether it moves, and what its errors mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, get_ident

from cliprt.errors import CliprtError, RobotError
from cliprt.language.remarks import Remark

REST_S = 2.0
"""How long a stop waits for the motion that it ends [s]: twenty times what a robot may take."""

logger = logging.getLogger(__name__)


class MotionUnderWay:
    """The motion that the backend makes now: who stopped it waits here until it has ended.

    Attributes:
        looker_failed: What who looked on raised during the newest motion: not the robot failed.
    """

    def __init__(self) -> None:
        self.looker_failed: BaseException | None = None
        self._rests = Event()
        self._rests.set()
        self._mover: int | None = None

    @contextmanager
    def made(self) -> Iterator[None]:
        """While this thread has the backend make a motion."""
        self._mover, self.looker_failed = get_ident(), None
        self._rests.clear()
        try:
            yield
        finally:
            self._mover = None
            self._rests.set()

    def guarded(self, on_moving: Callable[[float], None]) -> Callable[[float], None]:
        """The same, with what it raises remembered."""

        def look_on(time_s: float) -> None:
            try:
                on_moving(time_s)
            except BaseException as error:
                self.looker_failed = error
                raise

        return look_on

    def await_rest(self) -> None:
        """Wait until the motion has ended; who stops it from within, as it looks on, cannot."""
        if self._mover != get_ident() and not self._rests.wait(REST_S):
            logger.warning("the robot was stopped and is not at rest %g s later", REST_S)


@contextmanager
def in_words() -> Iterator[None]:
    """Of a backend only errors come that a person can read; its own are their cause."""
    try:
        yield
    except Exception as error:
        if isinstance(error, CliprtError):
            raise
        raise to_robot_error(error) from error


def to_robot_error(error: Exception) -> RobotError:
    """The same in words; a RobotError as it is."""
    if isinstance(error, RobotError):
        return error
    return RobotError(
        f"the robot failed: {type(error).__name__}: {error}. Check it, then call connect()."
    )


def tell_unready(state: str, reason: str) -> str:
    """Why a robot that is not "ready" makes no motion."""
    if not reason:
        return Remark("state: the robot is {state}", state=state)
    return Remark("state: the robot is {state}: {reason}", state=state, reason=reason)
