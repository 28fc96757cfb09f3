"""What a world in PyBullet is made of at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cliprt.robots.pybullet.bodies import BodyState
from cliprt.robots.pybullet.stationery import StationeryState
from cliprt.robots.world import Body, Light
from cliprt.types import GripperState, Pose


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A moment of a world, in values: it may outlive the world, and costs no simulator memory.

    Attributes:
        bodies: Every body with its state, in the order in which they were added.
        commanded_pose: What the arm was told.
        commanded_joints: What its joints were told [rad].
        gripper: What the gripper was told.
        finger_m: Where each finger was told to be [m].
        steps: Physics steps since the world was cleared.
        forces: Normal force between the bodies that touch [N].
        light: What the scene was lit by.
        stationery: Canvases with their ink, and tools.
    """

    bodies: tuple[tuple[Body, BodyState], ...]
    commanded_pose: Pose
    commanded_joints: tuple[float, ...]
    gripper: GripperState
    finger_m: float
    steps: int
    forces: Mapping[frozenset[str], float]
    light: Light
    stationery: StationeryState
