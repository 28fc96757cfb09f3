"""How far something has come that speeds up, goes on evenly, and slows down, at any time.

Lengths are in metres or radians, as the path's are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Trapezoid:
    """From rest to rest over a length, as fast as speed and acceleration allow.

    Attributes:
        length: Of the way; 0 = there is none.
        speed: Not exceeded; a short way stays below it.
        acceleration: At both ends.
    """

    length: float
    speed: float
    acceleration: float

    @property
    def peak(self) -> float:
        """The highest speed that is reached."""
        return min(self.speed, math.sqrt(self.length * self.acceleration))

    @property
    def duration(self) -> float:
        """From rest to rest [s]."""
        if not self.length:
            return 0.0
        return self.length / self.peak + self.peak / self.acceleration

    def way(self, time_s: float) -> float:
        """How far it has come, 0 to `length`."""
        left_s = self.duration - time_s
        if left_s <= 0:
            return self.length
        ramp_s = self.peak / self.acceleration
        if time_s < ramp_s:
            return self.acceleration * time_s**2 / 2
        if left_s < ramp_s:
            return self.length - self.acceleration * left_s**2 / 2
        return self.peak * (time_s - ramp_s / 2)

    def pace(self, time_s: float) -> float:
        """How fast it goes."""
        nearest_end_s = min(time_s, self.duration - time_s)
        return max(0.0, min(self.peak, self.acceleration * nearest_end_s))


@dataclass(frozen=True)
class Braking:
    """From a speed to rest.

    Attributes:
        speed: At the beginning.
        deceleration: From there on.
    """

    speed: float
    deceleration: float

    @property
    def duration(self) -> float:
        """Until rest [s]."""
        return self.speed / self.deceleration

    def way(self, time_s: float) -> float:
        """How far it has come since the brakes were put on."""
        time_s = min(time_s, self.duration)
        return self.speed * time_s - self.deceleration * time_s**2 / 2

    def pace(self, time_s: float) -> float:
        """How fast it still goes."""
        return max(0.0, self.speed - self.deceleration * time_s)
