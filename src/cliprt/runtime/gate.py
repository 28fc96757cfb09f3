"""The only door to a robot: every motion is checked before it reaches the backend.

A motion that breaks a limit is refused with the limit and the value in words; it is never clipped
or repaired.  The mathematics is in :mod:`cliprt.runtime.limits`; here is the robot's lifecycle
around it::

    disconnected -> ready <-> moving
                      |         |
                      +--> stopped | faulted     (nothing executes; connect() starts again)

A robot is stopped in two ways: `Gate.stop` ends everything and lets go of the robot; `Gate.halt`
brings it to rest where it is and keeps the connection, so that `Gate.connect` goes on from there.
A robot that stops by itself (``Outcome.stopped_because``) is as one that was halted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import RLock
from typing import Literal

import numpy as np

from cliprt.errors import CliprtError, RobotError
from cliprt.language.remarks import Remark
from cliprt.robots.interface import RobotBackend, find_malformation
from cliprt.robots.simulation import Simulation
from cliprt.runtime import abilities
from cliprt.runtime.limits import Limits, escape_finder, find_early, find_escape, find_violation
from cliprt.runtime.motion import MotionUnderWay, in_words, tell_unready, to_robot_error
from cliprt.runtime.room import note_room
from cliprt.types import NO_MOTION, GripperState, Motion, Observation, Outcome, Pose

FindObjection = Callable[[Pose, Motion, GripperState | None], str]
"""(commanded pose, motion, gripper) -> why the motion must not be made; "" lets it happen."""

STOPPED = Remark("stop was asked for")

GateState = Literal["disconnected", "ready", "moving", "stopped", "faulted"]


class Gate(RobotBackend):
    """A robot that refuses what is unsafe; wraps a backend and is used like one.

    Args:
        backend: The robot; nobody else may keep a reference to it.
        limits: Workspace, step and rate limits.
        clock: Monotonic wall clock [s].
    """

    def __init__(
        self, backend: RobotBackend, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.watcher: Callable[[float], None] | None = None
        self._backend = backend
        self._clock = clock
        self._lock = RLock()
        self._executing = False
        self._stops = self._ends = 0
        self._motion = MotionUnderWay()
        self._find_objection: FindObjection | None = None
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
    def simulation(self) -> Simulation | None:
        """What is simulated, or None on hardware."""
        return self._backend.simulation

    def connect(self) -> None:
        """Bring the robot to "ready", also after a halt, a stop or a fault.

        After a halt, motions add up on where it came to rest.  A halt or stop that arrives
        meanwhile is kept: the robot is then "stopped".

        Raises:
            RobotError: The backend cannot be reached or failed, a person must clear its state, it
                is not at rest yet, or it says that it simulates and does not.  The state stays as
                it is; `reason` is the newest.
            CliprtError: Whatever else the backend says, e.g. that a package is missing.
        """
        with self._lock:
            if self._executing:
                raise RobotError(
                    "the robot is not at rest yet. Call connect() when execute() has returned."
                )
            stops, ends = self._stops, self._ends
        try:
            with in_words():
                self._backend.connect()
        except CliprtError as error:
            with self._lock:
                if self._state in ("stopped", "faulted"):
                    self._reason = str(error)
            raise
        with self._lock, in_words():
            if self._ends != ends:
                self._let_go()
            elif pretence := abilities.find_pretence(self._backend):
                self._let_go()
                raise RobotError(pretence)
            if self._stops == stops:
                self._commanded = None
                self._enter("ready")
            elif self._state == "disconnected":
                self._enter("stopped", STOPPED)

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

    def look_only(self) -> Observation:
        """What the backend sees in any state, for people; an error of it changes nothing."""
        with in_words():
            return self._backend.observe()

    def render(self, width_px: int, height_px: int, camera: str = "scene") -> np.ndarray | None:
        """A picture of any size, uint8 (height, width, 3), for films; None where nobody renders."""
        with in_words():
            return abilities.render(self._backend, width_px, height_px, camera)

    def project(self, points_m: np.ndarray, camera: str) -> np.ndarray | None:
        """Where points of the base frame (n, 3) [m] are in a square picture taken now.

        (n, 2): x to the right, y down, in shares 0..1 of it, nan behind the camera; None = unknown.
        """
        with in_words():
            return abilities.project(self._backend, points_m, camera)

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
            if self._state != "ready" or self._executing:
                state = "moving" if self._executing else self._state
                return self._refusal(step, gripper, tell_unready(state, self._reason))
            self._state, self._executing = "moving", True
        try:
            return note_room(self._judge(self._pass(step, gripper)), self._refuses)
        except BaseException as error:
            if error is self._motion.looker_failed:
                self.halt(f"who looked on failed ({type(error).__name__}: {error})")
                raise
            if not isinstance(error, Exception):
                self.stop()
                raise
            if self.state == "stopped":
                return self._refusal(step, gripper, f"state: stopped while moving ({error})")
            raise self._fault(error) from error
        finally:
            self._executing = False

    def halt(self, reason: str = STOPPED) -> None:
        """Come to rest now, stay connected; from any thread, in any state, also twice.

        A motion that is being made ends early (``Outcome.stopped_after_s``), or, where it had not
        begun to move yet, is refused.  Nothing executes until `connect`.  When this returns, the
        motion has ended, but for who looks on and halts from within it.  `reason` is kept.
        """
        with self._lock, in_words():
            self._become_stopped(reason)
            self._backend.halt()
        self._motion.await_rest()

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Let somebody look on while the robot moves, as `watcher`; None ends that.

        Called from the thread that executes, with the robot's clock [s], about 60 times a second of
        that clock, where the robot can.  It may `render`, `halt` and look at `simulation`.  When it
        raises, the robot is halted and the exception comes out of `execute`.
        """
        self.watcher = on_moving
        self._backend.watch(self._motion.guarded(on_moving) if on_moving else None)

    def ask_before(self, find_objection: FindObjection | None) -> None:
        """Have somebody asked about every motion that is within the limits; None ends that.

        They may take their time, and `halt`.  A motion that they object to is refused.
        """
        self._find_objection = find_objection

    def halt_after(self, seconds: float) -> None:
        """Cut the next motion when it is `seconds` old, to make one again that was halted.

        The state stays "ready" then, since nobody asked for a stop.

        Args:
            seconds: ``Outcome.stopped_after_s`` of the motion [s].

        Raises:
            UsageError: Not a positive number, or the robot is no simulated one.
        """
        abilities.cut_next_motion(self._backend, seconds)

    def stop(self) -> None:
        """Stop moving, now, and let go of the robot; from any thread, in any state, also twice.

        When this returns, a motion that was being made has ended, as after `halt`.
        """
        with self._lock:
            self._ends += 1
            self._become_stopped(STOPPED)
        self._let_go()
        self._motion.await_rest()

    def _pass(self, step: Motion, gripper: GripperState | None) -> Outcome:
        pose = self._commanded_pose()
        refused = find_early(self.wait_s, self.limits)
        refused = refused or find_violation(pose, step, gripper, self.limits)
        if not refused and self._find_objection:
            refused = self._find_objection(pose, step, gripper)
        if refused:
            return self._refusal(step, gripper, refused)
        self._last_start_s = self._clock()
        abilities.confine(self._backend, escape_finder(pose, self.limits))
        with self._motion.made():
            return self._backend.execute(step, gripper)

    def _refuses(self, step: Motion) -> bool:
        why = find_violation(self._commanded_pose(), step, None, self.limits)
        return bool(why or abilities.find_refusal(self._backend, step))

    def _become_stopped(self, reason: str) -> None:
        self._stops += 1
        if self._state not in ("disconnected", "stopped", "faulted"):
            self._state, self._reason = "stopped", reason

    def _judge(self, outcome: Outcome) -> Outcome:
        self._joints = outcome.joints or self._joints
        if outcome.sent is not None:
            cut = outcome.stopped_after_s is not None
            self._commanded, self._measured = None if cut else outcome.sent, outcome.measured
            escape = find_escape(outcome.measured, self.limits)
            if escape and not outcome.stopped_because:
                self._enter("faulted", escape)
                self._let_go()
        with self._lock:
            if outcome.stopped_because:
                self._stops += 1
                self._commanded = None
                self._enter("stopped", outcome.stopped_because)
            elif self._state == "moving":
                self._state = "ready"
        return outcome

    def _commanded_pose(self) -> Pose:
        world = self._backend.simulation  # it can be reset behind the gate's back; hardware cannot
        if world is not None:
            return world.commanded_pose
        return self._commanded or self._look().commanded_pose

    def _look(self) -> Observation:
        observation = self._backend.observe()
        self._commanded, self._measured = observation.commanded_pose, observation.tcp_pose
        self._joints = observation.joints
        return observation

    def _refusal(self, motion: Motion, gripper: GripperState | None, why: str) -> Outcome:
        world = None if self._state in ("disconnected", "stopped", "faulted") else self.simulation
        measured = world.tcp_pose if world else self._measured
        return Outcome(motion, gripper, None, measured, self._joints, refused=why)

    def _fault(self, error: Exception) -> RobotError:
        self._enter("faulted", str(error) or type(error).__name__)
        self._let_go()
        return to_robot_error(error)

    def _let_go(self) -> None:
        with in_words():
            self._backend.stop()

    def _enter(self, state: GateState, reason: str = "") -> None:
        with self._lock:
            self._state, self._reason = state, reason
