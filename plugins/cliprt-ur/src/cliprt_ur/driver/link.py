"""The arm from the parent's side: one process drives it, and is replaced when it is lost."""

from __future__ import annotations

import importlib.util
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from cliprt.errors import MissingExtraError, RobotError
from cliprt.types import GripperState, Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import (
    HALTED,
    Answer,
    Halt,
    NotReady,
    Order,
    Ready,
    Result,
    TakeControl,
    Telemetry,
    Trouble,
)
from cliprt_ur.driver.preflight import check_controller, check_rtde
from cliprt_ur.driver.process import DriverProcess, Record
from cliprt_ur.driver.words import AGAIN

FRESH_S = 0.2
ANSWER_S = 4.5
"""No call waits longer for an arm that does not answer."""

REREAD_S = 2.5
"""After a link was lost, a motion's result waits no longer for where the arm came to rest."""

GRIPPER_STARTS_S = 15.0
HALTS_S = 0.5
"""A process that has not obeyed a halt by then is killed, which halts the arm as well."""

TURN_S = 0.02

NOT_CONNECTED = "the arm is not connected. Connect first."
CLOSED = "the connection to the arm was closed. Connect first."


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
        self._on_telemetry = on_telemetry
        self._record: Record = record or (lambda what, facts: None)
        self._calls, self._starts = threading.RLock(), threading.RLock()
        self._news = threading.Condition()
        self._process: DriverProcess | None = None
        self._telemetry: Telemetry | None = None
        self._answer: Ready | NotReady | None = None
        self._result: Result | None = None
        self._trouble = NOT_CONNECTED
        self._halts = self._halts_known = 0
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
            with self._news:
                self._halts_known = self._halts
                self._trouble = self._trouble or NOT_CONNECTED
            try:
                controller = check_controller(self._config)
                was_there = self._is_alive()
                answer = self._take_control(until_s)
                if isinstance(answer, str) and was_there and time.monotonic() < until_s - 1.5:
                    self._record("driver replaced", {"why": answer})
                    self._drop()
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
        return self._look(ANSWER_S)

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
            RobotError: Nothing answers and nothing ever did, so nobody knows where the arm is.
        """
        with self._calls:
            number = next(self._numbers)
            with self._news:
                trouble, process, start = self._trouble, self._process, self._telemetry
                self._result = None
            if trouble or process is None:
                refused = trouble or NOT_CONNECTED
                return Result(number, self.look(), refused=refused, trouble=refused)
            process.send(Order(number, order_start, target, gripper))
            try:
                result = self._await_result(process, number, on_moving)
            except BaseException:
                self.halt()
                self._await_result(process, number, None)
                raise
            return result or self._lost(number, start)

    def halt(self) -> None:
        """Come to rest within 100 ms; from any thread. Nothing moves before `connect`."""
        with self._news:
            self._halts += 1
            self._trouble = self._trouble or HALTED
            process = self._process
            self._news.notify_all()
        if process is not None:
            process.send(Halt())

    def close(self) -> None:
        """Bring the arm to rest and give up control; safe to call twice."""
        with self._news:
            self._trouble, process, self._process = CLOSED, self._process, None
            self._news.notify_all()
        if process is not None:
            process.send(Halt())
            process.quit()

    def _take_control(self, until_s: float) -> Ready | str:
        """What the process answers, or why it does not."""
        process = self._start()
        begun_s = time.monotonic()
        starts_s = min(until_s, begun_s + self._config.link.start_timeout_s)
        with self._news:
            self._answer = None
        process.is_blocking = True
        process.send(TakeControl())
        with self._news:
            while self._answer is None and not process.is_over and self._process is process:
                self._news.wait(TURN_S)
                now_s = time.monotonic()
                # As long as it tells of the arm, it only waits for the gripper.
                if now_s > starts_s and (self._age_s() > 0.5 or now_s - begun_s > GRIPPER_STARTS_S):
                    break
            answer = self._answer
        process.is_blocking = False
        if isinstance(answer, Ready):
            return answer
        if isinstance(answer, NotReady):
            return answer.reason
        self._drop()
        return (
            f"the arm's controller at {self._config.host} did not give control within"
            f" {time.monotonic() - begun_s:.1f} s{_printed(process)}. Look at the pendant for a"
            f" message. {AGAIN}"
        )

    def _look(self, limit_s: float) -> Telemetry:
        until_s = time.monotonic() + limit_s
        while True:
            if not self._is_alive():
                check_rtde(self._config.host, min(self._config.link.connect_timeout_s, limit_s / 2))
            process = self._start()
            with self._news:
                while self._age_s() > FRESH_S and not process.is_over:
                    if time.monotonic() > until_s:
                        break
                    self._news.wait(TURN_S)
                if self._telemetry is not None and self._age_s() <= FRESH_S:
                    return self._telemetry
            if time.monotonic() > until_s - 0.5:
                raise RobotError(
                    f"the arm's controller at {self._config.host} tells nothing of the arm"
                    f"{_printed(process)}. See that it is switched on and connected. {AGAIN}"
                )

    def _await_result(
        self,
        process: DriverProcess,
        number: int,
        on_moving: Callable[[Telemetry], None] | None,
    ) -> Result | None:
        """The result; None where the process ended without one."""
        shown, halts, halted_s = self._telemetry, self._halts, None
        while True:
            with self._news:
                if self._result is None and self._telemetry is shown and not process.is_over:
                    self._news.wait(TURN_S)
                result, telemetry = self._result, self._telemetry
            if result is not None and result.number == number:
                return result
            if process.is_over:
                return None
            now_s = time.monotonic()
            if halted_s is None and (self._halts != halts or on_moving is None and self._trouble):
                halted_s = now_s
            if halted_s is not None and now_s - halted_s > HALTS_S:
                self._record("driver killed", {"why": f"it did not halt within {HALTS_S} s"})
                process.kill()
            if on_moving is not None and telemetry is not None and telemetry is not shown:
                on_moving(telemetry)
            shown = telemetry

    def _lost(self, number: int, start: Telemetry | None) -> Result:
        """The result of an order whose process ended: where the arm is now, as far as is known."""
        try:
            telemetry = self._look(REREAD_S)
        except RobotError as error:
            if self._telemetry is None or start is None:
                raise
            self._record("not seen again", {"why": str(error)})
            telemetry = self._telemetry
        moved_s = 0.0 if start is None else max(0.0, telemetry.time_s - start.time_s)
        trouble = self._trouble or NOT_CONNECTED
        return Result(number, telemetry, stopped_after_s=moved_s, trouble=trouble)

    def _is_alive(self) -> bool:
        return self._process is not None and not self._process.is_over

    def _age_s(self) -> float:
        if self._telemetry is None:
            return float("inf")
        return time.monotonic() - self._telemetry.taken_s

    def _start(self) -> DriverProcess:
        """The living process, a new one where there is none."""
        with self._starts:
            process = self._process
            if process is None or process.is_over:
                process = DriverProcess(self._config, self._hear, self._end, self._record)
                with self._news:
                    self._process = process
            return process

    def _drop(self) -> None:
        with self._news:
            process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _hear(self, process: DriverProcess, answer: Answer) -> None:
        with self._news:
            if process is not self._process:
                return
            if isinstance(answer, Telemetry):
                self._telemetry = answer
            elif isinstance(answer, Result):
                self._result = answer
                self._telemetry = answer.telemetry
            elif isinstance(answer, Ready):
                self._answer, self._telemetry = answer, answer.telemetry
                # A halt that arrived meanwhile is kept.
                self._trouble = HALTED if self._halts != self._halts_known else ""
            elif isinstance(answer, NotReady):
                self._answer = answer
            else:
                self._trouble = answer.reason
            self._news.notify_all()
        if isinstance(answer, Telemetry):
            if self._on_telemetry is not None:
                self._on_telemetry(answer)
        elif isinstance(answer, Trouble):
            self._record("trouble", {"why": answer.reason})

    def _end(self, process: DriverProcess) -> None:
        with self._news:
            if process is self._process:
                self._trouble = self._trouble or (
                    "the process that drives the arm has ended by itself; the arm was stopped by"
                    f" its controller. {AGAIN}"
                )
            self._news.notify_all()


def check_installed() -> None:
    """See that the client's library is there.

    Raises:
        MissingExtraError: It is not.
    """
    if importlib.util.find_spec("rtde_control") is None:
        raise MissingExtraError(
            "driving a UR arm needs ur-rtde, which is not installed. Install it, on Python 3.10 to"
            " 3.12 (it has ready-made packages for these): pip install 'ur-rtde>=1.6.5,<1.7'"
        )


def _printed(process: DriverProcess) -> str:
    return f" ({process.prints[-1]})" if process.prints else ""
