"""No gripper: what is asked of it is trouble in words, never silently ignored."""

from __future__ import annotations

from cliprt.types import GripperState
from cliprt_ur.grippers.interface import Gripper, GripperReport, Outputs

_TROUBLE = (
    "the configuration says that this arm has no gripper (gripper: {name: none}), so nothing can be"
    " opened or closed. Configure one, e.g. gripper: {name: robotiq}."
)


class NoGripper(Gripper):
    """An arm with a bare flange, or with a tool that neither opens nor closes."""

    def __init__(self, host: str, outputs: Outputs) -> None:
        """Nothing to choose: neither argument is needed."""
        self._trouble = ""

    def connect(self) -> None:
        """Nothing to reach."""
        self._trouble = ""

    def begin(self, state: GripperState) -> None:
        """Nothing moves; closing is a trouble from now on, since there is nothing to close."""
        self._trouble = _TROUBLE if state == "closed" else ""

    def report(self) -> GripperReport:
        """Open for ever, by no distance."""
        return GripperReport("open", 0.0, False, False, self._trouble)

    def hold(self) -> None:
        """Nothing to stop."""

    def close(self) -> None:
        """Nothing to let go of."""
