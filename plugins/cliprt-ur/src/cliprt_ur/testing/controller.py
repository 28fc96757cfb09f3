"""A controller without an arm, in a process of its own, and how a test has its way with it."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cliprt.errors import RobotError, UsageError
from cliprt_ur.testing.arm import AXES, HOME
from cliprt_ur.testing.faults import check_fault
from cliprt_ur.testing.hosts import CONTROL, free_host
from cliprt_ur.testing.kinematics import JOINT_LIMIT_RAD
from cliprt_ur.testing.process import PAGE, READY
from cliprt_ur.testing.record import ControllerEvent, ControllerState

START_S = 20.0
"""Until the process must listen; a busy computer takes its time."""

ANSWER_S = 10.0

_TRIES = 5


class LoopbackController:
    """A UR5e's controller on a loopback address; a context manager.

    The real ur-rtde client cannot tell it from an arm for what the driver uses.  It lives in a
    process of its own, because ur-rtde holds the interpreter's lock while it connects, and it ends
    with the process that started it.

    Attributes:
        host: Its address.
    """

    def __init__(
        self,
        host: str | None = None,
        *,
        time_scale: float = 1.0,
        remote: bool = True,
        gripper: bool = True,
    ) -> None:
        """Choose what it is like; nothing runs before `start`.

        Args:
            host: An address in 127.0.0.0/8; None = a free one.
            time_scale: How many seconds a second of the arm's motions takes; 0.1 = ten times as
                fast.
            remote: Whether it is in remote control.
            gripper: Whether a Robotiq is on its flange.

        Raises:
            UsageError: A time scale that is not above 0.
        """
        if not time_scale > 0:
            raise UsageError(f"time_scale is {time_scale}, allowed: above 0. Try 1.0.")
        self.host = host or free_host()
        self._may_move_on = host is None
        self._options = ["--time-scale", str(time_scale)]
        self._options += ["--local"] * (not remote) + ["--no-gripper"] * (not gripper)
        self._process: subprocess.Popen[str] | None = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._rest = b""

    def __enter__(self) -> LoopbackController:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; returns when every port listens.

        Raises:
            RobotError: Its address is taken, or it does not start.
        """
        if self._process is not None:
            return
        for _ in range(_TRIES if self._may_move_on else 1):
            said = self._launch()
            if not said:
                self._socket = socket.create_connection((self.host, CONTROL), ANSWER_S)
                return
            self.stop()
            if self._may_move_on:
                self.host = free_host()
        raise RobotError(f"the loopback controller did not start: {said}. Try another address.")

    def _launch(self) -> str:
        """Start the process; why it does not run, or ""."""
        command = [sys.executable, "-m", "cliprt_ur.testing", "--until-eof", "--host", self.host]
        self._process = process = subprocess.Popen(
            [*command, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], START_S)[0]:
            return f"no word from it within {START_S:g} s"
        if process.stdout.readline().strip() == READY:
            return ""
        return self._last_words() or f"it ended with {process.wait()}"

    def _last_words(self) -> str:
        """What the process said when it died; "" = nothing, or it lives."""
        process = self._process
        if process is None or process.stderr is None:
            return ""
        try:
            process.wait(1.0)
        except subprocess.TimeoutExpired:
            return ""
        return "".join(process.stderr.read().strip().splitlines()[-1:])

    def stop(self) -> None:
        """End it; safe to call twice."""
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()
            self._socket, self._rest = None, b""
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    # What happens to it

    def fault(self, kind: str, **options: float) -> None:
        """Let something go wrong, and note it in the record.

        Args:
            kind: One of `FAULTS`.
            options: ``delay_s`` and ``jitter_s`` of ``slow_network``, ``code`` of
                ``gripper_fault``.

        Raises:
            UsageError: There is no such fault.
        """
        check_fault(kind)
        self._ask("fault", kind=kind, options=options)

    def clear(self) -> None:
        """All that a person does until everything is well again; no program is started."""
        self._ask("clear")

    def press_unlock(self) -> str:
        """Press unlock after a protective stop; what the controller says, no in the first 5 s."""
        return str(self._ask("unlock"))

    def place(self, joints: Sequence[float] = HOME) -> None:
        """Put the arm somewhere at once, as if it had been carried there: angles (6,) [rad].

        Raises:
            UsageError: They are not six angles within two half turns.
        """
        angles = [float(x) for x in joints]
        if len(angles) != len(HOME) or not all(abs(x) <= JOINT_LIMIT_RAD for x in angles):
            raise UsageError(f"joints {angles}, allowed: 6 angles from -2 pi to 2 pi. Try HOME.")
        self._ask("place", joints=angles)

    def set_slider(self, share: float) -> None:
        """Set the speed slider, 0..1."""
        self._ask("slider", share=share)

    def block_gripper(self, opening_m: float | None) -> None:
        """Put something so wide between the fingers [m]; None = take it away."""
        self._ask("block", opening_m=opening_m)

    def add_plane(
        self, axis: Literal["x", "y", "z"] | int, sign: int, limit_m: float | None
    ) -> None:
        """Put up a safety plane across an axis of Base.

        The pinch point may not be beyond it: such poses are outside the safety limits, and to cross
        it is a protective stop.

        Args:
            axis: Which, by name or 0 to 2.
            sign: 1 forbids what is above the limit, -1 what is below.
            limit_m: Where; None = take it away.

        Raises:
            UsageError: Another axis or sign.
        """
        index = AXES.index(axis) if axis in AXES else axis
        if index not in range(len(AXES)) or sign not in (1, -1):
            raise UsageError(
                f"a plane across axis {axis!r} with sign {sign!r}. Allowed: x, y, z and 1, -1."
            )
        self._ask("plane", axis=index, sign=sign, limit_m=limit_m)

    def set_input(self, number: int, value: bool) -> None:
        """Set a digital input: 0-7 standard, 8-15 configurable, 16-17 tool."""
        self._ask("input", number=number, value=bool(value))

    # What it says of itself

    def state(self) -> ControllerState:
        """The arm and its controller now."""
        fields = self._ask("state")
        return ControllerState(**{name: _frozen(value) for name, value in fields.items()})

    def record(self) -> list[ControllerEvent]:
        """All that it did since it started, or since `forget`."""
        events: list[ControllerEvent] = []
        while True:
            page = self._ask("record", first=len(events))
            events += [ControllerEvent(time_s, kind, data) for time_s, kind, data in page]
            if len(page) < PAGE:
                return events

    def forget(self) -> None:
        """Empty the record."""
        self._ask("forget")

    def last_moved_s(self) -> float:
        """When a joint last moved, ``time.monotonic`` [s]."""
        return self.state().last_moved_s

    def _ask(self, what: str, **order: Any) -> Any:
        with self._lock:
            if self._socket is None:
                raise RobotError("the loopback controller is not running. Call start() first.")
            try:
                self._socket.sendall(json.dumps({"do": what, **order}).encode() + b"\n")
                return json.loads(self._line(self._socket))
            except OSError as error:
                words = self._last_words() or str(error)
                raise RobotError(
                    f"the loopback controller at {self.host} has died: {words}. Start another one."
                ) from None

    def _line(self, channel: socket.socket) -> bytes:
        while b"\n" not in self._rest:
            data = channel.recv(1 << 16)
            if not data:
                raise ConnectionResetError("it closed its control channel")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return dict(value) if isinstance(value, Mapping) else value
