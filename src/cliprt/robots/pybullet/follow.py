"""The arm as somebody else's shadow: its motors follow joint angles that were measured elsewhere.

A controller that moves an arm of its own, real or imitated, is shown in this world, and pushes
things in it with this arm's limited forces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cliprt.errors import UsageError
from cliprt.geometry import from_matrix
from cliprt.robots.pybullet.arm import FINGER_TRAVEL_M
from cliprt.robots.pybullet.drive import ArmDrive
from cliprt.robots.pybullet.kinematics import forward
from cliprt.robots.pybullet.move import RATE_HZ, Advance
from cliprt.types import GripperState

ROUNDING_STEPS = 1e-6
"""A time that is a whole number of physics steps stays one, whatever the rounding of a sum."""


def follow(
    drive: ArmDrive,
    advance: Advance,
    joints: Sequence[float],
    seconds: float,
    gripper: GripperState | None,
    opening_m: float | None,
) -> None:
    """Lead arm and fingers on while physics runs; see :meth:`PyBulletBackend.follow`.

    Raises:
        UsageError: Numbers that are no joint angles, no time or no opening.
    """
    end = _check_joints(joints)
    if not 0 <= seconds < np.inf:
        raise UsageError(f"seconds is {seconds!r}. Give a time of 0 or more.")
    if opening_m is not None and not 0 <= opening_m <= 2 * FINGER_TRAVEL_M:
        raise UsageError(
            f"opening_m is {opening_m!r}. Give metres from 0 to {2 * FINGER_TRAVEL_M:g}."
        )
    if gripper is not None:
        drive.hold_gripper(gripper)
    if opening_m is not None:
        drive.hold_fingers(opening_m / 2)
    steps = int(seconds * RATE_HZ + ROUNDING_STEPS)
    if not steps:
        return
    start = drive.commanded_joints
    stride = (end - start) / steps
    for i in range(1, steps + 1):
        joints_now = end if i == steps else start + i * stride
        drive.commanded_pose = from_matrix(forward(joints_now))
        drive.steer(joints_now, (stride * RATE_HZ).tolist())
        advance(1)


def _check_joints(joints: Sequence[float]) -> np.ndarray:
    numbers = np.asarray(joints, dtype=float)
    if numbers.shape != (6,) or not np.isfinite(numbers).all():
        raise UsageError(f"joints are {joints!r}. Give six finite angles in radians.")
    return numbers
