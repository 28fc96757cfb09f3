"""What moves the joints: along a path, after a target, or at a speed; each can be braked.

A drive is asked for the joints a little later, again and again, until it is done.  Time is the
robot's own; the speed slider stretches it, brakes do not heed the slider.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from cliprt.geometry import rotation_matrix, rotation_vector
from cliprt_ur.testing.kinematics import Joints
from cliprt_ur.testing.profiles import Braking, Trapezoid

METRES_PER_RAD = 0.25
"""A straight motion that only turns takes as long as if it were this much longer per radian."""

SLOWEST, WEAKEST = 1e-4, 1e-3
"""Speed and acceleration below which nothing would ever arrive."""

Path = Callable[[float], Joints]
"""Share of the way, 0..1 -> joint angles (6,) [rad]; raises NoWayError."""


class NoWayError(Exception):
    """No joint angles bring the arm where it should be next."""


class Drive(ABC):
    """One motion under way."""

    @abstractmethod
    def advance(self, joints: Joints, seconds: float, rate: float) -> Joints:
        """The joints (6,) [rad] after so many seconds.

        Args:
            joints: Where they are now.
            seconds: Of the robot's time.
            rate: By how much the speed slider lets its time pass, 0..1.

        Raises:
            NoWayError: They would have to be where they cannot be.
        """

    @property
    @abstractmethod
    def is_done(self) -> bool:
        """Whether it rests at its end, or where it was braked."""

    @abstractmethod
    def brake(self, deceleration: float, within_s: float = math.inf) -> None:
        """Come to rest: with this deceleration, or a harder one that needs `within_s` at most."""


class PathDrive(Drive):
    """Along a path of a known length, from rest to rest; may be paused and resumed on it."""

    def __init__(self, path: Path, length: float, speed: float, acceleration: float) -> None:
        """Plan it; lengths, speeds and accelerations in m or rad, as the path's length is."""
        self._path, self._length = path, length
        self._speed, self._acceleration = max(speed, SLOWEST), max(acceleration, WEAKEST)
        self._rate = 1.0
        self._run(0.0)

    def _run(self, start: float) -> None:
        self._start, self._time_s = start, 0.0
        self._leg: Trapezoid | Braking = Trapezoid(
            self._length - start, self._speed, self._acceleration
        )

    def advance(self, joints: Joints, seconds: float, rate: float) -> Joints:
        """Further along the path."""
        self._rate = 1.0 if isinstance(self._leg, Braking) else rate
        self._time_s += seconds * self._rate
        way = self._way
        return self._path(1.0 if way >= self._length else way / self._length)

    @property
    def _way(self) -> float:
        return min(self._start + self._leg.way(self._time_s), self._length)

    @property
    def is_done(self) -> bool:
        """Whether its end, or the end of its brakes, is reached."""
        return self._time_s >= self._leg.duration or self._way >= self._length

    @property
    def is_at_end(self) -> bool:
        """Whether it came the whole way."""
        return self._way >= self._length

    def brake(self, deceleration: float, within_s: float = math.inf) -> None:
        """Come to rest on the path."""
        pace = self._leg.pace(self._time_s) * self._rate
        if isinstance(self._leg, Braking):
            deceleration = max(deceleration, self._leg.deceleration)
        self._start, self._time_s = self._way, 0.0
        self._leg = Braking(pace, max(deceleration, pace / within_s, WEAKEST))

    def resume(self) -> None:
        """Go on from where it was braked, to its end."""
        self._run(self._way)


class SpeedDrive(Drive):
    """At a joint speed that may change; without a new one for too long it brakes by itself."""

    def __init__(self, speeds: Sequence[float] = (0.0,) * 6) -> None:
        """At joint speeds (6,) [rad/s], to be told or braked next."""
        self._speeds = np.array(speeds, float)
        self._wanted: Callable[[Joints], np.ndarray] = lambda _: self._speeds
        self._acceleration, self._left_s, self._is_braked = 1.0, math.inf, False

    def wish(
        self, speeds: Callable[[Joints], np.ndarray], acceleration: float, for_s: float = math.inf
    ) -> None:
        """Go at joint speeds (6,) [rad/s], which may depend on the joints."""
        self._wanted, self._left_s = speeds, for_s
        self._acceleration, self._is_braked = max(acceleration, WEAKEST), False

    def advance(self, joints: Joints, seconds: float, rate: float) -> Joints:
        """Nearer to the wanted speed, and on at it."""
        self._left_s -= seconds
        if self._left_s <= 0:
            self._is_braked = True
        wanted = np.zeros(6) if self._is_braked else self._wanted(joints) * rate
        change = wanted - self._speeds
        most = self._acceleration * seconds
        self._speeds += change * min(1.0, most / max(float(np.abs(change).max()), 1e-12))
        return tuple(float(x) for x in np.asarray(joints) + self._speeds * seconds)

    @property
    def is_done(self) -> bool:
        """Whether it was braked to rest."""
        return self._is_braked and not self._speeds.any()

    def brake(self, deceleration: float, within_s: float = math.inf) -> None:
        """Come to rest, all joints alike."""
        if self._is_braked:
            deceleration = max(deceleration, self._acceleration)
        self._is_braked = True
        fastest = float(np.abs(self._speeds).max())
        self._acceleration = max(deceleration, fastest / within_s, WEAKEST)


def straight_path(
    start: np.ndarray, end: np.ndarray, joints_at: Callable[[np.ndarray], Joints | None]
) -> tuple[Path, float]:
    """The straight line between two transforms (4, 4), turning evenly, and its length [m].

    Args:
        start, end: Of the pinch point, in Base.
        joints_at: Joint angles for a transform, None = out of reach.
    """
    shift = end[:3, 3] - start[:3, 3]
    turn = rotation_vector(end[:3, :3] @ start[:3, :3].T)

    def path(share: float) -> Joints:
        t = end.copy()
        if share < 1.0:
            t[:3, 3] = start[:3, 3] + share * shift
            t[:3, :3] = rotation_matrix(turn * share) @ start[:3, :3]
        joints = joints_at(t)
        if joints is None:
            raise NoWayError(f"no joint angles {100 * share:.0f} % along the way")
        return joints

    length = max(float(np.linalg.norm(shift)), METRES_PER_RAD * float(np.linalg.norm(turn)))
    return path, length


def joint_path(start: Sequence[float], end: Sequence[float]) -> tuple[Path, float]:
    """All joints evenly from (6,) to (6,) [rad], and how far the one goes that goes farthest."""
    a, b = np.asarray(start, float), np.asarray(end, float)

    def path(share: float) -> Joints:
        return tuple((b if share >= 1.0 else a + (b - a) * share).tolist())

    return path, float(np.abs(b - a).max())
