"""A robot's side of the talk with a policy's server: a question is answered in time, or not at all.

Every question has a thread of its own, which may hang in whatever a network can hang in; who asked
waits no longer than the deadline and never sees what comes later.  A line on which anything went
wrong is not used again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from cliprt.errors import MissingExtraError, ServerError, UsageError
from cliprt.protocols.arrays import pack
from cliprt.protocols.lines import LINES, Address, Line, in_one_line, in_words


class PolicyClient:
    """Asks one server, from one thread.

    Args:
        address: Where it is; nothing is sent before the first question.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.metadata: Mapping[str, Any] = {}
        """What the server said of itself first."""
        self._introduced = b""
        self._line: Line | None = None
        self._episode = 0

    def restart(self) -> None:
        """A new episode begins: a server that remembers is told so with the next question."""
        self._episode += 1

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The server's answer.

        Args:
            question: Pictures, numbers and words; ``"images/scene"`` is a key of a key where the
                protocol has such.

        Raises:
            ServerError: There is none in time, or it cannot be used, or it is another policy than
                before that answers.
            UsageError: The key is missing.
            MissingExtraError: WebSockets are not installed.
        """
        line, self._line = self._line or LINES[self.address.protocol](self.address), None
        exchange = _Exchange(line, question, self._episode)
        deadline_s = self.address.deadline_s
        error = exchange.error if exchange.wait(deadline_s) else TimeoutError()
        if error:
            line.cut()
            if isinstance(error, TimeoutError):
                raise self.error(f"did not answer within {deadline_s:g} s")
            if isinstance(error, MissingExtraError | UsageError):
                raise error
            raise self.error(in_words(error)) from error
        self._check_introduction(line)
        if line.lasts:
            self._line = line
        return exchange.answer

    def close(self) -> None:
        """Hang up."""
        if self._line:
            self._line.cut()
        self._line = None

    def error(self, what: str) -> ServerError:
        """That this server does what it must not, e.g. ``"forbids every primitive"``."""
        return ServerError(f"the policy's server {self.address.url} {what}.")

    def _check_introduction(self, line: Line) -> None:
        introduced = pack(line.metadata)
        if self._introduced and introduced != self._introduced:
            line.cut()
            keys = {*line.metadata, *self.metadata}
            other = [k for k in keys if repr(line.metadata.get(k)) != repr(self.metadata.get(k))]
            raise self.error(
                "says of itself what it did not say before, so it may be another policy"
                f" ({in_one_line(', '.join(sorted(other)))})"
            )
        self.metadata, self._introduced = line.metadata, introduced


class _Exchange:
    """One question in a thread of its own; over when its answer or its failure is there."""

    def __init__(self, line: Line, question: Mapping[str, Any], episode: int) -> None:
        self.answer: Mapping[str, Any] = {}
        self.error: Exception | None = None
        self._over = threading.Event()
        threading.Thread(target=self._ask, args=(line, question, episode), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether it is over in time."""
        return self._over.wait(seconds)

    def _ask(self, line: Line, question: Mapping[str, Any], episode: int) -> None:
        try:
            line.open()
            self.answer = line.exchange(question, episode)
        except Exception as error:
            self.error = error
        self._over.set()
        if self.error is None and not line.lasts:
            line.hang_up()
