"""The contract of a robot: connect, observe, execute, halt, stop; what is no motion at all."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from cliprt.robots.unique import Unique
from cliprt.types import GripperState, Motion, Observation, Outcome

if TYPE_CHECKING:
    from typing_extensions import Self

    from cliprt.robots.simulation import Simulation


class RobotBackend(Unique, ABC):
    """One arm with one gripper and named cameras.

    Only :class:`cliprt.runtime.gate.Gate` calls a backend; everybody else holds a gate.
    """

    incidental_options: ClassVar[tuple[str, ...]] = ()
    """Constructor options that leave what is taught as it is, e.g. how it is shown."""

    cameras: tuple[str, ...] = ()
    """Names of the images in every observation."""

    simulates: ClassVar[bool] = False
    """Whether nothing real ever moves, as is asked of the class before anything is built.

    A driver that can do both says False; a subclass for its simulated mode may say True.
    """

    @property
    def simulation(self) -> Simulation | None:
        """What is simulated now that it is connected; None = it is hardware that moves."""
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
        ``Outcome.refused`` says why.  Nor is a robot that stops by itself (a protective stop, a
        lost link): ``Outcome.stopped_because`` says why, with `stopped_after_s` where the motion
        had begun and `refused` where it had not, and nothing executes until `connect`.
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop moving and release every resource; safe to call at any time, also twice."""

    def halt(self) -> None:
        """Come to rest now and stay connected; from any thread, also while another executes.

        The arm and its fingers rest within 100 ms of the robot's time, holding what they held.  The
        motion's outcome has `stopped_after_s`, and the commanded pose is where it came to rest.
        Nothing executes until `connect`.  A robot that cannot do this stops instead, and has to be
        connected anew.
        """
        self.stop()

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Let somebody look on while the robot moves; None ends that.

        Called from the thread that executes, about 60 times a second of the robot's clock, with its
        time [s].  It may `observe` and `halt`.  An exception from it ends the motion like a halt
        and then comes out of `execute`.  A robot that cannot do this calls nobody.
        """

    @final
    def __enter__(self) -> Self:
        self.connect()
        return self

    @final
    def __exit__(self, *exc: object) -> None:
        self.stop()


def find_malformation(motion: Any, gripper: Any) -> str | None:
    """Why these values are no motion and gripper state at all; None if they are.

    A motion is seven finite real numbers in a tuple, list or array; a gripper state is
    ``"open"``, ``"closed"`` or None.
    """
    if gripper is not None and not (isinstance(gripper, str) and gripper in ("open", "closed")):
        return f"gripper: {_show(gripper)} is none of 'open', 'closed' and None (unchanged)"
    if not isinstance(motion, tuple | list | np.ndarray):
        return f"motion: {_show(motion)} is not a sequence of 7 numbers"
    if len(motion) != 7:
        return f"motion: {len(motion)} numbers, expected 7"
    for index, value in enumerate(motion):
        if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
            return f"motion: number {index} is {_show(value)}, not a real number"
        if not _is_finite(value):
            return f"motion: number {index} is {_show(value)}, not finite"
    return None


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _show(value: Any) -> str:
    # The repr of a stranger's object may be endless, or raise; that of text and floats does not.
    return f"{value!r:.60}" if isinstance(value, str | float) else f"<{type(value).__name__}>"
