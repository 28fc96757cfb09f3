"""One motion as it was checked and handed on, and what became of it; user's frame."""

from __future__ import annotations

from dataclasses import dataclass

from cliprt.types import GripperState, Motion, Outcome, Pose
from cliprt_ur.driver.messages import Result


@dataclass(frozen=True)
class Attempt:
    """What the arm is about to be told.

    Attributes:
        motion: As it was asked for [m, rad].
        gripper: State that was asked for.
        start: Commanded pose before it.
        target: Where it leads to.
    """

    motion: Motion
    gripper: GripperState | None
    start: Pose
    target: Pose

    def outcome(self, result: Result, measured: Pose, because: str) -> Outcome:
        """What became of it.

        Args:
            result: Of the arm.
            measured: Pose afterwards.
            because: Why the arm itself ended or refused it; "" when it did not.
        """
        return Outcome(
            commanded=self.motion,
            gripper=self.gripper,
            sent=None if result.refused else self.target,
            measured=measured,
            joints=result.telemetry.joints,
            refused=result.refused,
            stopped_after_s=result.stopped_after_s,
            stopped_because=because or None,
        )
