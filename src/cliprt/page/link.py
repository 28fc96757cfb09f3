"""The server's end of the pipe: a desk in a process of its own, replaced when it dies or hangs.

A desk can be killed at any moment: every step that the page has seen is on the disk, and the next
desk goes on with the same episode.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from cliprt.engines.children import deaf_to_interrupts
from cliprt.language.remarks import Remark
from cliprt.page.messages import (
    Beat,
    Became,
    Configure,
    Event,
    GoOn,
    Halt,
    Quit,
    Request,
    Trouble,
)
from cliprt.recipe.schema import Recipe

SILENCE_S = 6.0
"""A desk that says nothing for so long hangs; it has a beat twice a second."""

START_S = 90.0
"""How long a new desk may take to its first word."""

MOST_RESTARTS = 5
"""Within `RECENTLY_S`; then a person has to say that it should be tried again."""

RECENTLY_S = 60.0
LEAVE_S = 3.0
_LOOK_S = 0.25


class Desk:
    """A supervised desk process.

    Args:
        recipe: As the page has it.
        run_path: The run folder.
        on_event: Called with every event but beats, from a thread of the desk's own, in order; it
            must not wait.
        silence_s: After how long without a word a desk is replaced [s].
        most_restarts: Within a minute.
    """

    def __init__(
        self,
        recipe: Recipe,
        run_path: Path,
        on_event: Callable[[Event], None],
        silence_s: float = SILENCE_S,
        most_restarts: int = MOST_RESTARTS,
    ) -> None:
        self.restarts = 0
        """How often a desk was replaced."""
        self._recipe = recipe
        self._run_path = run_path
        self._on_event = on_event
        self._silence_s = silence_s
        self._most_restarts = most_restarts
        self._waiting: deque[Request] = deque()
        self._changed = threading.Condition()
        self._process: SpawnProcess | None = None
        self._settings: Configure | None = None
        self._due_s = 0.0
        self._closed = False
        self._hung = False
        self._supervisor: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process that works the robot now."""
        return self._process.pid if self._process else None

    def start(self, resume: bool = True) -> None:
        """Start the process; what comes of it is told by events.

        Args:
            resume: Go on at once with an episode that was cut off.
        """
        self._supervisor = threading.Thread(target=self._supervise, args=(resume,), daemon=True)
        self._supervisor.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def send(self, request: Request) -> None:
        """Pass a request on; never waits.  A `Halt` overtakes what has not left yet."""
        with self._changed:
            if isinstance(request, Configure):
                self._settings = request
            if isinstance(request, Halt):
                if not (self._waiting and isinstance(self._waiting[0], Halt)):
                    self._waiting.appendleft(request)
            else:
                self._waiting.append(request)
            self._changed.notify_all()

    def halt(self, reason: str) -> None:
        """Bring the robot to rest, whatever it is doing."""
        self.send(Halt(reason))

    def close(self) -> None:
        """Let the desk leave; its unfinished episode stays in its journal."""
        self._closed = True
        self.send(Quit())
        if self._supervisor is not None:
            self._supervisor.join(LEAVE_S)
        process = self._process
        if process is not None and process.is_alive():
            process.kill()
            process.join()

    # The supervisor's thread

    def _supervise(self, resume: bool) -> None:
        starts: deque[float] = deque(maxlen=self._most_restarts)
        while not self._closed:
            if len(starts) == starts.maxlen and time.monotonic() - starts[0] < RECENTLY_S:
                self._wait_for_go_on()
                starts.clear()
                continue
            starts.append(time.monotonic())
            ended = self._work_once(resume)
            if self._closed:
                return
            resume = True
            self.restarts += 1
            self._on_event(Became("starting", ended))
            self._on_event(
                Trouble(
                    Remark(
                        "The robot's process {ended}; it is started again. Every step in the list"
                        " is safe. If you just said something, please say it again.",
                        ended=ended,
                    )
                )
            )

    def _work_once(self, resume: bool) -> str:
        """Run one desk to its end; what became of it."""
        here, there = multiprocessing.Pipe()
        self._hung = False
        self._due_s = time.monotonic() + START_S
        context = multiprocessing.get_context("spawn")
        process = context.Process(
            target=_start_desk, args=(there, self._recipe, self._run_path, resume), daemon=True
        )
        with deaf_to_interrupts():
            process.start()
        there.close()
        with self._changed:
            self._process = process
            if self._settings is not None:
                self._waiting.appendleft(self._settings)
        writer = threading.Thread(target=self._write, args=(here, process), daemon=True)
        writer.start()
        try:
            while True:
                event = here.recv()
                self._due_s = time.monotonic() + self._silence_s
                if not isinstance(event, Beat):
                    self._on_event(event)
        except (EOFError, OSError):
            process.join(LEAVE_S)
            process.kill()
            process.join()
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()
        writer.join()
        here.close()
        return Remark("did not answer any more") if self._hung else _tell_end(process.exitcode)

    def _write(self, connection: Connection, process: SpawnProcess) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or process.exitcode is not None)
                if process.exitcode is not None:
                    return
                request = self._waiting.popleft()
            try:
                connection.send(request)
            except OSError:
                return

    def _wait_for_go_on(self) -> None:
        text = Remark(
            "The robot's process ended {n} times within a minute. Look at the terminal of cliprt"
            " teach for the reason, then press “Go on” to try again.",
            n=self._most_restarts,
        )
        self._on_event(Trouble(text))
        self._on_event(Became("faulted", text))
        with self._changed:
            while not self._closed:
                self._changed.wait_for(lambda: self._waiting)
                if isinstance(self._waiting.popleft(), GoOn):
                    return

    # The watchdog's thread

    def _watch(self) -> None:
        """Kill a desk that hangs; its pipe then ends, and the supervisor starts another."""
        while not self._closed:
            time.sleep(_LOOK_S)
            process = self._process
            if process is not None and process.is_alive() and time.monotonic() > self._due_s:
                self._hung = True
                process.kill()


def _start_desk(connection: Connection, recipe: Recipe, run_path: Path, resume: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the server
    os.environ["OMP_NUM_THREADS"] = "1"  # the page needs the other cores
    threading.Thread(target=_follow_server, daemon=True).start()
    from cliprt.page.desk import run_desk

    run_desk(connection, recipe, run_path, resume)


def _follow_server() -> None:
    """Leave a while after the server was killed, whatever the main thread is doing."""
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    time.sleep(LEAVE_S)
    os._exit(1)


def _tell_end(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return Remark("was killed ({signal})", signal=signal.Signals(-exitcode).name)
    return Remark("ended by itself (exit status {status})", status=exitcode)
