"""A table top in PyBullet: bodies from values, a robot that follows joint paths, exact snapshots."""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.errors import RobotError, UnknownNameError, UsageError, did_you_mean
from cliprt.geometry import distance, from_matrix, to_matrix
from cliprt.robots.pybullet.arm import (
    ARM_LINKS,
    FINGER_LINKS,
    FINGER_TRAVEL_M,
    HAND_LINK,
    build_arm,
)
from cliprt.robots.pybullet.cell import build_cell
from cliprt.robots.pybullet.client import PhysicsClient, silenced
from cliprt.robots.pybullet.kinematics import TCP_OFFSET_M, forward, inverse, nearest
from cliprt.robots.pybullet.urdf import to_urdf
from cliprt.robots.world import ORIGIN, Body, World
from cliprt.types import GripperState, Pose

RATE_HZ = 240
"""Physics steps per simulated second."""

HOME: Pose = (0.45, 0.0, 0.25, 0.0, float(np.pi), 0.0)
"""Gripper down, fingers opening along the base's y."""

_HOME_GUESS = np.array([-0.301, -1.696, 1.913, -1.788, -1.571, 1.27])
_ARM_FORCES = [330.0, 330.0, 150.0, 56.0, 56.0, 56.0]
_GRIP_FORCE_N = 40.0
_GRIP_SPEED_M_S = 0.15


@dataclass(frozen=True)
class PlacedBody:
    """A body that was loaded: PyBullet's number of it, and of each of its links."""

    body: Body
    number: int
    links: dict[str, int]


@dataclass(frozen=True)
class RobotState:
    """What the robot was told, which physics does not know."""

    commanded: Pose
    joints: tuple[float, ...]
    gripper: GripperState
    steps: int


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of a world: PyBullet's number for it, and what the robot was told."""

    state: int
    robot: RobotState
    generation: int


class PyBulletWorld(World):
    """Implements the world on one physics server; positions the arm by joint paths."""

    def __init__(self, client: PhysicsClient, folder: Path) -> None:
        """Make an empty world.

        Args:
            client: The server to use; nobody else may.
            folder: Where descriptions of bodies are written for it to read.
        """
        self._client = client
        self._folder = folder
        self._generation = 0
        self.clear(0)

    # Scene

    def clear(self, seed: int) -> None:
        """See the contract; nothing in this world is random, so every seed is alike."""
        client = self._client
        client.resetSimulation()
        client.setGravity(0, 0, -9.81)
        client.setPhysicsEngineParameter(
            fixedTimeStep=1 / RATE_HZ,
            numSolverIterations=80,
            enableConeFriction=1,
            deterministicOverlappingPairs=1,
        )
        self._generation += 1
        self._bodies: dict[str, PlacedBody] = {}
        self._place(build_cell(), ORIGIN)
        self._place(build_arm(), ORIGIN)
        self._robot = self._bodies["robot"].number
        links = self._bodies["robot"].links
        self._arm = [links[name] for name in ARM_LINKS]
        self._fingers = [links[name] for name in FINGER_LINKS]
        self._steps = 0
        self._gripper: GripperState = "open"
        home = nearest(inverse(to_matrix(HOME)[None])[0], _HOME_GUESS)
        assert home is not None
        self._rest_at(HOME, home)

    def add(self, body: Body, pose: Pose) -> None:
        if body.name in self._bodies:
            raise UsageError(
                f"a body called {body.name!r} is already in the world. Give it another name; taken:"
                f" {', '.join(self._bodies)}."
            )
        self._place(body, pose)

    def set_pose(self, body: str, pose: Pose) -> None:
        placed = self._placed(body)
        transform = to_matrix(pose)
        centre = transform @ (*placed.body.links[0].centre, 1.0)
        self._client.resetBasePositionAndOrientation(
            placed.number, centre[:3].tolist(), _quaternion(transform)
        )
        self._client.resetBaseVelocity(placed.number, [0, 0, 0], [0, 0, 0])
        for link in placed.body.links[1:]:
            self.set_joint(body, link.name, self.joint(body, link.name))

    def set_joint(self, body: str, link: str, position: float) -> None:
        placed = self._placed(body)
        self._client.resetJointState(placed.number, self._joint_number(placed, link), position)

    def move_home(self, pose: Pose) -> bool:
        joints = nearest(inverse(to_matrix(pose)[None])[0], np.array(self._commanded_joints))
        if joints is None:
            return False
        self._rest_at(pose, joints)
        return True

    def settle(self, seconds: float) -> None:
        self.advance(round(seconds * RATE_HZ))

    # Looking

    def pose(self, body: str, link: str = "") -> Pose:
        return from_matrix(self.link_transform(body, link))

    def joint(self, body: str, link: str) -> float:
        placed = self._placed(body)
        number = self._joint_number(placed, link)
        return float(self._client.getJointState(placed.number, number)[0])

    def contact_force(self, body: str, other: str = "robot") -> float:
        first, second = self._placed(body).number, self._placed(other).number
        contacts = self._client.getContactPoints(bodyA=first, bodyB=second)
        return float(sum(contact[9] for contact in contacts))

    def link_transform(self, body: str, link: str = "") -> np.ndarray:
        """Transform (4, 4) of a link's frame ("" = the first link), base frame."""
        placed = self._placed(body)
        number = self._link_number(placed, link)
        transform = np.eye(4)
        if number < 0:
            position, quaternion = self._client.getBasePositionAndOrientation(placed.number)
            rotation = np.reshape(self._client.getMatrixFromQuaternion(quaternion), (3, 3))
            position = np.asarray(position) - rotation @ placed.body.links[0].centre
        else:
            state = self._client.getLinkState(placed.number, number, computeForwardKinematics=True)
            position = state[4]
            rotation = np.reshape(self._client.getMatrixFromQuaternion(state[5]), (3, 3))
        transform[:3, :3], transform[:3, 3] = rotation, position
        return transform

    @property
    def tcp_pose(self) -> Pose:
        return from_matrix(forward(np.array(self.joints)))

    @property
    def commanded_pose(self) -> Pose:
        return self._commanded

    @property
    def joints(self) -> tuple[float, ...]:
        """Measured joint angles (6,) [rad]."""
        states = self._client.getJointStates(self._robot, self._arm)
        return tuple(float(state[0]) for state in states)

    @property
    def commanded_joints(self) -> np.ndarray:
        """Joint angles (6,) that the arm holds [rad]."""
        return np.array(self._commanded_joints)

    @property
    def gripper(self) -> GripperState:
        return self._gripper

    @property
    def gripper_opening_m(self) -> float:
        states = self._client.getJointStates(self._robot, self._fingers)
        return float(sum(state[0] for state in states))

    @property
    def time_s(self) -> float:
        return self._steps / RATE_HZ

    # Moving

    def advance(self, steps: int) -> None:
        """Let physics run for a number of steps."""
        for _ in range(steps):
            self._client.stepSimulation()
        self._steps += steps

    def follow(self, path: np.ndarray, target: Pose, steps_between: int) -> None:
        """Move the arm along joint angles (n, 6) [rad]; `target` is the commanded pose then."""
        start = self._commanded_joints
        for waypoint in path:
            for i in range(1, steps_between + 1):
                self._hold(start + (waypoint - start) * (i / steps_between))
                self.advance(1)
            start = waypoint
        self._commanded = target

    def synchronise(self, limit_m: float, limit_rad: float) -> bool:
        """Take the measured pose as the commanded one if contact keeps them apart.

        Returns:
            Whether they were further apart than the limits.
        """
        measured = self.tcp_pose
        apart_m, apart_rad = distance(measured, self._commanded)
        if apart_m <= limit_m and apart_rad <= limit_rad:
            return False
        self._hold(np.array(self.joints))
        self._commanded = measured
        return True

    def drive_gripper(self, state: GripperState) -> None:
        """Open or close with limited force; returns when the fingers rest or time is up."""
        self._gripper = state
        self._hold_gripper()
        before = self.gripper_opening_m
        for _ in range(30):
            self.advance(8)
            opening = self.gripper_opening_m
            if abs(opening - before) < 2e-5:
                return
            before = opening

    # Snapshots

    def snapshot(self) -> Snapshot:
        state = self._client.saveState()
        robot = RobotState(
            self._commanded, tuple(self._commanded_joints), self._gripper, self._steps
        )
        snapshot = Snapshot(state, robot, self._generation)
        weakref.finalize(snapshot, self._client.removeState, state).atexit = False
        return snapshot

    def restore(self, snapshot: Any) -> None:
        if not isinstance(snapshot, Snapshot) or snapshot.generation != self._generation:
            raise RobotError(
                "this snapshot is of another world, or of this one before it was cleared. Restore"
                " only what snapshot() gave since the last clear()."
            )
        self._client.restoreState(stateId=snapshot.state)
        robot = snapshot.robot
        self._commanded, self._gripper, self._steps = robot.commanded, robot.gripper, robot.steps
        self._hold(np.array(robot.joints))
        self._hold_gripper()

    # Inside

    def _place(self, body: Body, pose: Pose) -> None:
        text = to_urdf(body)
        file = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.urdf"
        if not file.exists():
            file.write_text(text, encoding="utf-8")
        client, transform = self._client, to_matrix(pose)
        with silenced():
            number = client.loadURDF(
                str(file), list(pose[:3]), _quaternion(transform), useFixedBase=body.fixed
            )
        children = [
            client.getJointInfo(number, i)[12].decode() for i in range(client.getNumJoints(number))
        ]
        links = {body.links[0].name: -1} | {name: i for i, name in enumerate(children)}
        self._bodies[body.name] = PlacedBody(body, number, links)
        for link in body.links:
            if link.joint is None:
                continue
            index = links[link.name]
            # Without this, PyBullet brakes every joint with a strong motor.
            client.setJointMotorControl2(
                number, index, client.VELOCITY_CONTROL, targetVelocity=0, force=link.joint.friction
            )
            client.resetJointState(number, index, link.joint.start)

    def _rest_at(self, pose: Pose, joints: np.ndarray) -> None:
        """Put the arm somewhere at rest, the gripper as it is commanded, without physics."""
        self._commanded = pose
        for number, angle in zip(self._arm, joints, strict=True):
            self._client.resetJointState(self._robot, number, float(angle))
        for number in self._fingers:
            opening = FINGER_TRAVEL_M if self._gripper == "open" else 0.0
            self._client.resetJointState(self._robot, number, opening)
        self._hold(joints)
        self._hold_gripper()

    def _hold(self, joints: np.ndarray) -> None:
        self._commanded_joints = joints
        self._client.setJointMotorControlArray(
            self._robot,
            self._arm,
            self._client.POSITION_CONTROL,
            targetPositions=joints.tolist(),
            forces=_ARM_FORCES,
            positionGains=[0.3] * 6,
            velocityGains=[1.0] * 6,
        )

    def _hold_gripper(self) -> None:
        for number in self._fingers:
            self._client.setJointMotorControl2(
                self._robot,
                number,
                self._client.POSITION_CONTROL,
                targetPosition=FINGER_TRAVEL_M if self._gripper == "open" else 0.0,
                force=_GRIP_FORCE_N,
                maxVelocity=_GRIP_SPEED_M_S,
                positionGain=0.2,
            )

    def _placed(self, body: str) -> PlacedBody:
        if body not in self._bodies:
            raise UnknownNameError(
                f"no body is called {body!r}.{did_you_mean(body, self._bodies)}"
                f" In this world: {', '.join(self._bodies)}."
            )
        return self._bodies[body]

    def _link_number(self, placed: PlacedBody, link: str) -> int:
        if not link:
            return -1
        if link not in placed.links:
            raise UnknownNameError(
                f"the body {placed.body.name!r} has no link {link!r}."
                f"{did_you_mean(link, placed.links)} It has: {', '.join(placed.links)}."
            )
        return placed.links[link]

    def _joint_number(self, placed: PlacedBody, link: str) -> int:
        number = self._link_number(placed, link)
        if number < 0:
            movable = [name for name, i in placed.links.items() if i >= 0]
            raise UnknownNameError(
                f"the first link of {placed.body.name!r} hangs on no joint."
                f" Links with a joint: {', '.join(movable) or 'none'}."
            )
        return number


def _quaternion(transform: np.ndarray) -> list[float]:
    """Unit quaternion (x, y, z, w) of a transform."""
    from cliprt.geometry import rotation_vector

    turn = rotation_vector(transform[:3, :3])
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return [0.0, 0.0, 0.0, 1.0]
    return [*(turn / angle * np.sin(angle / 2)).tolist(), float(np.cos(angle / 2))]


__all__ = ["HAND_LINK", "HOME", "RATE_HZ", "TCP_OFFSET_M", "PyBulletWorld", "Snapshot"]
