"""The driver's process as its parent sees it: started, listened to, kept beating, killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import Answer, Beat, Quit, Request
from cliprt_ur.driver.upstream import BEAT_S
from cliprt_ur.driver.wire import Wire

SILENT_S = 1.0
"""A process that should speak and does not for so long is hung: the arm has stopped long since."""

LATE_S = 0.1
"""So late with its own beats, the parent cannot judge who is silent."""

QUITS_S = 1.5

Record = Callable[[str, Mapping[str, object]], None]


class DriverProcess:
    """One child; it is used once.

    Args:
        config: Of the arm.
        on_answer: Told of everything that it says, from a thread of its own.
        on_end: Told when it has ended, from the same thread.
        record: Told what it, or the library in it, printed.
    """

    def __init__(
        self,
        config: UrConfig,
        on_answer: Callable[[DriverProcess, Answer], None],
        on_end: Callable[[DriverProcess], None],
        record: Record,
    ) -> None:
        self._on_answer, self._on_end, self._record = on_answer, on_end, record
        self.prints: deque[str] = deque(maxlen=20)
        self.is_blocking = True
        """Whether it may be silent for a while: it starts, or takes control."""
        self._heard_s = time.monotonic()
        self._is_over = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cliprt_ur.driver.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "PYTHONSAFEPATH": "1",
            },
            start_new_session=True,  # Ctrl-C is for the parent, which then decides
        )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        self._wire = Wire(stdout, stdin)  # type: ignore[arg-type]
        self._wire.send(config)
        for work in (self._listen, self._read_prints, self._beat):
            threading.Thread(target=work, daemon=True, name=f"ur driver {work.__name__}").start()

    @property
    def pid(self) -> int:
        """The child's."""
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._is_over

    def send(self, request: Request) -> bool:
        """Say something; False where it has ended."""
        return self._wire.send(request)

    def quit(self) -> None:
        """Let it bring the arm to rest and end; kill it where it does not."""
        if self.send(Quit()):
            try:
                self._process.wait(QUITS_S)
            except subprocess.TimeoutExpired:
                self._record("driver killed", {"why": f"it did not end within {QUITS_S} s"})
        self.kill()

    def kill(self) -> None:
        """End it now; an arm that moves is stopped by its watchdog."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        try:
            while True:
                answer = self._wire.receive()
                self._heard_s = time.monotonic()
                self._on_answer(self, answer)
        except EOFError:
            self._is_over = True
        code = self._process.wait()
        self._record("driver ended", {"exit code": code, "printed": list(self.prints)[-3:]})
        self._on_end(self)

    def _read_prints(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        for line in stderr:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self.prints.append(text)
                self._record("driver printed", {"line": text})

    def _beat(self) -> None:
        before_s = time.monotonic()
        while not self._is_over and self.send(Beat()):
            time.sleep(BEAT_S)
            now_s = time.monotonic()
            if self.is_blocking or now_s - before_s > LATE_S:
                self._heard_s = now_s
            elif now_s - self._heard_s > SILENT_S:
                self._record("driver killed", {"why": f"it was silent for {SILENT_S} s"})
                self._process.kill()
            before_s = now_s
