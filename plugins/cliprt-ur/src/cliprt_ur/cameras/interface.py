"""The contract of a camera: start, the newest picture, stop."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Camera(ABC):
    """One camera; pictures are taken in a thread or process of its own, never while asked."""

    @abstractmethod
    def start(self) -> None:
        """Open it, and check intrinsics and view against what was commissioned.

        Raises:
            RobotError: It is not there, gives no pictures in time, or sees something else.
            MissingExtraError: Its library is not installed.
        """

    @abstractmethod
    def picture(self) -> np.ndarray:
        """The newest picture, uint8 (h, w, 3), RGB, at most half a second old.

        Raises:
            RobotError: The pictures have stopped coming.
        """

    @abstractmethod
    def stop(self) -> None:
        """Let go of it; safe to call twice."""
