"""Leaves a server alone that has just failed several times, so that nobody waits for it in vain."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Opens after `failures` in a row, for `pause_s`; then one try decides.

    Args:
        failures: In a row, until it opens.
        pause_s: How long it stays open [s].
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        failures: int = 3,
        pause_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._in_a_row = 0
        self._opened_at_s = 0.0
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Whether the server is to be left alone now."""
        return self.rest_s > 0

    @property
    def rest_s(self) -> float:
        """How long it stays open [s]; 0 while it is closed."""
        if self._in_a_row < self._limit:
            return 0.0
        return max(0.0, self._opened_at_s + self._pause_s - self._clock())

    @property
    def reason(self) -> str:
        """Why the latest call failed; "" after one that did not."""
        return self._reason

    def note_failure(self, reason: str) -> None:
        """A call brought nothing."""
        self._in_a_row += 1
        self._opened_at_s = self._clock()
        self._reason = reason

    def note_success(self) -> None:
        """A call brought an answer."""
        self._in_a_row = 0
        self._reason = ""
