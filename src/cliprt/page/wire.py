"""The desk's end of the pipe: two threads, so that a stop is heard and a beat sent at any moment.

One thread reads requests; a stop is acted upon right there, whatever the main thread is doing.
The other sends events, in order, and pictures only when no event waits: of a camera whose last
picture has not left yet, only the newest is kept.  Only what people judge by the pictures, a
question or an episode's end, never overtakes those that belong to it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from cliprt.language.remarks import Remark
from cliprt.page.messages import (
    Asked,
    Beat,
    Confirm,
    Discard,
    Ended,
    Event,
    Frame,
    GoOn,
    Halt,
    Proposed,
    Quit,
    Redo,
    Request,
    Say,
    Trouble,
    Undo,
)
from cliprt.page.pictures import LOOK_S
from cliprt.runtime.choices import steering

BEAT_S = 0.5
PATIENCE_S = 10.0
"""How long the main thread may give no sign of life before the beats end."""

LONG_PATIENCE_S = 120.0
"""The same while something slow is built or loaded."""

MOST_WAITING = 50
"""Requests that may wait for the main thread; a person who is faster has to wait."""

LEAVE_S = 3.0
"""How long a thread may take to end, which may be in the middle of a message."""

_OVERTAKEN = Say | Undo | Redo | GoOn | Confirm
"""What was asked for before a stop is not done after it."""


class Wire:
    """Requests in, events out.

    Args:
        connection: The desk's end of the pipe.
        halt: Brings the robot to rest, from any thread.
    """

    def __init__(self, connection: Connection, halt: Callable[[str], None]) -> None:
        self._connection = connection
        self._halt = halt
        self._requests: deque[Request] = deque()
        self._arrived = threading.Condition()
        self._events: deque[Event] = deque()
        self._frames: dict[str, Frame] = {}
        self._leaving = threading.Condition()
        self._closed = False
        self._due_s = 0.0
        self.be_patient()
        self._ended, self._end = Pipe(duplex=False)
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._send_all, self._read_all)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, event: Event) -> None:
        """Queue an event; never waits."""
        with self._leaving:
            if isinstance(event, Frame):
                self._frames[event.camera] = event
            else:
                if isinstance(event, Proposed | Asked | Ended):
                    self._events.extend(self._frames.values())
                    self._frames.clear()
                self._events.append(event)
            self._leaving.notify()

    def be_patient(self, seconds: float = LONG_PATIENCE_S) -> None:
        """The main thread lives, and may be busy for so long."""
        self._due_s = time.monotonic() + seconds

    def mark_alive(self) -> None:
        """The main thread lives; whoever has more time already keeps it until `take`."""
        self._due_s = max(self._due_s, time.monotonic() + PATIENCE_S)

    def take(
        self, timeout_s: float, wanted: Callable[[Request], bool] | None = None
    ) -> Request | None:
        """The first request, or the first that is wanted; None if none comes in time."""
        self.be_patient(timeout_s + PATIENCE_S)
        end_s = time.monotonic() + timeout_s
        with self._arrived:
            while True:
                for request in self._requests:
                    if wanted is None or wanted(request):
                        self._requests.remove(request)
                        return request
                left_s = end_s - time.monotonic()
                if left_s <= 0:
                    return None
                self._arrived.wait(left_s)

    def listen(
        self,
        meanwhile: Callable[[], bool],
        timeout_s: float = LOOK_S,
        wanted: Callable[[Request], bool] | None = None,
    ) -> Request | None:
        """As `take`, but while nobody asks for anything the rest of the work goes on.

        Args:
            meanwhile: Does something short, e.g. shows a picture; False when nothing is due.
            timeout_s: How long to wait where nothing is due [s].
            wanted: As for `take`.
        """
        request = self.take(0.0, wanted)
        if request is None and not meanwhile():
            request = self.take(timeout_s, wanted)
        return request

    def put_back(self, request: Request) -> None:
        """Make a request the next one."""
        with self._arrived:
            self._requests.appendleft(request)

    def close(self) -> None:
        """Send what waits, but pictures, and end."""
        with self._leaving:
            self._closed = True
            self._frames.clear()
            self._leaving.notify()
        self._end.close()
        # Who still read would read from whatever gets the descriptor's number next.
        for thread in self._threads:
            thread.join(LEAVE_S)
        self._connection.close()
        self._ended.close()

    def _read_all(self) -> None:
        try:
            while self._ended not in wait([self._connection, self._ended]):
                self._arrive(self._connection.recv())
            return
        except (EOFError, OSError):
            pass
        self._halt(Remark("the page's server is gone"))
        with self._arrived:
            self._requests.clear()
            self._requests.append(Quit())
            self._arrived.notify()

    def _arrive(self, request: Request) -> None:
        if isinstance(request, Say):
            request = _to_button(request)
        if isinstance(request, Halt):
            # Before the halt, which ends when the robot rests: nobody may take them meanwhile.
            with self._arrived:
                kept = [r for r in self._requests if not isinstance(r, _OVERTAKEN | Halt)]
                self._requests = deque(kept)
            self._halt(request.reason)
        with self._arrived:
            if not isinstance(request, Halt) and len(self._requests) >= MOST_WAITING:
                hurried = Remark("That was too fast for me: please wait, then say it again.")
                self.send(Trouble(hurried))
                return
            self._requests.append(request)
            self._arrived.notify()

    def _send_all(self) -> None:
        last_s = -BEAT_S
        while True:
            with self._leaving:
                if not (self._events or self._frames or self._closed):
                    self._leaving.wait(BEAT_S / 2)
                event = self._next()
                if event is None and self._closed:
                    return
            now_s = time.monotonic()
            if event is None and now_s - last_s >= BEAT_S and now_s < self._due_s:
                event = Beat()
            if event is None:
                continue
            try:
                self._connection.send(event)
            except OSError:
                return
            last_s = now_s

    def _next(self) -> Event | None:
        if self._events:
            return self._events.popleft()
        if self._frames:
            return self._frames.pop(next(iter(self._frames)))
        return None


def _to_button(said: Say) -> Request:
    """The button that a sentence means, if it means one, so that both are acted upon alike.

    "Done" is a sentence like any other: it waits for the move before it.
    """
    choice = steering(said.text)
    return choice if isinstance(choice, Halt | Undo | Redo | Discard) else said
