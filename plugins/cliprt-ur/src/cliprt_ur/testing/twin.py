"""The simulated arm that does what a controller's arm does, so that it can push and hold things.

The controller moves joints that nothing resists; the twin follows them in a simulated world with
forces, at the controller's clock.  What the twin's fingers close on is told to the controller's
gripper in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from cliprt.registry import load
from cliprt.robots.world import World
from cliprt.types import GripperState, Observation
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.grippers.interface import GripperReport
from cliprt_ur.testing.robotiq import STROKE_M

SETTLE_S = 1 / 15
"""After a motion the simulated arm needs this long to stand where it was led."""

MAX_IDLE_S = 0.25
"""A world in which nothing moves is the same an hour later: no more than this is simulated."""

WHOLLY_M = 0.004
"""A gripper this near to its end counts as there, and fingers so far apart hold something [m]."""

AT_REST_M = 5e-5
"""Fingers that moved less between two looks are at rest [m]."""

_MOVED_RAD = 1e-6


class FollowingSimulator(Protocol):
    """What the twin needs of the simulated robot."""

    cameras: tuple[str, ...]

    @property
    def world(self) -> World:
        """The simulated world."""

    @property
    def commanded_joints(self) -> tuple[float, ...]:
        """Where the joints were last told to be (6,) [rad]."""

    def connect(self) -> None:
        """Start it."""

    def stop(self) -> None:
        """End it."""

    def observe(self) -> Observation:
        """Its pictures, among other things."""

    def render(self, width: int, height: int, camera: str = "scene") -> np.ndarray:
        """A picture, uint8 (height, width, 3)."""

    def project(self, points_m: np.ndarray, camera: str) -> np.ndarray:
        """Where points (n, 3) [m] are in a square picture, (n, 2) in shares 0..1."""

    def follow(
        self,
        joints: Sequence[float],
        seconds: float,
        gripper: GripperState | None = None,
        opening_m: float | None = None,
    ) -> None:
        """Lead arm and fingers on while physics runs."""


def build_simulator(**options: Any) -> FollowingSimulator:
    """The simulated robot ``pybullet`` with its options.

    Raises:
        MissingExtraError: PyBullet is not installed.
        UsageError, UnknownNameError: An option that it does not take.
    """
    simulator: FollowingSimulator = load("robot", "pybullet")(**options)
    return simulator


class ArmTwin:
    """Keeps a simulated arm where the controller's is."""

    def __init__(
        self,
        simulator: FollowingSimulator,
        block_gripper: Callable[[float | None], None],
        time_scale: float = 1.0,
    ) -> None:
        """Take over a connected simulator.

        Args:
            simulator: Nobody else moves its arm, but tasks may put it somewhere.
            block_gripper: Told how wide the thing is that the fingers closed on [m]; None = gone.
            time_scale: How many seconds of the controller's clock a simulated second takes.
        """
        self._simulator = simulator
        self._block_gripper = block_gripper
        self._time_scale = time_scale
        self._shown: tuple[float, ...] = ()
        self._told: GripperState = "open"
        self._shown_s = 0.0
        self._opening_m = simulator.world.gripper_opening_m
        self._blocked = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody put the simulated arm or gripper elsewhere than they were led."""
        simulator = self._simulator
        return (simulator.commanded_joints, simulator.world.gripper) != (self._shown, self._told)

    def join(self, telemetry: Telemetry) -> None:
        """Begin to follow from here: both arms are at the same place, no time has passed."""
        world = self._simulator.world
        self._shown, self._told = self._simulator.commanded_joints, world.gripper
        self._shown_s = telemetry.time_s
        self._opening_m = world.gripper_opening_m

    def show(self, telemetry: Telemetry) -> None:
        """Catch up: lead arm and fingers to where the controller's are, at its clock."""
        moved_rad = np.abs(np.subtract(telemetry.joints, self._shown)).max()
        if moved_rad < _MOVED_RAD and not telemetry.gripper.is_moving:
            self._shown_s = max(self._shown_s, telemetry.time_s - MAX_IDLE_S * self._time_scale)
        self._lead(telemetry, (telemetry.time_s - self._shown_s) / self._time_scale)

    def settle(self, telemetry: Telemetry) -> None:
        """Catch up, and let the simulated arm come to rest; the clock will catch up in turn."""
        self.show(telemetry)
        self._lead(telemetry, SETTLE_S)

    def _lead(self, telemetry: Telemetry, seconds: float) -> None:
        if seconds <= 0:
            return
        world, report = self._simulator.world, telemetry.gripper
        started_s = world.time_s
        half_way_m = report.opening_m if _is_half_way(report) else None
        self._simulator.follow(telemetry.joints, seconds, report.state, half_way_m)
        self._shown, self._told = self._simulator.commanded_joints, report.state
        # Physics runs in whole steps: what is left of the time is due at the next call.
        passed_s = world.time_s - started_s
        self._shown_s += passed_s * self._time_scale
        if passed_s and half_way_m is None:
            self._feel(report.state)

    def _feel(self, state: GripperState) -> None:
        """Tell the controller's gripper of what the simulated fingers rest on."""
        opening_m = self._simulator.world.gripper_opening_m
        is_at_rest = abs(opening_m - self._opening_m) < AT_REST_M
        self._opening_m = opening_m
        if state == "open" and self._blocked:
            self._blocked = False
            self._block_gripper(None)
        elif state == "closed" and not self._blocked and opening_m > WHOLLY_M and is_at_rest:
            self._blocked = True
            self._block_gripper(opening_m)


def _is_half_way(report: GripperReport) -> bool:
    """Whether the gripper was stopped on its way."""
    if report.is_moving or report.holds:
        return False
    return WHOLLY_M < report.opening_m < STROKE_M - WHOLLY_M
