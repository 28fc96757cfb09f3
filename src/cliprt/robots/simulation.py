"""What loop, history, gate and page may ask of a simulated robot, whatever it is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from cliprt.types import GripperState, Layout, Pose


class Simulation(ABC):
    """A simulated robot and its surroundings: a scene that can be built, kept and returned to."""

    @abstractmethod
    def clear(self, seed: int) -> None:
        """Everything as at the start: no things left, the robot home (gripper open), time 0.

        After ``clear(seed)`` and the same calls in the same order, everything that follows is
        identical, bit for bit, whatever the world did before.
        """

    @abstractmethod
    def move_home(self, pose: Pose) -> bool:
        """Start the episode with the robot at another pose than home; False if out of reach."""

    @abstractmethod
    def settle(self, seconds: float) -> None:
        """Let physics run with the robot holding still."""

    @abstractmethod
    def snapshot(self) -> Any:
        """The whole state, the robot's and all things', to be given to `restore`."""

    @abstractmethod
    def restore(self, snapshot: Any) -> None:
        """Return exactly to a snapshot of this simulation, as often as wanted."""

    @property
    @abstractmethod
    def tcp_pose(self) -> Pose:
        """Measured pose of the pinch point."""

    @property
    @abstractmethod
    def commanded_pose(self) -> Pose:
        """Where the robot was last told to be."""

    @property
    @abstractmethod
    def gripper(self) -> GripperState:
        """Commanded gripper state."""

    @property
    @abstractmethod
    def gripper_opening_m(self) -> float:
        """Measured distance between the fingers [m]."""

    @property
    @abstractmethod
    def time_s(self) -> float:
        """Simulated seconds since `clear`."""

    @abstractmethod
    def layout(self) -> Layout:
        """Where hand and things are now."""
