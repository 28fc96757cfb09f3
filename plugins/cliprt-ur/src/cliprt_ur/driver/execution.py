"""One order: checks that move nothing, the motion, the gripper, and every reason to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cliprt.types import GripperState, Pose
from cliprt_ur.driver.messages import HALTED, Order, Result
from cliprt_ur.driver.motion import (
    AT_REST_RAD_S,
    SAME_PLACE_M,
    SAME_PLACE_RAD,
    displacement,
    is_near,
    nearness,
    waypoints,
    where,
)
from cliprt_ur.driver.words import AGAIN
from cliprt_ur.grippers.interface import Gripper

if TYPE_CHECKING:
    from cliprt_ur.driver.child import Driver

PERIOD_S = 0.01
BEGINS_S = 0.15
"""A motion that is not said to run by then, and has moved something, has ended already."""

SLOW_PERIODS = 2.0
"""So many periods of the watchdog the quickest pair of answers may take."""

RESTS_S = 0.4
RESTING_PACKAGES = 3
"""An arm that was told to stop rests when so many packages in a row say so: it may have been told
to go just before, and not have begun to move."""

STALLED_S = 3.0
GRIPPER_S = 15.0


class Execution:
    """Carries out one order, once.

    Args:
        driver: Who has the arm and hears the parent.
        order: What to do.
    """

    def __init__(self, driver: Driver, order: Order) -> None:
        self._driver, self._client, self._order = driver, driver.client, order
        self._begun_s = time.monotonic()
        self._timings_s: dict[str, float] = {}
        self._first_s: float | None = None
        self._last_s = self._last_stamp_s = driver.telemetry.time_s

    def run(self) -> Result:
        """To its end, whatever that is; the arm is at rest then.

        Raises:
            LinkLostError: The controller is not heard any more.
        """
        refused, trouble = self._check()
        self._timings_s["checks"] = time.monotonic() - self._begun_s
        if refused:
            return self._result(refused=refused, trouble=self._driver.set_trouble(trouble))
        why = self._move(self._order.target) if self._order.target is not None else ""
        if not why and self._order.gripper is not None:
            why = self._grip(self._order.gripper)
        if not why:
            return self._result()
        why = self._driver.set_trouble(why)
        moved_s = 0.0 if self._first_s is None else self._last_s - self._first_s
        # It was told to move, and may have moved unseen between two packages.
        moved_s = max(moved_s, 1 / self._driver.config.link.rate_hz)
        return self._result(stopped_after_s=moved_s, trouble="" if why == HALTED else why)

    def _check(self) -> tuple[str, str]:
        """Why nothing is moved, and what of it a person has to decide on; ("", "") = moves."""
        order, driver = self._order, self._driver
        why = driver.why_stop()
        if not why and order.gripper is not None:
            why = self._gripper().report().trouble
        if why:
            return why, "" if why == HALTED else why
        measured = driver.telemetry.pose
        if not is_near(measured, order.start, SAME_PLACE_M, SAME_PLACE_RAD):
            why = (
                f"the arm is not where it was left, but {displacement(measured, order.start)} away:"
                f" somebody moved it. {AGAIN}"
            )
            return why, why
        if order.target is None:
            return "", ""
        if driver.telemetry.speed_fraction < 0.01:
            return "the speed slider on the pendant is at 0 %: push it up first.", ""
        return self._check_way(measured, order.target)

    def _check_way(self, start: Pose, target: Pose) -> tuple[str, str]:
        quickest_s = float("inf")
        for pose in waypoints(start, target):
            asked_s = time.monotonic()
            unreachable = self._client.why_unreachable(pose)
            quickest_s = min(quickest_s, time.monotonic() - asked_s)
            # After it, since a question to a program that ends has no answer.
            why = self._driver.why_stop()
            if why:
                return why, "" if why == HALTED else why
            if unreachable:
                return f"{unreachable}: {where(pose)}", ""
        return self._check_speed(quickest_s), ""

    def _check_speed(self, answer_s: float) -> str:
        """Why the network is no good for a motion; "" where it is."""
        link = self._driver.config.link
        if answer_s * link.watchdog_hz < SLOW_PERIODS:
            return ""
        return (
            f"the arm's controller takes {1000 * answer_s:.0f} ms for an answer, allowed are"
            f" {1000 * SLOW_PERIODS / link.watchdog_hz:.0f} ms: a stop would come too late. Use a"
            " cable between this computer and the arm, let this computer do less, or set a lower"
            " link.watchdog_hz."
        )

    def _move(self, target: Pose) -> str:
        """Why the motion did not reach its target; "" where it did."""
        begun_s = moved_s = time.monotonic()
        near = nearness(self._driver.telemetry.pose, target)
        if not (self._driver.guard() and self._client.begin_motion(target)):
            return self._stop(self._why_not_begun())
        has_run = False
        while True:
            why = self._look()
            now_s = time.monotonic()
            if self._is_moving():
                moved_s = now_s
            elif not why and now_s - moved_s > STALLED_S:
                why = (
                    f"the arm has stood still on its way for {STALLED_S:g} s. Look at the pendant,"
                    f" and at its speed slider. {AGAIN}"
                )
            if why:
                break
            is_running = self._client.is_in_motion()
            has_run = has_run or is_running
            has_run = has_run or (now_s - begun_s > BEGINS_S and self._has_left(target, near))
            if not is_running and has_run:
                why = self._arrive(target, near)
                break
        why = self._stop(why) if why else ""
        self._timings_s["moving"] = time.monotonic() - begun_s
        return why

    def _has_left(self, target: Pose, near: tuple[float, float]) -> bool:
        """Whether the arm was seen to move, or is there: a late one may yet have to begin."""
        measured = self._driver.telemetry.pose
        return self._first_s is not None or is_near(measured, target, *near)

    def _arrive(self, target: Pose, near: tuple[float, float]) -> str:
        """Wait until the arm rests; why it does not rest at the target, "" where it does."""
        until_s = time.monotonic() + RESTS_S
        while True:
            why = self._look()
            measured = self._driver.telemetry.pose
            if why:
                return why
            if not self._is_moving() and is_near(measured, target, *near):
                return ""
            if time.monotonic() > until_s:
                return (
                    f"the motion ended {displacement(measured, target)} from its target. Look at"
                    f" the pendant for a message. {AGAIN}"
                )

    def _grip(self, state: GripperState) -> str:
        """Why the gripper did not come to rest in its own time; "" where it did."""
        gripper, begun_s = self._gripper(), time.monotonic()
        gripper.begin(state)
        while True:
            why, report = self._look(), gripper.report()
            why = why or report.trouble
            if not why and time.monotonic() - begun_s > GRIPPER_S:
                why = f"the gripper has moved for {GRIPPER_S:g} s and did not come to rest. {AGAIN}"
            if why or not report.is_moving:
                break
        if why:
            gripper.hold()
            why = self._stop(why)
        self._timings_s["gripper"] = time.monotonic() - begun_s
        return why

    def _stop(self, why: str) -> str:
        """Bring everything to rest; the same words, or better ones."""
        driver = self._driver
        self._client.stop_motion()
        if driver.is_paused():
            driver.abandon_program()
        until_s = time.monotonic() + RESTS_S
        resting = 0
        while resting < RESTING_PACKAGES and time.monotonic() < until_s:
            before_s = driver.telemetry.time_s
            driver.upstream.wait(PERIOD_S)
            driver.look(RESTS_S)
            self._note()
            if self._is_moving():
                resting = 0
            elif driver.telemetry.time_s != before_s:
                resting += 1
            if not driver.upstream.why_deaf():
                driver.kick()
        return why

    def _why_not_begun(self) -> str:
        """The reason behind a plain "no" is told by the packages after it."""
        until_s = time.monotonic() + 0.05
        why = ""
        while not why and time.monotonic() < until_s:
            why = self._look()
        return why or (
            "the controller did not take the motion. Look at the pendant for a message. " + AGAIN
        )

    def _look(self) -> str:
        """A turn of the loop: why to stop, "" where there is no reason."""
        self._driver.upstream.wait(PERIOD_S)
        why = self._driver.why_stop()
        self._note()
        return why

    def _is_moving(self) -> bool:
        telemetry = self._driver.telemetry
        return telemetry.joint_speed_rad_s > AT_REST_RAD_S or telemetry.gripper.is_moving

    def _note(self) -> None:
        """Remember the first and the last package in which something moved."""
        stamp_s = self._driver.telemetry.time_s
        if self._is_moving():
            if self._first_s is None:
                self._first_s = self._last_stamp_s
                self._timings_s["accepted"] = time.monotonic() - self._begun_s
            self._last_s = stamp_s
        self._last_stamp_s = stamp_s

    def _gripper(self) -> Gripper:
        gripper = self._driver.gripper
        assert gripper is not None  # there is one as soon as there is control
        return gripper

    def _result(
        self,
        refused: str | None = None,
        stopped_after_s: float | None = None,
        trouble: str = "",
    ) -> Result:
        return Result(
            self._order.number,
            self._driver.telemetry,
            refused,
            stopped_after_s,
            trouble,
            self._timings_s,
        )
