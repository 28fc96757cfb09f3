"""The only door to a robot: every motion is checked before it reaches the backend.

A motion that breaks a limit is refused with the limit and the value in words; it is never clipped
or repaired.  The mathematics is :func:`find_violation`, a pure function; :class:`Gate` adds the
robot's lifecycle around it::

    disconnected -> ready <-> moving
                      |         |
                      +--> stopped | faulted     (nothing executes; connect() starts again)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from numbers import Real
from threading import Lock
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion
from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import World
from cliprt.types import NO_MOTION, GripperState, Motion, Observation, Outcome, Pose

GateState = Literal["disconnected", "ready", "moving", "stopped", "faulted"]

AXES = ("x", "y", "z")
ROUNDING_M = 1e-6
"""Sums of floats may pass a wall of the workspace by this much [m]."""

ESCAPE_M = 0.01
"""A measured pose this far outside the workspace [m] is a fault: the robot was pushed or lied."""


class Limits(Protocol):
    """What the gate enforces; a recipe's ``gate`` section has exactly these fields."""

    @property
    def lower(self) -> tuple[float, float, float]:
        """Lowest corner of the workspace box for the pinch point [m]."""

    @property
    def upper(self) -> tuple[float, float, float]:
        """Highest corner of the workspace box for the pinch point [m]."""

    @property
    def max_step_m(self) -> float:
        """Longest translation of one motion [m]."""

    @property
    def max_step_deg(self) -> float:
        """Largest rotation of one motion [degrees]."""

    @property
    def min_interval_s(self) -> float:
        """Shortest time between the starts of two motions [s]."""


@runtime_checkable
class RendersPictures(Protocol):
    """A simulated backend that can look at its scene at any size."""

    def render(self, width: int, height: int, camera: str = "scene") -> np.ndarray:
        """A picture, uint8 (height, width, 3)."""


def find_malformation(motion: Any, gripper: Any) -> str | None:
    """Why these values are no motion and gripper state at all; None if they are.

    A motion is seven finite real numbers in a tuple, list or array; a gripper state is
    ``"open"``, ``"closed"`` or None.
    """
    if gripper is not None and not (isinstance(gripper, str) and gripper in ("open", "closed")):
        return f"gripper: {_show(gripper)} is none of 'open', 'closed' and None (unchanged)"
    if not isinstance(motion, tuple | list | np.ndarray):
        return f"motion: {_show(motion)} is not a sequence of 7 numbers"
    if len(motion) != 7:
        return f"motion: {len(motion)} numbers, expected 7"
    for index, value in enumerate(motion):
        if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
            return f"motion: number {index} is {_show(value)}, not a real number"
        if not _is_finite(value):
            return f"motion: number {index} is {_show(value)}, not finite"
    return None


def find_violation(pose: Pose, motion: Any, gripper: Any, limits: Limits) -> str | None:
    """Which limit a motion from `pose` would break, with the value; None if it breaks none.

    The pinch point travels straight to its target and the box is convex, so the path stays inside
    if both ends are.  From a pose outside the box only what leads back is allowed: a translation
    after which no wall is exceeded by more than before and at least one by less.  A change of the
    gripper without motion is allowed anywhere.

    Args:
        pose: Where the robot is commanded to be [m, rad].
        motion: Seven numbers [m, rad]; anything else is a violation, too.
        gripper: State to bring the gripper to.
        limits: Workspace and step limits.
    """
    malformed = find_malformation(motion, gripper)
    if malformed:
        return malformed
    if not all(_is_finite(x) for x in pose):
        return f"state: the commanded pose {pose} is not finite"
    step: Motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
    length_m = math.hypot(*step[:3])
    if length_m > limits.max_step_m + ROUNDING_M:
        return f"step: {length_m:.3f} m long, above the limit {limits.max_step_m:.3f} m"
    angle_deg = math.degrees(rotation_angle(step))
    if angle_deg > limits.max_step_deg + 1e-6:
        return f"step: turns {angle_deg:.1f} degrees, above the limit {limits.max_step_deg:.1f}"
    if not any(step):
        return None
    return _find_exit(pose[:3], apply_motion(pose, step)[:3], limits)


def rotation_angle(motion: Motion) -> float:
    """How far a motion turns at most [rad]: base rotations together, plus the tool's own turn.

    Angles are summed as given, so 350 degrees count as 350 and not as 10 the other way.
    """
    return sum(abs(x) for x in motion[3:])


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
            escape = _find_escape(outcome.measured, self.limits)
            if escape:
                self._enter("faulted", escape)
                self._backend.stop()
        with self._lock:
            if self._state == "moving":
                self._state = "ready"
        return outcome

    def _find_early(self, wait_s: float) -> str | None:
        if wait_s <= 0:
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


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _show(value: Any) -> str:
    # The repr of a stranger's object may be endless, or raise; that of text and floats does not.
    return f"{value!r:.60}" if isinstance(value, str | float) else f"<{type(value).__name__}>"


def _excess(position: Sequence[float], limits: Limits) -> tuple[float, ...]:
    """How far a position is beyond each of the six walls [m], 0 where it is not."""
    low = (max(0.0, a - p - ROUNDING_M) for p, a in zip(position, limits.lower, strict=True))
    high = (max(0.0, p - b - ROUNDING_M) for p, b in zip(position, limits.upper, strict=True))
    return (*low, *high)


def _find_exit(start: Sequence[float], end: Sequence[float], limits: Limits) -> str | None:
    before, after = _excess(start, limits), _excess(end, limits)
    leads_back = after != before and all(a <= b for a, b in zip(after, before, strict=True))
    if not any(after) or leads_back:
        return None
    return _name_wall(end, after, limits, "would be")


def _find_escape(measured: Sequence[float], limits: Limits) -> str | None:
    if not all(math.isfinite(x) for x in measured):
        return f"workspace: the measured pose {tuple(measured)} is not finite"
    excess = _excess(measured[:3], limits)
    if max(excess) <= ESCAPE_M:
        return None
    return _name_wall(measured, excess, limits, "was measured at")


def _name_wall(
    position: Sequence[float], excess: Sequence[float], limits: Limits, verb: str
) -> str:
    wall = int(np.argmax(excess))
    axis, above = wall % 3, wall >= 3
    limit_m = (limits.upper if above else limits.lower)[axis]
    side = "above" if above else "below"
    return (
        f"workspace: {AXES[axis]} {verb} {position[axis]:.3f} m, {side} the limit {limit_m:.3f} m"
    )
