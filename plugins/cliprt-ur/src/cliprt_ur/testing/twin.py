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

MOST_SETTLES = 15
"""So often at most: fingers that are on their way come to rest too."""

WHOLLY_M = 0.004
"""A gripper this near to its end counts as there, and fingers so far apart hold something [m]."""

AT_REST_M_S = 1e-3
"""Fingers that are slower are at rest."""

_MOVED_RAD = 1e-6


class FollowingSimulator(Protocol):
    """What the twin needs of the simulated robot."""

    cameras: tuple[str, ...]

    @property
    def simulation(self) -> World:
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
        self._rests_m: float | None = None
        self._blocked = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody put the simulated arm or gripper elsewhere than they were led."""
        simulator = self._simulator
        return (simulator.commanded_joints, simulator.simulation.gripper) != (
            self._shown,
            self._told,
        )

    def join(self, telemetry: Telemetry) -> None:
        """Begin to follow from here: both arms are at the same place, no time has passed."""
        world = self._simulator.simulation
        self._shown, self._told = self._simulator.commanded_joints, world.gripper
        self._shown_s = telemetry.time_s

    def show(self, telemetry: Telemetry) -> None:
        """Catch up: lead arm and fingers to where the controller's are, at its clock.

        While nothing moves, no time passes in the simulated world, as in the simulator alone.
        """
        if self._is_idle(telemetry):
            self._shown_s = telemetry.time_s
        else:
            self._lead(telemetry, (telemetry.time_s - self._shown_s) / self._time_scale)

    def settle(self, telemetry: Telemetry) -> None:
        """Catch up, and let simulated arm and fingers come to rest."""
        self.show(telemetry)
        for _ in range(MOST_SETTLES):
            if self._lead(telemetry, SETTLE_S):
                break

    def _is_idle(self, telemetry: Telemetry) -> bool:
        moved_rad = np.abs(np.subtract(telemetry.joints, self._shown)).max()
        report = telemetry.gripper
        has_told_more = report.state != self._told or _half_way_m(report) != self._rests_m
        return moved_rad < _MOVED_RAD and not report.is_moving and not has_told_more

    def _lead(self, telemetry: Telemetry, seconds: float) -> bool:
        """Follow for so long; whether the fingers rest."""
        world, report = self._simulator.simulation, telemetry.gripper
        started_s, opening_m = world.time_s, world.gripper_opening_m
        half_way_m, is_new = _half_way_m(report), report.state != self._told
        if is_new:
            # A gripper is told when the arm has arrived, however late both are heard of.
            self._simulator.follow(telemetry.joints, max(0.0, seconds))
            self._simulator.follow(telemetry.joints, SETTLE_S)
            seconds = 0.0
        self._simulator.follow(telemetry.joints, max(0.0, seconds), report.state, half_way_m)
        self._shown, self._told = self._simulator.commanded_joints, report.state
        # Physics runs in whole steps: what is left of the time is due at the next call.
        passed_s = world.time_s - started_s
        self._shown_s += passed_s * self._time_scale
        slow_m = AT_REST_M_S * passed_s
        is_at_rest = not is_new and abs(world.gripper_opening_m - opening_m) < slow_m
        self._rests_m = half_way_m if is_at_rest else None
        if is_at_rest and half_way_m is None:
            self._feel(report.state, world.gripper_opening_m)
        return is_at_rest

    def _feel(self, state: GripperState, opening_m: float) -> None:
        """Tell the controller's gripper of what the simulated fingers rest on."""
        blocked = state == "closed" and opening_m > WHOLLY_M
        if blocked != self._blocked:
            self._blocked = blocked
            self._block_gripper(opening_m if blocked else None)


def _half_way_m(report: GripperReport) -> float | None:
    """Where the gripper was stopped on its way; None where it was not."""
    if report.is_moving or report.holds:
        return None
    is_on_its_way = WHOLLY_M < report.opening_m < STROKE_M - WHOLLY_M
    return report.opening_m if is_on_its_way else None
