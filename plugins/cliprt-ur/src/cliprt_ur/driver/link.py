"""The arm from the parent's side: one process drives it, and is replaced when it is lost."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from cliprt.errors import RobotError
from cliprt.types import GripperState, Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import HALTED, NotReady, Order, Ready, Result, Telemetry
from cliprt_ur.driver.preflight import check_controller, check_installed, check_rtde
from cliprt_ur.driver.process import DriverProcess, Record
from cliprt_ur.driver.words import AGAIN

FRESH_S = 0.2
ANSWER_S = 4.5
"""No call waits longer for an arm that does not answer."""

ONCE_MORE_S = 1.5
"""A new process is tried only where there is so much time left."""

REREAD_S = 2.0
"""After a link was lost, a motion's result waits no longer for where the arm came to rest."""

NOT_CONNECTED = "the arm is not connected. Connect first."
CLOSED = "the connection to the arm was closed. Connect first."
LOST = (
    "the process that drives the arm has ended; the controller's watchdog stopped the arm. Look at"
    f" it. {AGAIN}"
)


class ArmLink:
    """One arm, in its controller's Base frame.

    Every method may be called from any thread; `connect` and `move` wait for each other.

    Args:
        config: Of the arm.
        on_telemetry: Told of the arm about 50 times a second, from a thread of its own.
        record: Told what happens to the link (what, facts), for a black box; from any thread.
    """

    def __init__(
        self,
        config: UrConfig,
        on_telemetry: Callable[[Telemetry], None] | None = None,
        record: Record | None = None,
    ) -> None:
        self._config = config
        self._on_telemetry = on_telemetry or (lambda telemetry: None)
        self._record: Record = record or (lambda what, facts: None)
        self._calls, self._state = threading.RLock(), threading.RLock()
        self._process: DriverProcess | None = None
        self._trouble = NOT_CONNECTED
        self._halts = self._halts_before = 0
        self._numbers = itertools.count(1)

    @property
    def trouble(self) -> str:
        """Why nothing may move before `connect`, in words; "" when it may."""
        return self._trouble

    @property
    def pid(self) -> int | None:
        """The process that drives the arm now."""
        return self._process.pid if self._process else None

    def connect(self) -> Telemetry:
        """Take control of the arm, or take it again after a stop, and look afresh.

        Returns:
            The arm as it is measured once everything is set.

        Raises:
            RobotError: Why not, and what a person must do; nothing has moved.
            MissingExtraError: ur-rtde is not installed.
        """
        check_installed()
        with self._calls:
            until_s = time.monotonic() + ANSWER_S
            with self._state:
                self._halts_before = self._halts
                self._trouble = self._trouble or NOT_CONNECTED
            try:
                controller = check_controller(self._config)
                was_there = self._is_alive()
                answer = self._take_control(until_s)
                if isinstance(answer, str) and was_there:
                    self._drop(answer)
                    if time.monotonic() < until_s - ONCE_MORE_S:
                        answer = self._take_control(until_s)
                if isinstance(answer, str):
                    raise RobotError(answer)
            except RobotError as error:
                self._trouble = str(error)
                self._record("not connected", {"why": str(error)})
                raise
            self._record("connected", asdict(controller))
            return answer.telemetry

    def look(self) -> Telemetry:
        """The arm as it was measured at most 0.2 s ago.

        Where its process is gone, another one is started, which only looks.

        Raises:
            RobotError: Nothing answers.
            MissingExtraError: ur-rtde is not installed.
        """
        check_installed()
        try:
            return self._look(ANSWER_S)
        except RobotError as error:
            self._drop(str(error))
            raise

    def move(
        self,
        order_start: Pose,
        target: Pose | None,
        gripper: GripperState | None,
        on_moving: Callable[[Telemetry], None] | None,
    ) -> Result:
        """Go to a pose in a straight line, then bring the gripper to its state; waits for both.

        Args:
            order_start: Where the arm is believed to be [m, rad]; refused where it is not.
            target: Where to go [m, rad]; None = stay.
            gripper: None = leave it as it is.
            on_moving: Told of the arm about 50 times a second, from this thread; an exception of
                it halts the arm and is raised when it rests.

        Raises:
            RobotError: Nothing moved, and nothing answers either.
        """
        with self._calls:
            number = next(self._numbers)
            with self._state:
                trouble, process = self._trouble, self._process
            if trouble or process is None or process.telemetry is None:
                refused = trouble or NOT_CONNECTED
                return Result(number, self.look(), refused=refused, trouble=refused)
            start = process.telemetry
            try:
                result = process.carry_out(Order(number, order_start, target, gripper), on_moving)
            except BaseException:
                self._trouble = self._trouble or HALTED
                raise
            return result or self._lost(number, start, process.telemetry)

    def halt(self) -> None:
        """Come to rest within 100 ms; from any thread. Nothing moves before `connect`."""
        with self._state:
            self._halts += 1
            self._trouble = self._trouble or HALTED
            process = self._process
        if process is not None:
            process.halt()

    def close(self) -> None:
        """Bring the arm to rest and give up control; safe to call twice."""
        with self._state:
            self._trouble, process, self._process = CLOSED, self._process, None
        if process is not None:
            process.quit()

    def _take_control(self, until_s: float) -> Ready | str:
        """What the process answers, or why it does not."""
        process, begun_s = self._start(), time.monotonic()
        limit_s = min(until_s - begun_s, self._config.link.start_timeout_s)
        answer = process.take_control(limit_s)
        if isinstance(answer, Ready):
            return answer
        if isinstance(answer, NotReady):
            return answer.reason
        self._drop("it did not take control in time")
        return (
            f"the arm's controller at {self._config.host} did not give control within"
            f" {time.monotonic() - begun_s:.1f} s{_printed(process)}. Look at the pendant for a"
            f" message. {AGAIN}"
        )

    def _look(self, limit_s: float) -> Telemetry:
        until_s = time.monotonic() + limit_s
        while True:
            if not self._is_alive():
                timeout_s = min(self._config.link.connect_timeout_s, limit_s / 2)
                check_rtde(self._config.host, timeout_s)
            process = self._start()
            telemetry = process.look(FRESH_S, until_s)
            if telemetry is not None:
                return telemetry
            if time.monotonic() > until_s - ONCE_MORE_S:
                raise RobotError(
                    f"the arm's controller at {self._config.host} tells nothing of the arm"
                    f"{_printed(process)}. See that it is switched on and connected. {AGAIN}"
                )

    def _lost(self, number: int, start: Telemetry, last: Telemetry | None) -> Result:
        """The result of an order whose process ended: where the arm is now, as far as is known."""
        now = last or start
        if self._trouble != CLOSED:
            try:
                now = self._look(REREAD_S)
            except RobotError as error:
                self._record("not seen again", {"why": str(error)})
        seen_s = (last or start).time_s - start.time_s
        moved_s = max(seen_s, 1 / self._config.link.rate_hz)
        return Result(number, now, stopped_after_s=moved_s, trouble=self._trouble)

    def _is_alive(self) -> bool:
        return self._process is not None and not self._process.is_over

    def _start(self) -> DriverProcess:
        """The living process, a new one where there is none."""
        with self._state:
            process = self._process
            if process is None or process.is_over:
                process = self._process = DriverProcess(
                    self._config,
                    self._on_telemetry,
                    self._hear_trouble,
                    self._hear_end,
                    self._record,
                )
            return process

    def _drop(self, why: str) -> None:
        with self._state:
            process, self._process = self._process, None
        if process is not None:
            process.kill(why)

    def _hear_trouble(self, process: DriverProcess, why: str) -> None:
        """In the order in which the process says it; what an old one says does not count."""
        with self._state:
            if process is not self._process:
                return
            if not why and self._halts != self._halts_before:
                why = HALTED  # it arrived while control was taken
            self._trouble = why
        if why:
            self._record("trouble", {"why": why})

    def _hear_end(self, process: DriverProcess) -> None:
        with self._state:
            if process is self._process:
                self._trouble = self._trouble or LOST


def _printed(process: DriverProcess) -> str:
    return f" ({process.prints[-1]})" if process.prints else ""
