"""The contract of a gripper: begin to open or close, be asked how far it is, be held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from cliprt.types import GripperState


@dataclass(frozen=True)
class GripperReport:
    """What a gripper says of itself.

    Attributes:
        state: What it was told last.
        opening_m: Measured between the fingers [m].
        is_moving: Whether it is on its way.
        holds: Whether the fingers rest on something; None where nobody can tell.
        trouble: Why it cannot do what it was told; "" when it can.
    """

    state: GripperState
    opening_m: float
    is_moving: bool
    holds: bool | None = None
    trouble: str = ""


class Outputs(Protocol):
    """The controller's digital outputs and inputs, as a gripper may use them.

    Each raises RobotError (or the client's RuntimeError) where it cannot.
    """

    def set_output(self, bank: str, number: int, value: bool) -> None:
        """Switch one output of ``"standard"``, ``"configurable"`` or ``"tool"``."""

    def output(self, bank: str, number: int) -> bool:
        """The newest state of one output."""

    def input(self, bank: str, number: int) -> bool:
        """The newest state of one input."""


class Gripper(ABC):
    """Lives in the driver's process; no call waits for more than 10 ms, `connect` excepted."""

    @abstractmethod
    def connect(self) -> None:
        """Reach it and make it ready; fingers move only where its maker's activation needs it.

        Raises:
            RobotError: It does not answer in time, or says no; in words, with what to do.
        """

    @abstractmethod
    def begin(self, state: GripperState) -> None:
        """Start opening or closing; returns at once."""

    @abstractmethod
    def report(self) -> GripperReport:
        """The newest report, without waiting."""

    @abstractmethod
    def hold(self) -> None:
        """Stay where the fingers are, keeping what they hold; safe at any time."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection, not of the thing; safe to call twice."""
