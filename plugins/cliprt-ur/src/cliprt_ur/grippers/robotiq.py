"""A Robotiq gripper (2F-85, 2F-140, Hand-E) through its URCap: a thread speaks, nobody waits."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace
from typing import Annotated

from cliprt.errors import RobotError, UsageError
from cliprt.types import GripperState, Limit
from cliprt_ur.grippers.interface import Gripper, GripperReport, Outputs
from cliprt_ur.grippers.urcap import UrCapSocket

log = logging.getLogger(__name__)

FAULTS = {
    5: "its activation has to end before it moves",
    7: "it is not activated",
    8: "it is hotter than 85 degrees C; let it cool",
    9: "the arm has not spoken to it for a second; check its cable",
    10: "its voltage is below the minimum; check the tool's supply",
    11: "it is releasing automatically",
    12: "it has an internal fault; switch it off and on",
    13: "its activation failed; take away what is in its way",
    14: "its motor took too much current; take away what is in its way",
    15: "it has released automatically and waits to be activated anew",
}
"""What a number in FLT means (maker's manual)."""

ACTIVE = 3
_OPEN, _CLOSED = 0, 255
_NEEDS_ACTIVATION = (12, 13, 14, 15)
_FRESH_S = 0.9

Share = Annotated[float, Limit(0, 1)]
Count = Annotated[int, Limit(0, 255)]


class RobotiqGripper(Gripper):
    """Fingers behind port 63352 of the controller.

    Whether something is held is the gripper's own word: its motor stopped before the fingers were
    where they were sent.
    """

    def __init__(
        self,
        host: str,
        outputs: Outputs,
        *,
        stroke_m: Annotated[float, Limit(0, 0.3, low_open=True)] = 0.085,
        speed: Share = 0.5,
        force: Share = 0.2,
        open_at: Count = 3,
        closed_at: Count = 228,
        activate: bool = True,
        rate_hz: Annotated[float, Limit(5, 200)] = 50.0,
        move_timeout_s: Annotated[float, Limit(0.5, 30)] = 4.8,
    ) -> None:
        """Choose how it moves; nothing is connected yet.

        Args:
            host: Of the arm's controller.
            outputs: Not needed.
            stroke_m: Between fully open fingers: 0.085 for the 2F-85, 0.140 for the 2F-140, 0.050
                for the Hand-E.
            speed: Share of what the model can do (2F-85: 20..150 mm/s).
            force: Share of what the model can do (2F-85: 20..235 N).
            open_at: What POS reads with open fingers.
            closed_at: What POS reads with closed fingers and nothing between them.
            activate: Whether `connect` may activate it where it is not; its fingers open and close
                once then.
            rate_hz: How often it is asked how far it is.
            move_timeout_s: After how long fingers that have not come to rest are a trouble.

        Raises:
            UsageError: `closed_at` is not above `open_at`.
        """
        if closed_at <= open_at:
            raise UsageError(
                f"gripper.closed_at is {closed_at}, but has to be above gripper.open_at, {open_at}:"
                " POS grows while the fingers close."
            )
        self._host = host
        self._stroke_m, self._open_at, self._closed_at = stroke_m, open_at, closed_at
        self._speed, self._force = round(255 * speed), round(255 * force)
        self._may_activate = activate
        self._period_s = 1 / rate_hz
        self._move_timeout_s = move_timeout_s
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._link: UrCapSocket | None = None
        self._thread: threading.Thread | None = None
        self._is_closing = self._is_lost = False
        self._wish: GripperState | None = None
        self._must_hold = False
        self._goal: int | None = None
        self._moving_since_s: float | None = None
        self._goes = False
        self._heard_s = math.inf
        self._report = GripperReport("open", 0.0, False, None, _UNCONNECTED)

    def connect(self) -> None:
        """Reach it, activate it where it is not, and start the thread that speaks with it."""
        self.close()
        link = UrCapSocket(self._host)
        try:
            self._activate(link)
            state: GripperState = "closed" if (link.get("PRE") or 0) > 127 else "open"
            self._wish, self._must_hold = None, False
            self._goal = self._moving_since_s = None
            self._goes = bool(link.get("GTO"))
            self._report = self._read(link, state)
        except BaseException:
            link.close()
            raise
        self._is_closing = self._is_lost = False
        self._link = link
        self._thread = threading.Thread(target=self._run, args=[link], daemon=True, name="robotiq")
        self._thread.start()

    def begin(self, state: GripperState) -> None:
        """Start opening or closing; what was wished before is forgotten."""
        with self._lock:
            if self._is_lost or self._link is None:
                return  # the report says why
            self._wish, self._must_hold = state, False
            opening_m, trouble = self._report.opening_m, self._report.trouble
            self._report = GripperReport(state, opening_m, True, None, trouble)
        self._wake.set()

    def report(self) -> GripperReport:
        """What it said last, or its trouble, which is told within a second."""
        report, silent_s = self._report, time.monotonic() - self._heard_s
        if silent_s <= _FRESH_S or report.trouble:
            return report
        trouble = (
            f"the gripper has not told all of its state for {silent_s:.1f} s."
            " Check the network to the arm, then go on."
        )
        return GripperReport(report.state, report.opening_m, False, None, trouble)

    def hold(self) -> None:
        """Stop fingers that move; fingers that hold something keep their force."""
        with self._lock:
            self._wish = None
            self._must_hold = self._report.is_moving
        self._wake.set()

    def close(self) -> None:
        """End the thread and the connection; the fingers stay as they are."""
        thread, link, self._thread, self._link = self._thread, self._link, None, None
        if thread is None or link is None:
            return
        self._is_closing = True
        self._wake.set()
        thread.join(0.05)
        if thread.is_alive():
            link.shut()
            thread.join(1.0)
        self._heard_s = math.inf
        self._report = replace(self._report, is_moving=False, holds=None, trouble=_UNCONNECTED)

    def _activate(self, link: UrCapSocket) -> None:
        """Bring the gripper to STA 3, where it is not there already.

        Raises:
            RobotError: It does not get there, may not be activated, or has no power.
        """
        status, fault = link.get("STA"), link.get("FLT") or 0
        if status is None:
            raise RobotError(f"the gripper cannot be used: {_WITHOUT_POWER}")
        if status == ACTIVE and fault not in _NEEDS_ACTIVATION:
            return
        if not self._may_activate:
            raise RobotError(
                f"the gripper has to be activated (status {status}, {_in_words(fault)}). Its"
                " fingers open and close once meanwhile: keep them free, then set"
                " gripper.activate: true, or activate it on the pendant."
            )
        log.warning("the gripper is being activated: its fingers open and close once")
        link.set(ACT=0)
        link.set(ACT=1)
        until_s = time.monotonic() + 10.0
        while link.get("STA") != ACTIVE:
            if time.monotonic() > until_s:
                fault = link.get("FLT") or 0
                raise RobotError(
                    f"the gripper was not active 10 s after it was told so: {_in_words(fault)}."
                    " Keep its fingers free and activate it on the pendant, then go on."
                )
            time.sleep(0.05)

    def _run(self, link: UrCapSocket) -> None:
        is_closing = False
        try:
            while not is_closing:
                self._wake.wait(self._period_s)
                self._wake.clear()
                is_closing = self._is_closing  # asked before speaking: a last hold is still said
                self._speak(link)
        except RobotError as error:
            with self._lock:
                self._is_lost = True
                self._report = replace(
                    self._report, is_moving=False, holds=None, trouble=str(error)
                )
        finally:
            link.close()

    def _speak(self, link: UrCapSocket) -> None:
        """Say what is wished, ask how far the fingers are."""
        with self._lock:
            wish, self._wish = self._wish, None
            must_hold, self._must_hold = self._must_hold, False
        if wish is not None:
            self._goal = _CLOSED if wish == "closed" else _OPEN
            self._moving_since_s, self._goes = time.monotonic(), True
            link.set(POS=self._goal, SPE=self._speed, FOR=self._force, GTO=1)
        elif must_hold:
            self._goal, self._goes = None, False
            link.set(GTO=0)
        report = self._read(link, self._report.state)
        with self._lock:
            # A wish that came while the gripper was asked is newer than its answer.
            if self._wish is None and not self._must_hold:
                self._report = report

    def _read(self, link: UrCapSocket, state: GripperState) -> GripperReport:
        """What the gripper says of itself now."""
        # In this order, because the fingers go on meanwhile: what is at rest is then at its place.
        names = ("PRE", "OBJ", "POS", "FLT", "STA")
        requested, contact, position, fault, status = (link.get(name) for name in names)
        self._heard_s = time.monotonic()
        if position is None or contact is None or status is None:
            return GripperReport(state, self._report.opening_m, False, None, _WITHOUT_POWER)
        # The gripper echoes a request a moment after it was made; until then OBJ is of the last.
        is_unread = self._goal is not None and requested != self._goal
        is_moving = self._goes and (contact == 0 or is_unread)
        trouble = f"the gripper reports: {_in_words(fault)}." if fault else ""
        if status != ACTIVE and not trouble:
            trouble = "the gripper is not activated any more. See why, then go on."
        if is_moving and not trouble:
            trouble = self._too_long()
        holds = None if is_moving or not self._goes else contact in (1, 2)
        return GripperReport(state, self._to_opening(position), is_moving, holds, trouble)

    def _too_long(self) -> str:
        """Words when the fingers have been on their way for longer than they may."""
        since_s = self._moving_since_s
        if since_s is None or time.monotonic() - since_s <= self._move_timeout_s:
            return ""
        return (
            f"the gripper's fingers have not come to rest for {self._move_timeout_s:g} s."
            " See what is in their way, then go on."
        )

    def _to_opening(self, position: int) -> float:
        share = (self._closed_at - position) / (self._closed_at - self._open_at)
        return self._stroke_m * min(max(share, 0.0), 1.0)


_UNCONNECTED = "the gripper is not connected. Connect first."
_WITHOUT_POWER = (
    "the gripper gives no values: it has no power, as while the arm is stopped in an emergency or"
    " switched off. Switch the arm on, then go on."
)


def _in_words(fault: int) -> str:
    if not fault:
        return "no fault"
    words = FAULTS.get(fault & 0x0F, "a fault that its manual does not name")
    return f"{words} (FLT {fault})"
