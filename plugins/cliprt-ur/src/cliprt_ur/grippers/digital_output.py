"""A gripper on a digital output: a valve or a relay that closes and opens it, blindly or not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Literal

from cliprt.errors import RobotError, UsageError
from cliprt.types import GripperState, Limit
from cliprt_ur.grippers.interface import Gripper, GripperReport, Outputs

Bank = Literal["standard", "configurable", "tool"]
PINS = {"standard": 8, "configurable": 8, "tool": 2}
"""How many outputs, and as many inputs, a bank has on an e-Series controller."""

Seconds = Annotated[float, Limit(0, 10)]
Pin = Annotated[int, Limit(0, 7)]


@dataclass(frozen=True)
class _Travel:
    """Fingers on their way: from an opening [m], since when, for how long [s]."""

    start_m: float
    since_s: float
    needed_s: float


class DigitalOutputGripper(Gripper):
    """Fingers that one output closes and opens.

    Nothing measures them: their opening is told from the time that passed.  With `held_input` (a
    part sensor, a vacuum switch) it is known whether something is held.
    """

    def __init__(
        self,
        host: str,
        outputs: Outputs,
        *,
        bank: Bank = "tool",
        number: Pin = 0,
        closes_when: Literal["high", "low"] = "high",
        close_s: Seconds = 0.5,
        open_s: Seconds = 0.5,
        stroke_m: Annotated[float, Limit(0, 0.3)] = 0.05,
        held_input: Pin | None = None,
        input_bank: Bank = "tool",
    ) -> None:
        """Choose its wiring; nothing is switched yet.

        Args:
            host: Not needed.
            outputs: The controller's outputs and inputs.
            bank: Where the output is: ``"standard"``, ``"configurable"`` or ``"tool"``.
            number: Of the output in its bank.
            closes_when: The output's level that closes the fingers.
            close_s: How long closing takes.
            open_s: How long opening takes.
            stroke_m: Between open fingers.
            held_input: Number of an input that is on while something is held; None = nobody can
                tell.
            input_bank: Where that input is.

        Raises:
            UsageError: The bank has no such output or input.
        """
        _check_pin("number", bank, number)
        if held_input is not None:
            _check_pin("held_input", input_bank, held_input)
        self._outputs = outputs
        self._bank, self._number = bank, number
        self._closes_high = closes_when == "high"
        self._seconds: dict[GripperState, float] = {"closed": close_s, "open": open_s}
        self._ends_m: dict[GripperState, float] = {"closed": 0.0, "open": stroke_m}
        self._input = None if held_input is None else (input_bank, held_input)
        self._state: GripperState = "open"
        self._travel: _Travel | None = None
        self._opening_m = stroke_m
        self._trouble = "the gripper is not connected. Connect first."

    def connect(self) -> None:
        """See how its output is, and leave it so: nothing falls."""
        self._travel, self._trouble = None, ""
        try:
            is_high = self._outputs.output(self._bank, self._number)
        except RuntimeError as error:
            raise RobotError(
                f"the gripper's output {self._number} of the {self._bank} bank cannot be read"
                f" ({error}). See whether the arm is on, then go on."
            ) from error
        self._state = "closed" if is_high == self._closes_high else "open"
        self._opening_m = self._ends_m[self._state]

    def begin(self, state: GripperState) -> None:
        """Switch the output; a failure to do so is in the next report."""
        start_m = self.report().opening_m
        self._state, self._trouble = state, ""
        try:
            self._outputs.set_output(
                self._bank, self._number, (state == "closed") == self._closes_high
            )
        except RuntimeError as error:
            self._travel = None
            self._trouble = (
                f"the gripper's output {self._number} of the {self._bank} bank could not be"
                f" switched ({error}). See whether the arm is on, then go on."
            )
        else:
            self._travel = _Travel(start_m, time.monotonic(), self._seconds[state])

    def report(self) -> GripperReport:
        """Where the fingers must be by now, and what the input says, where there is one."""
        is_held, is_moving = self._is_held(), self._advance()
        trouble = self._trouble
        if self._state == "open" and is_held and not is_moving and not trouble:
            trouble = (
                "the gripper was opened, but its input still says that it holds something."
                " Check its air and its sensor, then open it again."
            )
        holds = None if is_moving else is_held
        return GripperReport(self._state, self._opening_m, is_moving, holds, trouble)

    def hold(self) -> None:
        """The output stays as it is: letting a valve go would let the thing fall."""

    def close(self) -> None:
        """Nothing to let go of; the output stays as it is."""

    def _is_held(self) -> bool | None:
        """What the input says; None where there is none, or where it cannot be read."""
        if self._input is None:
            return None
        bank, number = self._input
        try:
            return self._outputs.input(bank, number)
        except RuntimeError as error:
            self._trouble = self._trouble or (
                f"the gripper's input {number} of the {bank} bank cannot be read ({error})."
                " See whether the arm is on, then go on."
            )
            return None

    def _advance(self) -> bool:
        """Move the believed opening on to now; whether the fingers are still on their way."""
        if self._travel is None:
            return False
        travel, end_m = self._travel, self._ends_m[self._state]
        passed_s = time.monotonic() - travel.since_s
        share = 1.0 if passed_s >= travel.needed_s else passed_s / travel.needed_s
        self._opening_m = travel.start_m + (end_m - travel.start_m) * share
        if share == 1.0:
            self._travel = None
        return self._travel is not None


def _check_pin(option: str, bank: str, number: int) -> None:
    if number >= PINS[bank]:
        raise UsageError(
            f"gripper.{option} is {number}, but the {bank} bank has the numbers 0 to"
            f" {PINS[bank] - 1} only."
        )
