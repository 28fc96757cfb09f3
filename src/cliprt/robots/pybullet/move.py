"""One motion, physics step by physics step: at any of them it can be ended.

Where and how a motion ends depends on nothing but the number of the step after which it was cut, so
a cut motion can be made again, bit for bit.
"""

from __future__ import annotations

from threading import Event
from typing import Protocol

import numpy as np

from cliprt.robots.pybullet.drive import ArmDrive
from cliprt.robots.pybullet.sentry import LOOK_STEPS, Sentry
from cliprt.types import GripperState, Pose

RATE_HZ = 240
"""Physics steps per simulated second."""

STEPS_BETWEEN = 4
"""Physics steps between two way-points of a path."""

MAX_LAG_RAD = 0.08
"""How far a joint may stay behind a moving command; more means that something is in the way."""

_SETTLE_STEPS = 16
_GRIP_LIMIT_S = 1.0
_GRIP_CHECK_STEPS = 8
_FINGERS_REST_M = 2e-5


class Advance(Protocol):
    """Lets physics run."""

    def __call__(self, steps: int, watched: bool = True) -> None:
        """Make `steps` physics steps; `watched` False calls nobody meanwhile."""


class _Cut(Exception):  # noqa: N818 (no error: it says that the motion is over)
    """Ends a motion from its innermost step; never leaves this module."""


class Move:
    """A motion of the arm, then of the fingers, which ends early when it is halted.

    Attributes:
        trouble: Why it ended by itself; None where it did not.
    """

    def __init__(
        self,
        drive: ArmDrive,
        advance: Advance,
        halted: Event,
        sentry: Sentry,
        cut_step: int | None = None,
    ) -> None:
        """Prepare; nothing moves before `run`.

        Args:
            drive: The motors.
            advance: Lets physics run.
            halted: Looked at after every physics step; when set, the motion ends.
            sentry: Asked every `LOOK_STEPS`; when it finds trouble, the motion ends.
            cut_step: Physics step, counted from the motion's start, after which it ends in any
                case: before anybody is asked, so that what was in trouble is made again.
        """
        self.trouble: str | None = None
        self._sentry = sentry
        self._drive = drive
        self._advance = advance
        self._halted = halted
        self._cut_step = cut_step
        self._steps = 0

    def run(
        self, path: np.ndarray | None, target: Pose, gripper: GripperState | None
    ) -> float | None:
        """Go along joint angles (n, 6) [rad] to `target`, then bring the fingers to their state.

        When cut, arm and moving fingers are told to stay where they are, and are given 1/15 s to
        come to rest.  An exception from a watcher ends the motion in the same way and is then
        raised.

        Returns:
            How long it moved before it was cut [s]; None when it ran to its end.
        """
        try:
            if path is not None:
                self._follow(path, target)
            if gripper is not None:
                self._grip(gripper)
        except _Cut:
            cut_s = self._steps / RATE_HZ
            self._come_to_rest(watched=True)
            return cut_s
        except BaseException:
            self._come_to_rest(watched=False)
            raise
        return None

    def _follow(self, path: np.ndarray, target: Pose) -> None:
        # It stops early, as a real arm does, when something holds it back.  Where contact keeps it
        # from its target in the end, what it reached becomes the commanded pose.
        drive, before = self._drive, self._drive.commanded_joints
        drive.commanded_pose = target
        steps = np.diff(np.vstack([before, path]), axis=0) / STEPS_BETWEEN
        for waypoint, step, speeds in zip(path, steps, (steps * RATE_HZ).tolist(), strict=True):
            for i in range(1, STEPS_BETWEEN + 1):
                drive.steer(before + i * step, speeds)
                self._pass(1)
            before = waypoint
            if np.abs(drive.joints - waypoint).max() > MAX_LAG_RAD:
                break
        drive.hold(target, before)
        self._pass(_SETTLE_STEPS)
        if drive.give_in():
            self._pass(_SETTLE_STEPS)

    def _grip(self, state: GripperState) -> None:
        # Returns when the fingers rest, on each other or on what they hold.
        drive = self._drive
        drive.hold_gripper(state)
        before = drive.opening_m
        try:
            for _ in range(round(_GRIP_LIMIT_S * RATE_HZ / _GRIP_CHECK_STEPS)):
                self._pass(_GRIP_CHECK_STEPS)
                opening = drive.opening_m
                if abs(opening - before) < _FINGERS_REST_M:
                    return
                before = opening
        except BaseException:
            drive.hold_fingers(drive.opening_m / 2)
            raise

    def _pass(self, steps: int) -> None:
        for _ in range(steps):
            self._steps += 1
            self._advance(1)
            if self._halted.is_set() or self._steps == self._cut_step:
                raise _Cut
            if self._steps % LOOK_STEPS == 0:
                self.trouble = self._sentry.find_trouble()
                if self.trouble:
                    raise _Cut

    def _come_to_rest(self, watched: bool) -> None:
        drive = self._drive
        drive.hold_here()
        self._advance(_SETTLE_STEPS, watched)
        drive.give_in()
