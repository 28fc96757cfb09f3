"""The driver's process: ``python -m cliprt_ur.driver.child``, with the parent at stdin and stdout.

One loop reads the arm, tells the parent, kicks the controller's watchdog and carries out orders.
It ends, leaving the arm to its watchdog, as soon as the connection to the controller is lost; the
parent starts another one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

from cliprt.errors import CliprtError, RobotError
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.client import LinkLostError, UrClient
from cliprt_ur.driver.deadline import end_within
from cliprt_ur.driver.execution import Execution
from cliprt_ur.driver.messages import (
    HALTED,
    NotReady,
    Order,
    Quit,
    Ready,
    Result,
    TakeControl,
    Telemetry,
    Trouble,
)
from cliprt_ur.driver.preflight import stop_program, why_stopped
from cliprt_ur.driver.upstream import Upstream
from cliprt_ur.driver.wire import Wire
from cliprt_ur.driver.words import (
    PLAYING,
    PROGRAM_STOPPED,
    STOPPED,
    again,
    lost_words,
    mode_words,
    program_words,
    refusal_words,
    safety_words,
)
from cliprt_ur.grippers.build import build_gripper
from cliprt_ur.grippers.interface import Gripper, GripperReport

IDLE_PERIOD_S = 0.02
TELL_PERIOD_S = 0.02
LOST_S = 0.4
"""After so long without news the link is lost; an arm that moved has been at rest since long."""

FRESH_SHARE = 0.6
"""The watchdog of a moving arm is kicked only while the news are younger than this share of its
period: then a dead link is a dead link for both ends."""

IDLE_WATCHDOG_HZ = 2.0
"""For an arm that stands: a computer that is busy for a moment need not stop a program that rests.
"""

DASHBOARD_S = 0.2
LEAVES_S = 2.0
NICENESS = -10

NOT_CONTROLLED = "nobody has taken control of the arm. Connect first."
NO_GRIPPER_YET = GripperReport("open", 0.0, False, None, "the gripper is not connected yet.")


class Driver:
    """Serves one parent with one arm.

    Args:
        config: Of the arm.
        upstream: The parent.
    """

    def __init__(self, config: UrConfig, upstream: Upstream) -> None:
        self.config, self.upstream = config, upstream
        self.client = UrClient(config)
        self.gripper: Gripper | None = None
        self.telemetry: Telemetry
        self._trouble = NOT_CONTROLLED
        self._halts = self._last_order = 0
        self._told_s = 0.0
        self._told_condition: tuple[int, ...] = ()

    def serve(self) -> None:
        """Until the parent has ended or says so.

        Raises:
            LinkLostError: The controller is not heard any more.
        """
        self._await_news(LOST_S)
        while not self.upstream.is_gone():
            request = self.upstream.next(IDLE_PERIOD_S)
            self.look(LOST_S)
            self.kick()
            self._judge()
            if isinstance(request, Quit):
                break
            if isinstance(request, TakeControl):
                self._take_control()
            elif isinstance(request, Order):
                self.upstream.tell(self._execute(request))
        end_within(LEAVES_S)
        self.client.give_up_control()

    def let_go(self) -> None:
        """Leave the fingers where they are; an arm that moves is stopped by its watchdog."""
        if self.gripper is not None:
            self.gripper.hold()
            self.gripper.close()

    def look(self, limit_s: float) -> None:
        """Read the arm and tell the parent: no more often than it needs to hear, but every change.

        What a motion is ended for has been told before its result is, however short it lasts.

        Raises:
            LinkLostError: Nothing came for `limit_s`.
        """
        if not self.client.refresh(limit_s):
            return
        report = self.gripper.report() if self.gripper else NO_GRIPPER_YET
        now = self.telemetry = self.client.telemetry(report)
        is_due = now.taken_s - self._told_s >= 0.8 * TELL_PERIOD_S
        if is_due or now.condition != self._told_condition:
            self._told_s, self._told_condition = now.taken_s, now.condition
            self.upstream.tell(now)

    def guard(self) -> bool:
        """Have the controller watch closely, for a motion; False where it does not."""
        return self.client.watch(self.config.link.watchdog_hz)

    def rest(self) -> None:
        """Have it watch an arm that stands."""
        self.client.watch(IDLE_WATCHDOG_HZ)

    def kick(self) -> None:
        """Tell the controller's watchdog that we are here."""
        self.client.kick()

    def why_stop(self) -> str:
        """Look, and say why a motion must not go on; "" where it may. Kicks the watchdog.

        Raises:
            LinkLostError: The controller is not heard any more.
        """
        self.look(LOST_S)
        why = self.upstream.why_deaf()
        if not why and self.client.silent_s < FRESH_SHARE / self.config.link.watchdog_hz:
            self.kick()
        if not why and self.upstream.halts != self._halts:
            why = HALTED
        return why or self._why_robot()

    def _why_robot(self) -> str:
        if not self.client.has_control:
            return NOT_CONTROLLED
        now = self.telemetry
        why = safety_words(now.safety_bits) or mode_words(now.robot_mode)
        return again(why or program_words(now.runtime_state))

    def set_trouble(self, why: str) -> str:
        """Let nothing move before control is taken again; the words, with what is known of why."""
        if why == again(PROGRAM_STOPPED):
            told = why_stopped(self.config.host, DASHBOARD_S) or self._why_watchdog()
            why = again(told) or why
        if why and why != self._trouble:
            self._trouble = why
            self.upstream.tell(Trouble(why))
        return why

    def _why_watchdog(self) -> str:
        silent_s = self.client.longest_gap_s
        if silent_s < 1 / self.config.link.watchdog_hz:
            return ""
        return (
            f"the controller heard nothing from this computer for {silent_s:.2f} s, so its watchdog"
            " stopped the arm. Let this computer do less while the arm moves, or see what keeps its"
            " network busy"
        )

    def is_paused(self) -> bool:
        """Whether a program stands half-way, and would go on when somebody lets it."""
        return self.client.has_control and self.telemetry.runtime_state not in (STOPPED, PLAYING)

    def abandon_program(self) -> None:
        """End a program that is paused, so that it does not go on when somebody lets it."""
        with contextlib.suppress(RobotError):  # without kicks, its watchdog ends it
            stop_program(self.config.host, DASHBOARD_S)

    def _judge(self) -> None:
        """Notice what happens to an arm that stands."""
        is_halted, self._halts = self.upstream.halts != self._halts, self.upstream.halts
        if not self._trouble:
            self.set_trouble(HALTED if is_halted else self._why_robot())

    def _execute(self, order: Order) -> Result:
        if order.number <= self._last_order:
            why = f"order {order.number} was given before."
            return Result(order.number, self.telemetry, refused=why, trouble=why)
        self._last_order = order.number
        if self._trouble:
            return Result(
                order.number, self.telemetry, refused=self._trouble, trouble=self._trouble
            )
        result = Execution(self, order).run()
        self.rest()
        return result

    def _take_control(self) -> None:
        halts = self.upstream.halts
        try:
            self.client.take_control()
            self._connect_gripper()
            self.rest()
            for _ in range(2):  # the first package may be older than what was set
                self._await_news(LOST_S)
        except LinkLostError:
            raise
        except (CliprtError, RuntimeError, ValueError) as error:
            self._trouble = _in_words(error)
            self.upstream.tell(NotReady(self._trouble))
            return
        self._halts = halts
        self._trouble = self._why_robot()
        self.upstream.tell(NotReady(self._trouble) if self._trouble else Ready(self.telemetry))

    def _connect_gripper(self) -> None:
        """Reach it where it is not well; it may take seconds, while the arm is looked at."""
        if self.gripper is not None and not self.gripper.report().trouble:
            return
        if self.gripper is not None:
            self.gripper.close()
        gripper = build_gripper(self.config.gripper, self.config.host, self.client)
        errors: list[BaseException] = []

        def reach() -> None:
            try:
                gripper.connect()
            except BaseException as error:  # raised below, where it is heard
                errors.append(error)

        thread = threading.Thread(target=reach, daemon=True, name="gripper")
        thread.start()
        while thread.is_alive():
            self.upstream.wait(IDLE_PERIOD_S)
            self.look(1.0)
            self.kick()
        if errors:
            raise errors[0]
        self.gripper = gripper

    def _await_news(self, limit_s: float) -> None:
        """The next package.

        Raises:
            LinkLostError: There is none in time.
        """
        before_s = self.client.stamp_s
        while self.client.stamp_s == before_s:
            time.sleep(0.002)
            self.look(limit_s)


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, CliprtError) else again(refusal_words(str(error)))


def _come_first() -> None:
    """Have a turn before others where the system lets us: a late kick stops the arm."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def main() -> None:
    """Take the two pipes, keep the library's prints away from them, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _come_first()
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    wire = Wire(reader, writer)
    drivers = []  # held until the process ends: the library's destructors may wait for ever
    code = 0
    try:
        config: UrConfig = wire.receive()
        drivers.append(Driver(config, Upstream(wire, config.link.watchdog_hz)))
        drivers[0].serve()
    except EOFError:
        pass  # the parent ended before it said which arm
    except RuntimeError as error:  # of the link, or of the library on its way down
        wire.send(Trouble(str(error) if isinstance(error, CliprtError) else lost_words(str(error))))
        code = 3
    end_within(LEAVES_S)
    for driver in drivers:
        driver.let_go()
    os._exit(code)


if __name__ == "__main__":
    main()
