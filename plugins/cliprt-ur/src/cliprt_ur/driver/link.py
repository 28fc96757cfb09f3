"""The arm as the rest of the plugin sees it: a driver process that is replaced when it fails.

A child that is silent, dead or stuck is killed, never argued with; the controller's watchdog has
stopped the arm by then.  A new child only reads, until `ArmLink.connect` is called.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from cliprt.errors import MissingExtraError, RobotError
from cliprt.types import GripperState, Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import (
    Connect,
    Failed,
    Halt,
    Hello,
    Leave,
    Order,
    Result,
    Taken,
    Telemetry,
)
from cliprt_ur.driver.sentences import mode_words, safety_words
from cliprt_ur.driver.worker import Worker

SILENT_S = 0.5
"""A child that sends no telemetry for so long is replaced."""

FRESH_S = 0.2
"""A look is at most so old."""

LOOK_S = 5.0
"""How long a look may take, a new child included."""

LEAVE_S = 1.0

TOLD_S = 0.02
"""Between two measurements."""

REST_RAD_S = 0.002
"""Joints this slow rest."""

NOT_CONNECTED = "connect() was not called yet"
LOST = (
    "the link to the controller was lost; its watchdog stops the arm. Check the network and look at"
    " the arm, then go on"
)


class ArmLink:
    """One arm, driven by a supervised child process.

    Args:
        config: Of the arm.
        on_telemetry: Called about 50 times a second with what is measured, from a thread.
        record: Called with what happens to the link: a name and facts.
    """

    def __init__(
        self,
        config: UrConfig,
        on_telemetry: Callable[[Telemetry], None] | None = None,
        record: Callable[[str, Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._config = config
        self._on_telemetry = on_telemetry or (lambda telemetry: None)
        self._record = record or (lambda name, facts: None)
        self._worker: Worker | None = None
        self._number = 0
        self._busy = threading.RLock()
        self._trouble = NOT_CONNECTED

    @property
    def trouble(self) -> str:
        """Why nothing may move before `connect`; "" when ready."""
        worker = self._worker
        if self._trouble or worker is None:
            return self._trouble or NOT_CONNECTED
        if not worker.is_alive or worker.silent_s > SILENT_S:
            return LOST
        now = worker.telemetry
        return (safety_words(now.safety_bits) or mode_words(now.robot_mode)) if now else ""

    @property
    def pid(self) -> int | None:
        """The process that holds the client now."""
        return self._worker.pid if self._worker else None

    def connect(self) -> Telemetry:
        """Take control, also again after a stop, and look afresh.

        Raises:
            RobotError: The arm cannot be had; the words say what a person must do.
            MissingExtraError: ur-rtde is not installed.
        """
        with self._busy:
            self._trouble = self._trouble or NOT_CONNECTED
            worker = self._living()
            self._number += 1
            number = self._number
            worker.send(Connect(number))
            answer = worker.wait_for(
                lambda said: isinstance(said, Taken | Failed) and said.number == number,
                self._config.link.start_timeout_s,
            )
            if isinstance(answer, Taken):
                self._trouble = ""
                self._record("connected", {"pid": worker.pid})
                return answer.telemetry
            if isinstance(answer, Failed):
                self._record("not connected", {"reason": answer.reason})
                raise RobotError(answer.reason)
            self._bury(worker, "it did not take control in time")
            raise RobotError(
                f"the controller at {self._config.host} let nobody take control within"
                f" {self._config.link.start_timeout_s:g} s. Look at its pendant, restart it if need"
                " be, and try again."
            )

    def look(self) -> Telemetry:
        """The newest measurement, at most 0.2 s old; a lost driver is replaced first.

        Raises:
            RobotError: Nothing answers within 5 s.
        """
        with self._busy:
            until_s = time.monotonic() + LOOK_S
            worker = self._living()
            while worker.telemetry is None or worker.silent_s > FRESH_S:
                if time.monotonic() > until_s:
                    self._bury(worker, "it sends nothing")
                    raise RobotError(f"{LOST}.")
                if not worker.is_alive or (worker.telemetry and worker.silent_s > SILENT_S):
                    self._lose(worker)
                    worker = self._living()
                time.sleep(0.002)
            return worker.telemetry

    def move(
        self,
        order_start: Pose,
        target: Pose | None,
        gripper: GripperState | None,
        on_moving: Callable[[Telemetry], None] | None = None,
    ) -> Result:
        """Make one straight motion, then bring the gripper to its state; waits for the end.

        Args:
            order_start: Where the arm is believed to be, Base frame.
            target: Where to go; None = stay.
            gripper: None = as it is.
            on_moving: Called from this thread with what is measured meanwhile; when it raises, the
                arm is halted and the exception comes out of here.

        Raises:
            RobotError: The driver was lost, and what became of the motion cannot be read.
        """
        with self._busy:
            worker = self._worker
            trouble = self.trouble
            if trouble or worker is None:
                return Result(self._number, self.look(), refused=trouble, trouble=trouble)
            self._number += 1
            begun = self.look()
            worker.send(Order(self._number, order_start, target, gripper))
            result = self._attend(worker, self._number, on_moving)
            if result is None:
                self._lose(worker)
                return self._after_loss(begun, worker.telemetry or begun)
            self._trouble = self._trouble or result.trouble
            return result

    def halt(self) -> None:
        """Come to rest now; from any thread.  Nothing moves until `connect`."""
        self._trouble = self._trouble or "the robot was halted"
        if self._worker is not None:
            self._worker.send(Halt())

    def close(self) -> None:
        """Come to rest, let go of the arm and end the driver; safe to call twice."""
        worker, self._worker = self._worker, None
        self._trouble = NOT_CONNECTED
        if worker is not None:
            worker.send(Leave())
            worker.end(LEAVE_S)

    def _living(self) -> Worker:
        """A child that reads the arm; started where there is none."""
        worker = self._worker
        if worker is not None and worker.is_alive and worker.silent_s < SILENT_S:
            return worker
        if worker is not None:
            self._lose(worker)
        worker = self._worker = Worker(self._config, self._on_telemetry)
        self._record("driver started", {"pid": worker.pid})
        hello = worker.wait_for(
            lambda said: isinstance(said, Hello | Failed), self._config.link.start_timeout_s
        )
        if isinstance(hello, Hello):
            until_s = time.monotonic() + SILENT_S
            while worker.telemetry is None and time.monotonic() < until_s:
                time.sleep(0.002)
            return worker
        last_words = worker.last_words
        self._bury(worker, "it did not start")
        if isinstance(hello, Failed):
            if "pip install" in hello.reason:
                raise MissingExtraError(hello.reason)
            raise RobotError(hello.reason)
        raise RobotError(
            f"the controller at {self._config.host} accepts a connection and then says nothing"
            f" ({last_words or 'no further word'}). Restart it, or check the network."
        )

    def _attend(
        self, worker: Worker, number: int, on_moving: Callable[[Telemetry], None] | None
    ) -> Result | None:
        """Look on until the order's result is there; None where the driver is lost."""
        seen: Telemetry | None = worker.telemetry
        failure: BaseException | None = None
        while True:
            with worker.changed:
                while worker.answers:
                    said = worker.answers.popleft()
                    if isinstance(said, Result) and said.number == number:
                        if failure is not None:
                            raise failure
                        return said
                if worker.telemetry is seen:
                    worker.changed.wait(0.05)
                newest = worker.telemetry
            if not worker.is_alive or worker.silent_s > SILENT_S:
                if failure is not None:
                    raise failure
                return None
            if newest is not seen and newest is not None and failure is None:
                seen = newest
                try:
                    if on_moving is not None:
                        on_moving(newest)
                except BaseException as error:
                    failure = error
                    self.halt()

    def _after_loss(self, begun: Telemetry, last: Telemetry) -> Result:
        """What is measured by a new driver, once the watchdog has stopped the arm."""
        moved_s = max(TOLD_S, last.time_s - begun.time_s)
        until_s = time.monotonic() + 1.0
        now = self.look()
        while now.joint_speed_rad_s > REST_RAD_S and time.monotonic() < until_s:
            time.sleep(TOLD_S)
            now = self.look()
        return Result(self._number, now, stopped_after_s=moved_s, trouble=LOST)

    def _lose(self, worker: Worker) -> None:
        self._bury(worker, "it died" if not worker.is_alive else "it was silent")

    def _bury(self, worker: Worker, why: str) -> None:
        worker.end()
        self._record("driver ended", {"why": why, "last_words": worker.last_words})
        self._worker = None
        self._trouble = self._trouble or LOST
