"""What the controller says of itself: its state now, and everything that it ever did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 500_000
"""Events that are kept; then the older half goes."""


@dataclass(frozen=True)
class ControllerEvent:
    """One thing that happened.

    Attributes:
        time_s: When, ``time.monotonic`` [s], the same clock in every process.
        kind: ``"command"``, ``"motion_begin"``, ``"motion_end"``, ``"rejected"``,
            ``"program_start"``, ``"program_stop"``, ``"watchdog"``, ``"script"``, ``"dashboard"``,
            ``"fault"``, ``"clear"``, ``"stop"`` (by its own safety), ``"gripper"``, ``"inputs"``,
            ``"link"``.
        data: What exactly; poses are the pinch point's in Base, x y z [m], rotation vector [rad].
    """

    time_s: float
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class ControllerState:
    """The arm and its controller at one moment.

    Attributes:
        time_s: When, ``time.monotonic``.
        joints: Angles (6,) [rad].
        pose: Of the pinch point in Base: x y z [m], rotation vector [rad].
        flange: The same of the flange.
        joint_speed_rad_s: The fastest joint's.
        runtime_state, safety_bits, robot_mode: As RTDE has them.
        is_remote: Whether it takes programs from the network.
        slider: The speed slider, 0..1.
        tcp: From the flange to the pinch point.
        payload_kg, payload_centre_m: What it believes to carry.
        outputs, inputs: Digital ones, bit by bit: 0-7 standard, 8-15 configurable, 16-17 tool.
        gripper: Its variables, opening and when it last moved; empty without one.
        watchdog_hz: Below which the program is stopped; None = not set.
        last_moved_s: When a joint last moved.
    """

    time_s: float
    joints: tuple[float, ...]
    pose: tuple[float, ...]
    flange: tuple[float, ...]
    joint_speed_rad_s: float
    runtime_state: int
    safety_bits: int
    robot_mode: int
    is_remote: bool
    slider: float
    tcp: tuple[float, ...]
    payload_kg: float
    payload_centre_m: tuple[float, ...]
    outputs: int
    inputs: int
    gripper: Mapping[str, Any]
    watchdog_hz: float | None
    last_moved_s: float


class Record:
    """Everything that happened, in order."""

    def __init__(self) -> None:
        """Empty."""
        self._events: list[tuple[float, str, Mapping[str, Any]]] = []

    def note(self, kind: str, data: Mapping[str, Any] | None = None) -> None:
        """Add what happens now."""
        if len(self._events) >= LONGEST:
            del self._events[: LONGEST // 2]
        self._events.append((time.monotonic(), kind, data or {}))

    def page(self, first: int, count: int) -> list[tuple[float, str, Mapping[str, Any]]]:
        """Some of the events, oldest first."""
        return self._events[first : first + count]

    def forget(self) -> None:
        """Empty it."""
        self._events.clear()
