"""What no page of ours sends: counted, and told in a line now and then."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable

TELL_EVERY_S = 60.0
"""However much comes, it is told about this often, and at the end."""


class Malformed:
    """Counts messages that were ignored.

    Args:
        tell: Told how many.
        clock: Wall clock [s].
    """

    def __init__(
        self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.count = 0
        """How many there were."""
        self._tell = tell
        self._clock = clock
        self._told, self._told_s, self._last = 0, -math.inf, ""

    def note(self, what: object) -> None:
        """One more."""
        kind = f"{type(what).__name__}: " if isinstance(what, Exception) else ""
        self.count, self._last = self.count + 1, ascii(f"{kind}{what}"[:80])[1:-1]
        if self._clock() >= self._told_s + TELL_EVERY_S:
            self.report()

    def report(self) -> None:
        """Tell about those that nobody was told about yet."""
        count, self._told, self._told_s = self.count - self._told, self.count, self._clock()
        if count:
            messages = "message to the page was" if count == 1 else "messages to the page were"
            self._tell(f"{count} malformed {messages} ignored; the last: {self._last}")

    def ignoring(self, handle: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[None]]:
        """A handler that notes what it cannot handle."""

        async def handler(*args: object) -> None:
            try:
                await handle(*args)
            except Exception as error:
                self.note(error)

        return handler

    def mute(self, logger: str, is_noise: Callable[[logging.LogRecord], bool]) -> None:
        """Have what a library says about malformed messages counted instead of printed."""

        def is_kept(record: logging.LogRecord) -> bool:
            if not is_noise(record):
                return True
            self.note(record.getMessage())
            return False

        logging.getLogger(logger).addFilter(is_kept)
