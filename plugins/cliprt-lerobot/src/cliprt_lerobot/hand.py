"""The pose of the hand and the gripper: where a data set keeps them, and what the numbers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cliprt.errors import UsageError
from cliprt.oxe import rotations

Turn = Literal["euler", "rotation_vector", "quaternion", "quaternion_wxyz", "none"]

WIDTHS: Mapping[Turn, int] = {
    "euler": 3,
    "rotation_vector": 3,
    "quaternion": 4,
    "quaternion_wxyz": 4,
    "none": 0,
}
"""How a turn is written -> how many numbers it has; the real part of a quaternion is last."""

FASTEST_M_S = 5.0
"""No arm moves its hand as fast all the time; lengths that say so are of another unit."""

LARGEST_RAD = 13.0
"""Two turns; angles that say more are degrees."""


@dataclass(frozen=True)
class Place:
    """Some numbers of a feature, by their places in it; none = all of it."""

    key: str
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.key}[{', '.join(map(str, self.numbers))}]"

    def of(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """These numbers of n frames, float64 (n, k)."""
        column = columns[self.key]
        found: np.ndarray = column.reshape(len(column), -1)[:, list(self.numbers)]
        return found.astype(np.float64)


@dataclass(frozen=True)
class Hand:
    """Where pose and gripper are.

    Attributes:
        position: Three numbers.
        turn: Those of the orientation, if there are some.
        written: How it is written.
        gripper: One number; None = nothing says it.
        opens: 1 where its large numbers are open, -1 where its small ones are.
        metres, radians: Of one of its units.
        axes: Rows forward, left and up, in the data set's frame (3, 3).
    """

    position: Place
    turn: Place | None
    written: Turn
    gripper: Place | None
    opens: int = 1
    metres: float = 1.0
    radians: float = 1.0
    axes: tuple[tuple[float, ...], ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))

    def __str__(self) -> str:
        turn = f", turn {self.turn} ({self.written})" if self.turn else ", no turn"
        side = "large" if self.opens > 0 else "small"
        gripper = f", gripper {self.gripper} (open where {side})" if self.gripper else ""
        return f"position {self.position}{turn}{gripper or ', no gripper'}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The features that it needs."""
        places = (self.position, self.turn, self.gripper)
        return tuple(dict.fromkeys(place.key for place in places if place is not None))


def poses_of(hand: Hand, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Poses of n frames in the robot's base frame, position and rotation vector (n, 6) [m, rad].

    Those that are none have numbers that are not finite.
    """
    axes = np.array(hand.axes, dtype=np.float64)
    position = hand.position.of(columns) * hand.metres
    vectors = np.zeros_like(position)
    if hand.turn is not None:
        scale = hand.radians if hand.written in _ANGLES else 1.0
        vectors = rotations.to_vectors(_TURNS[hand.written](hand.turn.of(columns) * scale))
    # The hand's own axes stay what they are; what it turns about is seen from another frame.
    with np.errstate(invalid="ignore"):
        return np.hstack([position @ axes.T, vectors @ axes.T])


def openness(
    hand: Hand, columns: Mapping[str, np.ndarray], ends: tuple[float, float]
) -> np.ndarray:
    """How far the gripper is open at each of n frames (n,), 0 to 1; 1 where nothing says it.

    Args:
        hand: Where it is.
        columns: The features' numbers.
        ends: The smallest and the largest number that the gripper has in the data set.
    """
    low, high = ends
    if hand.gripper is None or not high > low:
        return np.ones(len(next(iter(columns.values()))))
    share = (hand.gripper.of(columns)[:, 0] - low) / (high - low)
    return np.asarray(share if hand.opens > 0 else 1 - share)


def check_units(hand: Hand, columns: Mapping[str, np.ndarray], fps: float, where: str) -> None:
    """Raise where numbers cannot be the poses of an arm's hand in these units.

    Raises:
        UsageError: Angles of many turns, or a hand that is far too fast.
    """
    if hand.turn is not None and hand.written in _ANGLES and hand.radians == 1:
        largest = np.nanmax(np.abs(hand.turn.of(columns)), initial=0.0)
        if largest > LARGEST_RAD:
            raise UsageError(
                f"{where}: the hand would be turned by {largest:.0f} rad. Say that angles are"
                " degrees: --angles deg."
            )
    steps = np.linalg.norm(np.diff(poses_of(hand, columns)[:, :3], axis=0), axis=1) * fps
    moving = steps[steps > 1e-6]
    if len(moving) and float(np.median(moving)) > FASTEST_M_S:
        raise UsageError(
            f"{where}: the hand would move {np.median(moving):.0f} m/s. Say in which unit the"
            " positions are: --unit mm or --unit cm."
        )


_ANGLES: tuple[Turn, ...] = ("euler", "rotation_vector")
_TURNS: Mapping[Turn, Callable[[np.ndarray], np.ndarray]] = {
    "euler": rotations.from_euler,
    "rotation_vector": rotations.from_vectors,
    "quaternion": rotations.from_quaternions,
    "quaternion_wxyz": lambda numbers: rotations.from_quaternions(np.roll(numbers, -1, axis=1)),
}
