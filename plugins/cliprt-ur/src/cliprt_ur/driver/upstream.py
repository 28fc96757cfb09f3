"""The child's view of its parent: what it says, and whether it could still say stop."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from pathlib import Path

from cliprt_ur.driver.deadline import end_within
from cliprt_ur.driver.messages import Answer, Beat, Halt, Order, Quit, TakeControl
from cliprt_ur.driver.motion import Silence
from cliprt_ur.driver.wire import Wire

BEAT_S = 0.02
"""From one beat of the parent to the next."""

ORPHAN_S = 3.0
"""A driver without a parent ends by then, even if a call to the controller does not return."""

BUSY_PERIODS = 5
"""So many periods of the watchdog the parent's interpreter may be busy while the arm moves.

That it died or was stopped is seen at once, by its pipe and its process; this is for one that lives
and does not answer.  Drawing a simulated camera on two busy cores holds up the beats by 0.2 s.
"""


class Upstream:
    """Requests of the parent, in order; beats and halts are taken as they come.

    Args:
        wire: To the parent.
        watchdog_hz: Of the configuration: how closely everybody is watched.
    """

    def __init__(self, wire: Wire, watchdog_hz: float) -> None:
        self._wire = wire
        self._longest_s = BUSY_PERIODS / watchdog_hz
        self._requests: deque[TakeControl | Order | Quit] = deque()
        self._news = threading.Event()
        self._beats = self._heard = self.halts = 0
        self._is_closed = False
        self._parent = os.getppid()
        self._stat = Path(f"/proc/{self._parent}/stat")
        self._silence = Silence(time.monotonic())
        threading.Thread(target=self._listen, daemon=True, name="upstream").start()

    def tell(self, answer: Answer) -> None:
        """Say something to the parent, where there still is one."""
        self._wire.send(answer)

    def next(self, timeout_s: float) -> TakeControl | Order | Quit | None:
        """The next request; None where none came in time, or something else needs a look."""
        if not self._requests:
            self._news.wait(timeout_s)
        self._news.clear()
        return self._requests.popleft() if self._requests else None

    def wait(self, timeout_s: float) -> None:
        """Until something was said, or for so long."""
        self._news.wait(timeout_s)
        self._news.clear()

    def is_gone(self) -> bool:
        """Whether the parent's process ended."""
        return self._is_closed or os.getppid() != self._parent

    def why_deaf(self) -> str:
        """Why the parent could not say stop now; "" where it could."""
        if self.is_gone():
            return "the program that drives the arm has ended."
        if self._is_frozen():
            return "the program that drives the arm was suspended. Then go on."
        if self._beats != self._heard:
            self._heard = self._beats
            self._silence.break_off()
        if self._silence.go_on(time.monotonic()) > self._longest_s:
            return (
                "the program that drives the arm was too busy to say stop for"
                f" {self._longest_s:g} s. Let it do less while the arm moves, then go on."
            )
        return ""

    def _is_frozen(self) -> bool:
        """Whether the parent's process is stopped, as by Ctrl-Z or a debugger."""
        try:
            state = self._stat.read_bytes().rpartition(b") ")[2][:1]
        except OSError:  # no /proc on this system: the beats tell, more slowly
            return False
        return state in (b"T", b"t")

    def _listen(self) -> None:
        try:
            while True:
                message = self._wire.receive()
                if isinstance(message, Beat):
                    self._beats += 1
                    continue
                if isinstance(message, Halt):
                    self.halts += 1
                else:
                    self._requests.append(message)
                self._news.set()
        except EOFError:
            self._is_closed = True
            self._news.set()
            end_within(ORPHAN_S)
