"""One body in the simulation: loaded from values, read and put somewhere by its links' names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cliprt.errors import RobotError, UnknownNameError
from cliprt.geometry import rotation_vector, to_matrix
from cliprt.robots.meshes import read_mesh, to_obj
from cliprt.robots.pybullet.client import PhysicsClient
from cliprt.robots.pybullet.options import check_known
from cliprt.robots.pybullet.urdf import to_urdf
from cliprt.robots.world import Body, Part
from cliprt.types import Pose


@dataclass(frozen=True)
class BodyState:
    """Where a body is and how it moves, in PyBullet's own numbers.

    Attributes:
        position: Of the first link's centre of mass [m].
        quaternion: Of the first link, (x, y, z, w).
        linear: Velocity of the first link [m/s].
        angular: Rotation speed of the first link [rad/s].
        joints: Position and speed of every joint, in the links' order.
    """

    position: tuple[float, ...]
    quaternion: tuple[float, ...]
    linear: tuple[float, ...]
    angular: tuple[float, ...]
    joints: tuple[tuple[float, float], ...]


class PlacedBody:
    """A body that is in the simulation."""

    def __init__(self, client: PhysicsClient, folder: Path, body: Body, pose: Pose) -> None:
        """Load a body.

        Args:
            client: The server to load it into.
            folder: Where its description is written for the server to read.
            body: What it is.
            pose: Where its first link's frame comes to [m, rad].

        Raises:
            RobotError: PyBullet cannot read the description.
            UsageError: A mesh of it cannot be read.
        """
        self._client = client
        self.body = body
        try:
            text = to_urdf(bring_meshes(body, folder))
            file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.urdf"
            if not file.exists():
                file.write_text(text, encoding="utf-8")
            self.number: int = client.loadURDF(
                str(file), list(pose[:3]), quaternion(to_matrix(pose)), useFixedBase=body.fixed
            )
        except client.error as error:
            raise RobotError(
                f"PyBullet cannot load the body {body.name!r}: {error}. Check its links: the first"
                " has no joint, every other one has, and names are unique."
            ) from error
        except OSError as error:
            raise RobotError(
                f"the body {body.name!r} cannot be written for PyBullet to read: {error}. The"
                " robot was stopped, or the disk is full: call stop() and connect()."
            ) from error
        self.links = {body.links[0].name: -1}
        for i in range(client.getNumJoints(self.number)):
            self.links[client.getJointInfo(self.number, i)[12].decode()] = i
        for link in body.links[1:]:
            if link.joint is not None:
                # Without this, PyBullet brakes every joint with a strong motor.
                client.setJointMotorControl2(
                    self.number,
                    self.links[link.name],
                    client.VELOCITY_CONTROL,
                    targetVelocity=0,
                    force=link.joint.friction,
                )
                self.set_joint(link.name, link.joint.start)

    def transform(self, link: str = "") -> np.ndarray:
        """Transform (4, 4) of a link's frame ("" = the first link), base frame."""
        number = self._link(link)
        if number < 0:
            position, quaternion = self._client.getBasePositionAndOrientation(self.number)
            centre = np.asarray(self.body.links[0].centre)
        else:
            state = self._client.getLinkState(self.number, number, computeForwardKinematics=True)
            position, quaternion = state[4:6]
            centre = np.zeros(3)
        rotation = np.reshape(self._client.getMatrixFromQuaternion(quaternion), (3, 3))
        transform = np.eye(4)
        transform[:3, :3], transform[:3, 3] = rotation, position - rotation @ centre
        return transform

    def set_pose(self, pose: Pose) -> None:
        """Put the first link's frame somewhere, everything at rest."""
        transform = to_matrix(pose)
        centre = transform @ (*self.body.links[0].centre, 1.0)
        self._set_base(centre[:3].tolist(), quaternion(transform), [0, 0, 0], [0, 0, 0])
        for link in self.body.links[1:]:
            self.set_joint(link.name, self.joint(link.name))

    def joint(self, link: str) -> float:
        """Position of the joint that holds a link [rad or m]."""
        return float(self._client.getJointState(self.number, self.joint_number(link))[0])

    def set_joint(self, link: str, position: float) -> None:
        """Put a joint somewhere, at rest."""
        self._client.resetJointState(self.number, self.joint_number(link), position)

    def state(self) -> BodyState:
        """All that physics knows about it."""
        position, quaternion = self._client.getBasePositionAndOrientation(self.number)
        linear, angular = self._client.getBaseVelocity(self.number)
        numbers = list(range(len(self.links) - 1))
        joints = self._client.getJointStates(self.number, numbers) if numbers else ()
        return BodyState(
            position, quaternion, linear, angular, tuple((joint[0], joint[1]) for joint in joints)
        )

    def set_state(self, state: BodyState) -> None:
        """Return to a state."""
        self._set_base(state.position, state.quaternion, state.linear, state.angular)
        for number, (position, speed) in enumerate(state.joints):
            self._client.resetJointState(self.number, number, position, speed)

    def joint_number(self, link: str) -> int:
        """PyBullet's number of the joint that holds a link.

        Raises:
            UnknownNameError: No such link, or it is the first.
        """
        number = self._link(link)
        if number < 0:
            movable = [name for name, i in self.links.items() if i >= 0]
            raise UnknownNameError(
                f"the first link of {self.body.name!r} hangs on no joint."
                f" Links with a joint: {', '.join(movable) or 'none'}."
            )
        return number

    def _set_base(
        self,
        position: tuple[float, ...] | list[float],
        quaternion: tuple[float, ...] | list[float],
        linear: tuple[float, ...] | list[float],
        angular: tuple[float, ...] | list[float],
    ) -> None:
        self._client.resetBasePositionAndOrientation(self.number, position, quaternion)
        if not self.body.fixed:
            self._client.resetBaseVelocity(self.number, linear, angular)

    def _link(self, link: str) -> int:
        if not link:
            return -1
        check_known(f"link of {self.body.name!r}", link, self.links)
        return self.links[link]


def bring_meshes(body: Body, folder: Path) -> Body:
    """The body with its meshes as plain files in a folder, named there by their content.

    Raises:
        UsageError: A mesh cannot be read.
    """

    def bring(part: Part) -> Part:
        if part.shape != "mesh":
            return part
        text = to_obj(read_mesh(part.file))
        name = f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.obj"
        (folder / name).write_text(text, encoding="utf-8")
        return replace(part, file=name)

    links = tuple(replace(link, parts=tuple(map(bring, link.parts))) for link in body.links)
    return replace(body, links=links)


def quaternion(transform: np.ndarray) -> list[float]:
    """Unit quaternion (x, y, z, w) of a transform."""
    turn = rotation_vector(transform[:3, :3])
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return [0.0, 0.0, 0.0, 1.0]
    return [*(turn / angle * np.sin(angle / 2)).tolist(), float(np.cos(angle / 2))]
