"""The only door to a robot: every motion is checked before it reaches the backend.

A motion that breaks a limit is refused with the limit and the value in words; it is never clipped
or repaired.  The mathematics is in :mod:`cliprt.runtime.limits`; here is the robot's lifecycle
around it::

    disconnected -> ready <-> moving
                      |         |
                      +--> stopped | faulted     (nothing executes; connect() starts again)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from cliprt.errors import RobotError
from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import World
from cliprt.runtime.limits import Limits, find_escape, find_malformation, find_violation
from cliprt.types import NO_MOTION, GripperState, Motion, Observation, Outcome, Pose

CLOCK_ROUNDING_S = 1e-6
"""Who waits for `Gate.wait_s` is not too early by the rounding of a sum."""

GateState = Literal["disconnected", "ready", "moving", "stopped", "faulted"]


@runtime_checkable
class RendersPictures(Protocol):
    """A simulated backend that can look at its scene at any size."""

    def render(self, width: int, height: int, camera: str = "scene") -> np.ndarray:
        """A picture, uint8 (height, width, 3)."""


class Gate(RobotBackend):
    """A robot that refuses what is unsafe; wraps a backend and is used like one.

    Args:
        backend: The robot; nobody else may keep a reference to it.
        limits: Workspace, step and rate limits.
        clock: Monotonic wall clock [s].
    """

    def __init__(
        self,
        backend: RobotBackend,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self._backend = backend
        self._clock = clock
        self._lock = Lock()
        self._state: GateState = "disconnected"
        self._reason = "connect() was not called yet"
        self._last_start_s = -math.inf
        self._commanded: Pose | None = None
        self._measured: Pose = (math.nan,) * 6
        self._joints: tuple[float, ...] = ()

    @property
    def state(self) -> GateState:
        """Where the robot is in its lifecycle."""
        return self._state

    @property
    def reason(self) -> str:
        """Why it is in a state in which nothing executes; ``""`` when ready or moving."""
        return self._reason

    @property
    def wait_s(self) -> float:
        """How long until the next motion would not be refused for coming too early [s]."""
        return max(0.0, self._last_start_s + self.limits.min_interval_s - self._clock())

    @property
    def cameras(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the images in every observation."""
        return self._backend.cameras

    @property
    def world(self) -> World | None:
        """The simulated world, or None on hardware."""
        return self._backend.world

    def connect(self) -> None:
        """Bring the robot to "ready", also after a stop or a fault.

        Raises:
            RobotError: The backend cannot be reached, or a person must clear its state.
        """
        self._backend.connect()
        self._commanded = None
        self._enter("ready")

    def observe(self) -> Observation:
        """Look and feel, without moving.

        Raises:
            RobotError: It is not connected, was stopped, or the backend failed.
        """
        if self._state in ("disconnected", "stopped", "faulted"):
            raise RobotError(f"the robot is {self._state}: {self._reason}. Call connect() first.")
        try:
            return self._look()
        except Exception as error:
            raise self._fault(error) from error

    def render(self, width_px: int, height_px: int, camera: str = "scene") -> np.ndarray | None:
        """A picture of any size, uint8 (height, width, 3), for films; None where nobody renders."""
        if not isinstance(self._backend, RendersPictures):
            return None
        return self._backend.render(width_px, height_px, camera)

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Check a motion, then let the backend make it; a refused motion moves nothing.

        A measured pose more than 1 cm outside the workspace afterwards stops the robot: the
        outcome is returned, `state` is "faulted" and everything that follows is refused.

        Raises:
            RobotError: The backend failed; the gate is then "faulted".
        """
        malformed = find_malformation(motion, gripper)
        if malformed:
            return self._refusal(NO_MOTION, None, malformed)
        step: Motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
        with self._lock:
            if self._state != "ready":
                reason = f"state: the robot is {self._state}"
                return self._refusal(step, gripper, f"{reason}: {self._reason}".rstrip(": "))
            self._state = "moving"
        try:
            refused = self._find_early(self.wait_s) or find_violation(
                self._commanded_pose(), step, gripper, self.limits
            )
            if refused:
                outcome = self._refusal(step, gripper, refused)
            else:
                self._last_start_s = self._clock()
                outcome = self._backend.execute(step, gripper)
        except Exception as error:
            if self.state == "stopped":
                return self._refusal(step, gripper, f"state: stopped while moving ({error})")
            raise self._fault(error) from error
        except BaseException:
            self.stop()
            raise
        return self._judge(outcome)

    def stop(self) -> None:
        """Stop moving, now; from any thread, in any state, also twice."""
        with self._lock:
            if self._state not in ("disconnected", "faulted"):
                self._state, self._reason = "stopped", "stop was asked for"
        self._backend.stop()

    def _judge(self, outcome: Outcome) -> Outcome:
        self._joints = outcome.joints or self._joints
        if outcome.sent is not None:
            self._commanded, self._measured = outcome.sent, outcome.measured
            escape = find_escape(outcome.measured, self.limits)
            if escape:
                self._enter("faulted", escape)
                self._backend.stop()
        with self._lock:
            if self._state == "moving":
                self._state = "ready"
        return outcome

    def _find_early(self, wait_s: float) -> str | None:
        if wait_s < CLOCK_ROUNDING_S:
            return None
        limit_s = self.limits.min_interval_s
        return f"rate: {limit_s - wait_s:.3f} s after the last motion, limit {limit_s:.3f} s"

    def _commanded_pose(self) -> Pose:
        # A simulated world can be reset behind the gate's back; hardware cannot.
        if self._backend.world is not None:
            return self._backend.world.commanded_pose
        if self._commanded is None:
            return self._look().commanded_pose
        return self._commanded

    def _look(self) -> Observation:
        observation = self._backend.observe()
        self._commanded, self._measured = observation.commanded_pose, observation.tcp_pose
        self._joints = observation.joints
        return observation

    def _refusal(self, motion: Motion, gripper: GripperState | None, why: str) -> Outcome:
        world = None if self._state in ("disconnected", "stopped", "faulted") else self.world
        measured = world.tcp_pose if world else self._measured
        return Outcome(motion, gripper, None, measured, self._joints, refused=why)

    def _fault(self, error: Exception) -> RobotError:
        self._enter("faulted", str(error) or type(error).__name__)
        self._backend.stop()
        if isinstance(error, RobotError):
            return error
        return RobotError(
            f"the robot failed: {type(error).__name__}: {error}. Check it, then call connect()."
        )

    def _enter(self, state: GateState, reason: str = "") -> None:
        with self._lock:
            self._state, self._reason = state, reason
