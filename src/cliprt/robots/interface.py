"""The contract of a robot: connect, observe, execute, stop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, final

from cliprt.types import GripperState, Motion, Observation, Outcome

if TYPE_CHECKING:
    from typing_extensions import Self

    from cliprt.robots.world import World


class RobotBackend(ABC):
    """One arm with one gripper and named cameras.

    Only :class:`cliprt.runtime.gate.Gate` calls a backend; everybody else holds a gate.
    """

    cameras: tuple[str, ...] = ()
    """Names of the images in every observation."""

    @property
    def world(self) -> World | None:
        """The simulated world, or None on hardware."""
        return None

    @abstractmethod
    def connect(self) -> None:
        """Bring the robot to a state in which it can observe and execute; safe to call again.

        Raises:
            RobotError: It cannot be reached, or is in a state a person must clear.
        """

    @abstractmethod
    def observe(self) -> Observation:
        """Look and feel, without moving."""

    @abstractmethod
    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Make one motion from the commanded pose, then bring the gripper to its state.

        What the robot cannot do (out of reach, a stop) is not an exception: nothing is moved and
        ``Outcome.refused`` says why.
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop moving and release every resource; safe to call at any time, also twice."""

    @final
    def __enter__(self) -> Self:
        self.connect()
        return self

    @final
    def __exit__(self, *exc: object) -> None:
        self.stop()
