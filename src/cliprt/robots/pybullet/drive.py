"""The arm's motors: what they are told, and what the encoders measure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import distance, from_matrix, to_matrix
from cliprt.robots.pybullet.arm import ARM_LINKS, FINGER_LINKS, FINGER_THICKNESS_M, FINGER_TRAVEL_M
from cliprt.robots.pybullet.bodies import PlacedBody
from cliprt.robots.pybullet.clearance import find_touch
from cliprt.robots.pybullet.client import PhysicsClient
from cliprt.robots.pybullet.kinematics import forward, inverse, nearest
from cliprt.robots.pybullet.path import TABLE_MARGIN_M, fingertip_heights
from cliprt.types import GripperState, Pose

HOME: Pose = (0.45, 0.0, 0.25, 0.0, float(np.pi), 0.0)
"""Gripper down, fingers opening along the base's y."""

HOME_JOINTS = np.array([-0.301, -1.696, 1.913, -1.788, -1.571, 1.27])
"""Elbow up: the branch that every start pose is reached in [rad], to three digits."""

RESYNC_M = 0.005
RESYNC_RAD = float(np.radians(2))
"""How far contact may keep the measured pose from the commanded one before the latter gives in."""

_FORCES_NM = [150.0, 150.0, 150.0, 28.0, 28.0, 28.0]
_POSITION_GAINS, _VELOCITY_GAINS = [0.3] * 6, [1.0] * 6
_STANDING = [0.0] * 6
_GRIP_FORCE_N = 40.0
_GRIP_SPEED_M_S = 0.15
_GEAR_FORCE_N = 400.0


class ArmDrive:
    """Position control of six joints and two fingers.

    Attributes:
        commanded_pose: Where the pinch point was told to be.
        commanded_joints: Where the joints were told to be (6,) [rad].
        gripper: What the gripper was told last.
        finger_m: Where each finger was told to be [m]; half-way after a halt.
    """

    def __init__(self, client: PhysicsClient, arm: PlacedBody) -> None:
        """Take over the motors of a loaded arm, which stays as it is until told."""
        self._client = client
        self._number = arm.number
        self._arm = [arm.joint_number(name) for name in ARM_LINKS]
        self._fingers = [arm.joint_number(name) for name in FINGER_LINKS]
        # Geared as in a real parallel gripper: without this, two equal finger forces cancel, and a
        # held thing could be pulled along the fingers' direction.
        gear = client.createConstraint(
            arm.number,
            self._fingers[0],
            arm.number,
            self._fingers[1],
            client.JOINT_GEAR,
            [0, 1, 0],
            [0, 0, 0],
            [0, 0, 0],
        )
        client.changeConstraint(gear, gearRatio=-1, maxForce=_GEAR_FORCE_N, erp=0.3)
        self.commanded_pose: Pose = HOME
        self.commanded_joints: np.ndarray = HOME_JOINTS
        self.gripper: GripperState = "open"
        self.finger_m = FINGER_TRAVEL_M

    @property
    def joints(self) -> np.ndarray:
        """Measured joint angles (6,) [rad]."""
        return self._positions(self._arm)

    @property
    def tcp_pose(self) -> Pose:
        """Measured pose of the pinch point."""
        return _pinch_point(tuple(self.joints.tolist()))

    @property
    def opening_m(self) -> float:
        """Measured distance between the fingers [m]."""
        return float(self._positions(self._fingers).sum())

    @property
    def half_width_m(self) -> float:
        """From the middle to the outer side of a finger [m]."""
        return self.opening_m / 2 + FINGER_THICKNESS_M

    def rest_at(self, pose: Pose) -> bool:
        """Put the arm somewhere at rest, without physics; False if it cannot be there."""
        tcp = to_matrix(pose)[None]
        joints = nearest(inverse(tcp)[0], HOME_JOINTS)
        if joints is None or fingertip_heights(tcp, self.half_width_m).min() < -TABLE_MARGIN_M:
            return False
        if find_touch(np.stack([HOME_JOINTS, joints])):
            return False
        for number, angle in zip(self._arm, joints, strict=True):
            self._client.resetJointState(self._number, number, float(angle))
        for number in self._fingers:
            self._client.resetJointState(self._number, number, _finger_target_m(self.gripper))
        self.hold(pose, joints)
        self.hold_gripper(self.gripper)
        return True

    def hold(self, pose: Pose, joints: np.ndarray) -> None:
        """Go to joint angles (6,) [rad], whose pinch point is `pose`, and stay there."""
        self.commanded_pose = pose
        self.steer(joints, _STANDING)

    def hold_here(self) -> None:
        """Stay where the joints are measured now, whatever they were told."""
        self.hold(self.tcp_pose, self.joints)

    def steer(self, joints: np.ndarray, speeds: Sequence[float]) -> None:
        """Pass through joint angles (6,) [rad] at speeds (6,) [rad/s], to a commanded pose."""
        self.commanded_joints = joints
        self._client.setJointMotorControlArray(
            self._number,
            self._arm,
            self._client.POSITION_CONTROL,
            targetPositions=joints.tolist(),
            targetVelocities=speeds,
            forces=_FORCES_NM,
            positionGains=_POSITION_GAINS,
            velocityGains=_VELOCITY_GAINS,
        )

    def hold_gripper(self, state: GripperState) -> None:
        """Open or close the fingers with limited force and speed."""
        self.gripper = state
        self.hold_fingers(_finger_target_m(state))

    def hold_fingers(self, finger_m: float) -> None:
        """Bring each finger to a place [m] between closed (0) and open, and stay there."""
        self.finger_m = finger_m
        for number in self._fingers:
            self._client.setJointMotorControl2(
                self._number,
                number,
                self._client.POSITION_CONTROL,
                targetPosition=finger_m,
                force=_GRIP_FORCE_N,
                maxVelocity=_GRIP_SPEED_M_S,
                positionGain=0.2,
            )

    def give_in(self) -> bool:
        """Command what is measured, where contact keeps the two apart.

        Position and orientation each on its own: a push that shifts the gripper by 2 cm but turns
        it by half a degree leaves the commanded orientation as it was.

        Returns:
            Whether anything was further apart than `RESYNC_M` or `RESYNC_RAD`.
        """
        measured, joints = self.tcp_pose, self.joints
        apart_m, apart_rad = distance(measured, self.commanded_pose)
        if apart_m <= RESYNC_M and apart_rad <= RESYNC_RAD:
            return False
        position = measured if apart_m > RESYNC_M else self.commanded_pose
        turn = measured if apart_rad > RESYNC_RAD else self.commanded_pose
        x, y, z = position[:3]
        rx, ry, rz = turn[3:]
        pose = (x, y, z, rx, ry, rz)
        found = nearest(inverse(to_matrix(pose)[None])[0], joints)
        if found is None:
            self.hold(measured, joints)
        else:
            self.hold(pose, found)
        return True

    def _positions(self, numbers: list[int]) -> np.ndarray:
        states = self._client.getJointStates(self._number, numbers)
        if states is None:
            raise RobotError("the simulation answers no more. Call stop() and connect() again.")
        return np.array([state[0] for state in states])


@lru_cache(maxsize=8)  # after a motion, many ask before the next one begins
def _pinch_point(joints: tuple[float, ...]) -> Pose:
    return from_matrix(forward(np.array(joints)))


def _finger_target_m(state: GripperState) -> float:
    return FINGER_TRAVEL_M if state == "open" else 0.0
