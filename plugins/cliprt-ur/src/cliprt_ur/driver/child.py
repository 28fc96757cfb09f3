"""The process that holds the ur-rtde client: reads, obeys orders, kicks the watchdog, stops.

One loop, every few milliseconds.  Whoever started it writes to its standard input and reads from
its standard output.  It stops the arm when the beats of its parent stop; when the controller's
words stop, it leaves at once, so that the controller's watchdog stops the arm.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator
from typing import Any, BinaryIO

from cliprt.errors import CliprtError, RobotError
from cliprt.types import GripperState, Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.client import IDLE_WATCHDOG_HZ, ArmClient
from cliprt_ur.driver.messages import (
    Beat,
    Connect,
    Failed,
    Halt,
    Hello,
    Leave,
    Order,
    Result,
    Taken,
)
from cliprt_ur.driver.motion import has_arrived, strayed, waypoints
from cliprt_ur.driver.preflight import Controller, ask_controller
from cliprt_ur.driver.words import mode_words, safety_words
from cliprt_ur.grippers.build import build_gripper
from cliprt_ur.grippers.interface import Gripper, GripperReport

TICK_S = 0.005
TELL_S = 0.02
"""Between two telemetry messages."""

BEAT_S = 0.25
"""A parent that is silent for so long is gone or hangs."""

SILENT_MOVING_S, SILENT_IDLE_S = 0.06, 1.0
"""A controller whose clock stands still for so long is lost."""

REST_RAD_S = 0.002
REST_S = 1.0
"""Joints this slow rest; they do so within this time of a motion's end."""

SETTLE_S = 0.05
"""Between control being taken and the look that counts."""

GRIP_S = 5.0
"""A gripper that is not done after so long has a problem."""

LOST = 3
"""Exit code: the controller was lost."""

NOT_CONNECTED = "connect() was not called yet"
HALTED = "the robot was halted"
ENDED = (
    "our program on the controller was ended, at the pendant or because a motion was impossible."
    " Look at the pendant, then go on"
)


Making = Generator[None, None, Result]
Pause = Generator[None, None, None]


class Driver:
    """The loop."""

    def __init__(self, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self._outbox = outbox
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._config: UrConfig = pickle.load(inbox)
        self._beat_s = time.monotonic()
        self._is_orphan = False
        self._is_halted = False
        self._trouble = NOT_CONNECTED
        self._newest = 0  # number of the newest order: none is made twice
        self._making: Making | None = None
        self._told_s = 0.0
        self._report = GripperReport("open", 0.0, False, trouble="the gripper is not connected")
        threading.Thread(target=self._listen, args=(inbox,), daemon=True).start()

    def run(self) -> int:
        """Until the parent says goodbye, or is gone; the process' exit code."""
        try:
            ask_controller(self._config.host, self._config.link.connect_timeout_s)
            self._client = ArmClient(self._config)
            self._gripper: Gripper = build_gripper(
                self._config.gripper, self._config.host, self._client
            )
        except (CliprtError, RuntimeError) as error:
            self._tell(Failed(0, _in_words(error)))
            return 1
        self._read()
        self._tell(Hello(os.getpid()))
        while True:
            message = self._next_message()
            if isinstance(message, Leave) or self._is_orphan:
                self._leave()
                return 0
            self._read()
            self._judge()
            self._obey(message)
            self._go_on()
            if self._client.has_control:
                self._client.kick()
            if time.monotonic() - self._told_s >= TELL_S:
                self._told_s = time.monotonic()
                self._tell(self._now)

    def _listen(self, inbox: BinaryIO) -> None:
        """The parent's words, in a thread; its end of file is its death."""
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                message = pickle.load(inbox)
                self._beat_s = time.monotonic()
                if not isinstance(message, Beat):
                    self._messages.put(message)
        self._is_orphan = True
        self._messages.put(None)

    def _next_message(self) -> Any:
        try:
            return self._messages.get(timeout=TICK_S)
        except queue.Empty:
            return None

    def _tell(self, message: object) -> None:
        try:
            pickle.dump(message, self._outbox)
            self._outbox.flush()
        except OSError:
            self._is_orphan = True

    def _read(self) -> None:
        self._now = self._client.read(self._report)
        if self._client.age_s > (SILENT_MOVING_S if self._making else SILENT_IDLE_S):
            # Its client would call again and again, and crash; without us the watchdog stops it.
            os._exit(LOST)

    def _judge(self) -> None:
        """Notice why nothing may move; it stays until the parent connects anew."""
        if self._making and time.monotonic() - self._beat_s > BEAT_S:
            self._trouble = self._trouble or "the program that leads the arm hung for a moment"
        if self._trouble and self._trouble != ENDED:
            return
        now = self._now
        trouble = safety_words(now.safety_bits) or mode_words(now.robot_mode)
        if not trouble and not self._client.has_control:
            trouble = ENDED
        self._trouble = trouble

    def _obey(self, message: Any) -> None:
        if isinstance(message, Halt):
            self._is_halted = True
            self._trouble = self._trouble or HALTED
        elif isinstance(message, Connect):
            self._connect(message)
        elif isinstance(message, Order) and message.number > self._newest:
            self._newest = message.number
            self._making = self._make(message)

    def _connect(self, message: Connect) -> None:
        """Take control, or say what a person has to do first."""
        try:
            controller = ask_controller(self._config.host, self._config.link.connect_timeout_s)
            self._check(controller)
            self._client.take_control()
            self._gripper.connect()
            self._report = self._gripper.report()
        except (CliprtError, RuntimeError) as error:
            self._trouble = self._trouble or NOT_CONNECTED
            self._tell(Failed(message.number, _in_words(error)))
            return
        settled_s = time.monotonic() + SETTLE_S
        while time.monotonic() < settled_s or self._now.joint_speed_rad_s > REST_RAD_S:
            self._client.kick()
            time.sleep(TICK_S)
            self._read()
        self._trouble, self._is_halted = "", False
        self._judge()
        if self._trouble:
            self._tell(Failed(message.number, self._trouble))
        else:
            self._tell(Taken(message.number, self._now))

    def _check(self, controller: Controller) -> None:
        time.sleep(3 / self._config.link.rate_hz)  # what a person just cleared has to arrive
        self._read()
        known = self._config.arm.serial
        if known and controller.serial != known:
            raise RobotError(
                f"the arm at {self._config.host} has the serial number {controller.serial}, but"
                f" {known} was commissioned. Run: cliprt ur check {self._config.host}"
            )
        now = self._now
        obstacle = safety_words(now.safety_bits) or controller.obstacle
        if obstacle:
            raise RobotError(f"{obstacle}.")

    def _go_on(self) -> None:
        self._report = self._gripper.report()
        if self._making is None:
            return
        try:
            next(self._making)
        except StopIteration as made:
            self._making = None
            self._tell(made.value)

    def _make(self, order: Order) -> Making:
        """One order, a tick at a time."""
        timings: dict[str, float] = {}
        begun_s, begun_controller_s = time.monotonic(), self._now.time_s
        refused = self._find_refusal(order)
        timings["checks"] = time.monotonic() - begun_s
        if not refused and order.target is not None:
            self._client.be_watched(self._config.link.watchdog_hz)
            begun_controller_s = self._now.time_s
            if not self._client.begin_move(order.target):
                yield from self._pass_time(0.05)
                refused = self._trouble or "the controller did not accept the motion"
            timings["accepted"] = time.monotonic() - begun_s
        if refused:
            trouble = "" if self._is_halted else self._trouble
            return Result(order.number, self._now, refused, trouble=trouble, timings_s=timings)
        if order.target is not None:
            yield from self._move(order.target)
            timings["moving"] = time.monotonic() - begun_s - timings["accepted"]
        if order.gripper is not None and not self._trouble:
            gripped_s = time.monotonic()
            yield from self._grip(order.gripper)
            timings["gripper"] = time.monotonic() - gripped_s
        stopped_after_s = None
        if self._trouble:
            stopped_after_s = max(TICK_S, self._now.time_s - begun_controller_s)
        elif self._client.has_control:
            self._client.be_watched(IDLE_WATCHDOG_HZ)
        trouble = "" if self._is_halted else self._trouble
        self._read()
        return Result(order.number, self._now, None, stopped_after_s, trouble, timings)

    def _find_refusal(self, order: Order) -> str | None:
        if self._trouble:
            return self._trouble
        self._trouble = strayed(order.start, self._now.pose)
        if self._trouble:
            return self._trouble
        if order.gripper is not None and self._report.trouble:
            return f"gripper: {self._report.trouble}"
        for pose in waypoints(order.start, order.target) if order.target else ():
            self._client.kick()
            obstacle = self._client.obstacle(pose)
            if obstacle:
                where = "the target" if pose == order.target else "the way there"
                return f"reach: {where} {obstacle}"
        return None

    def _move(self, target: Pose) -> Pause:
        while not self._trouble and self._client.is_moving():
            yield
        if self._trouble:
            self._client.stop_moving()
        until_s = time.monotonic() + REST_S
        while True:
            yield from self._pass_time(2 / self._config.link.rate_hz)
            if self._now.joint_speed_rad_s < REST_RAD_S or time.monotonic() > until_s:
                break
        if not self._trouble and not has_arrived(target, self._now.pose):
            self._trouble = "the arm did not arrive where it was sent. Look at it, then go on"

    def _grip(self, state: GripperState) -> Pause:
        self._gripper.begin(state)
        until_s = time.monotonic() + GRIP_S
        while True:
            yield
            self._report = self._gripper.report()
            if self._trouble:
                self._gripper.hold()
                yield from self._pass_time(0.02)
                return
            if self._report.trouble or time.monotonic() > until_s:
                self._gripper.hold()
                why = self._report.trouble or f"it is still moving after {GRIP_S:g} s"
                self._trouble = f"gripper: {why}"
                return
            if not self._report.is_moving:
                return

    def _pass_time(self, seconds: float) -> Pause:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            yield

    def _leave(self) -> None:
        with contextlib.suppress(Exception):  # whatever happens now, the process ends
            if self._making is not None:
                self._client.stop_moving()
                self._gripper.hold()
            self._client.let_go()
        with contextlib.suppress(Exception):
            self._gripper.close()


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, CliprtError) else f"the controller: {error}"


def main() -> None:
    """Serve the parent on the standard streams; what others print goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to decide
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    code = LOST
    try:
        code = Driver(sys.stdin.buffer, outbox).run()
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)  # the client's own threads would keep an orderly exit waiting, or crash it


if __name__ == "__main__":
    main()
