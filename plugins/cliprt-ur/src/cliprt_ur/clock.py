"""The robot's clock: the controller's seconds since it was first reached, never backwards."""

from __future__ import annotations


class RobotClock:
    """Counts on where it was when the controller was restarted and its own time begins anew."""

    def __init__(self) -> None:
        self._zero_s: float | None = None
        self._newest_s = 0.0

    def start(self, controller_s: float) -> None:
        """The controller was reached, for the first time or again."""
        if self._zero_s is None or controller_s - self._zero_s < self._newest_s:
            self._zero_s = controller_s - self._newest_s

    def read(self, controller_s: float) -> float:
        """A time of the controller as a time since it was first reached [s]."""
        time_s = max(0.0, controller_s - (self._zero_s or 0.0))
        self._newest_s = max(self._newest_s, time_s)
        return time_s
