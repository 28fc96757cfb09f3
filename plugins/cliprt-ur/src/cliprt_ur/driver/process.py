"""The driver's process as its parent sees it: started, told, listened to, kept beating, killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal

from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import (
    Answer,
    Beat,
    Halt,
    NotReady,
    Order,
    Quit,
    Ready,
    Request,
    Result,
    TakeControl,
    Telemetry,
)
from cliprt_ur.driver.upstream import BEAT_S
from cliprt_ur.driver.wire import Wire

SILENT_S = 0.8
"""A process that should speak and does not for so long is hung: the arm has stopped long since."""

LATE_S = 0.1
"""So late with its own beats, the parent cannot judge who is silent."""

GRIPPER_STARTS_S = 15.0
HALTS_S = 0.5
"""A process that has not obeyed a halt by then is killed, which halts the arm as well."""

QUITS_S = 1.5
TURN_S = 0.02

Record = Callable[[str, Mapping[str, object]], None]


class DriverProcess:
    """One child; when it has ended it is not used again.

    Args:
        config: Of the arm.
        on_telemetry: Told of the arm, from a thread of its own.
        on_trouble: Told why nothing may move, and "" when something may, from the same thread.
        on_end: Told when it has ended, from the same thread.
        record: Told why it ended, and what it, or the library in it, printed.
    """

    def __init__(
        self,
        config: UrConfig,
        on_telemetry: Callable[[Telemetry], None],
        on_trouble: Callable[[DriverProcess, str], None],
        on_end: Callable[[DriverProcess], None],
        record: Record,
    ) -> None:
        self.prints: deque[str] = deque(maxlen=20)
        self.telemetry: Telemetry | None = None
        self._on_telemetry, self._on_trouble = on_telemetry, on_trouble
        self._on_end, self._record = on_end, record
        self._news = threading.Condition()
        self._answer: Ready | NotReady | None = None
        self._result: Result | None = None
        self._halted_s = float("inf")
        self._heard_s = time.monotonic()
        self._phase: Literal["starts", "tells", "takes control", "leaves"] = "starts"
        self._is_over = False
        self._why_killed = ""
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

    @property
    def age_s(self) -> float:
        """How old its newest telemetry is [s]."""
        telemetry = self.telemetry
        return time.monotonic() - telemetry.taken_s if telemetry else float("inf")

    def look(self, fresh_s: float, until_s: float) -> Telemetry | None:
        """Telemetry at most `fresh_s` old; None where there is none until then, or it has ended."""
        with self._news:
            while self.age_s > fresh_s and not self._is_over and time.monotonic() < until_s:
                self._news.wait(TURN_S)
            return self.telemetry if self.age_s <= fresh_s else None

    def take_control(self, timeout_s: float) -> Ready | NotReady | None:
        """What it answers; None where it does not in time, or has ended."""
        begun_s = time.monotonic()
        with self._news:
            self._answer, self._phase = None, "takes control"
        self._send(TakeControl())
        with self._news:
            while self._answer is None and not self._is_over:
                self._news.wait(TURN_S)
                waited_s = time.monotonic() - begun_s
                # As long as it tells of the arm, it only waits for the gripper.
                if waited_s > timeout_s and (self.age_s > 0.5 or waited_s > GRIPPER_STARTS_S):
                    break
            self._phase = "tells"
            return self._answer

    def carry_out(
        self, order: Order, on_moving: Callable[[Telemetry], None] | None
    ) -> Result | None:
        """The result of an order; None where it ended without one.

        An exception of `on_moving` halts the arm, and is raised when it rests.
        """
        with self._news:
            self._result, self._halted_s = None, float("inf")
        self._send(order)
        try:
            return self._await_result(on_moving)
        except BaseException:
            self.halt()
            self._await_result(None)
            raise

    def halt(self) -> None:
        """Have the arm come to rest now; from any thread."""
        with self._news:
            self._halted_s = min(self._halted_s, time.monotonic())
        self._send(Halt())

    def quit(self) -> None:
        """Let it bring the arm to rest and end; kill it where it does not."""
        self._phase = "leaves"
        if self._send(Halt()) and self._send(Quit()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(QUITS_S)
        self.kill("it did not leave in time")

    def kill(self, why: str) -> None:
        """End it now, for a reason; an arm that moves is stopped by its watchdog."""
        self._why_killed = self._why_killed or why
        self._process.kill()
        self._process.wait()

    def _await_result(self, on_moving: Callable[[Telemetry], None] | None) -> Result | None:
        shown = self.telemetry
        while True:
            with self._news:
                if self._result is None and self.telemetry is shown and not self._is_over:
                    self._news.wait(TURN_S)
                result, telemetry = self._result, self.telemetry
            if result is not None or self._is_over:
                return result
            if time.monotonic() - self._halted_s > HALTS_S:
                self.kill(f"it did not halt within {HALTS_S:g} s")
            if on_moving is not None and telemetry is not None and telemetry is not shown:
                on_moving(telemetry)
            shown = telemetry

    def _send(self, request: Request) -> bool:
        return self._wire.send(request)

    def _hear(self, answer: Answer) -> None:
        with self._news:
            self._heard_s = time.monotonic()
            if isinstance(answer, Telemetry):
                self.telemetry = answer
                if self._phase == "starts":
                    self._phase = "tells"
            elif isinstance(answer, Ready | NotReady):
                self._answer = answer
            elif isinstance(answer, Result):
                self._result = answer
            if isinstance(answer, Ready | Result):
                self.telemetry = answer.telemetry
            self._news.notify_all()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError):
            while True:
                answer: Answer = self._wire.receive()
                if isinstance(answer, Ready):
                    self._on_trouble(self, "")
                elif not isinstance(answer, Telemetry | Result):
                    self._on_trouble(self, answer.reason)
                self._hear(answer)
                if isinstance(answer, Telemetry):
                    self._on_telemetry(answer)
        code = self._process.wait()
        self._on_end(self)
        if self._phase == "leaves":
            self._record("driver left", {})
        else:
            why = self._why_killed or f"by itself, with exit code {code}"
            self._record("driver ended", {"why": why, "printed": list(self.prints)[-3:]})
        with self._news:
            self._is_over = True
            self._news.notify_all()

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
        while self._send(Beat()):
            time.sleep(BEAT_S)
            now_s = time.monotonic()
            if self._phase != "tells" or now_s - before_s > LATE_S:
                self._heard_s = now_s
            elif now_s - self._heard_s > SILENT_S:
                self.kill(f"it was silent for {SILENT_S:g} s")
            before_s = now_s
