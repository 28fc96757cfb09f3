"""The child process as its parent sees it: started, written to, listened to, killed."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import Beat, Telemetry

BEAT_S = 0.02
_LINES = 20


class Worker:
    """One child process, from its start to its death.

    Args:
        config: Of the arm.
        on_telemetry: Called with everything that it measures, from a thread of this.
    """

    def __init__(self, config: UrConfig, on_telemetry: Callable[[Telemetry], None]) -> None:
        self.changed = threading.Condition()
        self.telemetry: Telemetry | None = None
        self.answers: deque[Any] = deque()
        """What it said beside telemetry, the oldest first; guarded by `changed`."""
        self._on_telemetry = on_telemetry
        self._writing = threading.Lock()
        self._lines: deque[str] = deque(maxlen=_LINES)
        # A session of its own: Ctrl-C in the terminal is for the parent to decide.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cliprt_ur.driver.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.send(config)
        for work in (self._listen, self._log, self._beat):
            threading.Thread(target=work, daemon=True).start()

    @property
    def pid(self) -> int:
        """The child's."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def last_words(self) -> str:
        """What it, and the client library in it, printed last."""
        return " / ".join(self._lines)

    @property
    def silent_s(self) -> float:
        """How old its newest telemetry is [s]."""
        return time.monotonic() - self.telemetry.taken_s if self.telemetry else float("inf")

    def send(self, message: object) -> None:
        """Pass a message on; to the dead, nothing."""
        assert self._process.stdin is not None
        with self._writing, contextlib.suppress(OSError, ValueError):
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def wait_for(self, wanted: Callable[[Any], bool], timeout_s: float) -> Any | None:
        """The next answer that is wanted; None when it dies first, or is too slow."""
        until_s = time.monotonic() + timeout_s
        with self.changed:
            while True:
                while self.answers:
                    answer = self.answers.popleft()
                    if wanted(answer):
                        return answer
                if not self.is_alive or time.monotonic() > until_s:
                    return None
                self.changed.wait(min(0.05, max(0.0, until_s - time.monotonic())))

    def end(self, patience_s: float = 0.0) -> None:
        """Make sure that it is gone, after it had the time to leave by itself."""
        if patience_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        if self.is_alive:
            self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                message = pickle.load(self._process.stdout)
                with self.changed:
                    if isinstance(message, Telemetry):
                        self.telemetry = message
                    else:
                        self.answers.append(message)
                    self.changed.notify_all()
                if isinstance(message, Telemetry):
                    self._on_telemetry(message)
        self._process.wait()
        with self.changed:
            self.changed.notify_all()

    def _log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line.decode("utf-8", "replace").strip())

    def _beat(self) -> None:
        while self.is_alive:
            self.send(Beat())
            time.sleep(BEAT_S)
