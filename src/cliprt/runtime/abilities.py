"""What some backends can do beyond the contract; the gate asks for it, and says None elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from cliprt.errors import UsageError
from cliprt.robots.interface import RobotBackend
from cliprt.types import Motion


@runtime_checkable
class RendersPictures(Protocol):
    """A simulated backend that can look at its scene at any size."""

    def render(self, width: int, height: int, camera: str = "scene") -> np.ndarray:
        """A picture, uint8 (height, width, 3)."""


@runtime_checkable
class ProjectsPoints(Protocol):
    """A backend that knows where its cameras are."""

    def project(self, points_m: np.ndarray, camera: str) -> np.ndarray:
        """Where points (n, 3) [m] are in a square picture, (n, 2) in shares 0..1."""


@runtime_checkable
class CutsMotions(Protocol):
    """A simulated backend that can make a motion again that a halt cut short."""

    def halt_after(self, seconds: float) -> None:
        """Cut the next motion when it is `seconds` old."""


@runtime_checkable
class ConfinesMotions(Protocol):
    """A backend that lets itself be told, on its way, that it is where it must not be."""

    def confine(self, find_escape: Callable[[Sequence[float]], str | None] | None) -> None:
        """Have the pinch point's position (3,) [m] judged while it moves; words stop the robot."""


@runtime_checkable
class JudgesMotions(Protocol):
    """A backend that can say beforehand that it would refuse a motion."""

    def find_refusal(self, motion: Motion) -> str | None:
        """Why a motion from where it is would be refused; nothing moves."""


def find_refusal(backend: RobotBackend, motion: Motion) -> str | None:
    """Why a backend would refuse a motion; None where it would not, or cannot say."""
    return backend.find_refusal(motion) if isinstance(backend, JudgesMotions) else None


def render(backend: RobotBackend, width_px: int, height_px: int, camera: str) -> np.ndarray | None:
    """A picture, uint8 (height, width, 3); None where nobody renders."""
    if not isinstance(backend, RendersPictures):
        return None
    return backend.render(width_px, height_px, camera)


def project(backend: RobotBackend, points_m: np.ndarray, camera: str) -> np.ndarray | None:
    """Where points (n, 3) [m] are in a square picture, (n, 2); None where nobody knows."""
    if not isinstance(backend, ProjectsPoints):
        return None
    return backend.project(points_m, camera)


def confine(backend: RobotBackend, find_escape: Callable[[Sequence[float]], str | None]) -> None:
    """Have a backend that can stop where the pinch point (3,) [m] is pushed to an escape."""
    if isinstance(backend, ConfinesMotions):
        backend.confine(find_escape)


def cut_next_motion(backend: RobotBackend, seconds: float) -> None:
    """Have the next motion cut when it is `seconds` old.

    Raises:
        UsageError: Not a positive number, or the robot is no simulated one.
    """
    if not isinstance(backend, CutsMotions):
        raise UsageError(
            "halt_after() makes a halted motion again exactly, which only a simulated robot can"
            " do. Move this one by what it measured instead."
        )
    backend.halt_after(seconds)


def find_pretence(backend: RobotBackend) -> str | None:
    """Why a backend is not what it says; nobody is asked about the moves of a simulated one."""
    if not backend.simulates or backend.simulation is not None:
        return None
    return (
        f"{type(backend).__name__} says that it simulates, but has no simulation."
        " Set `simulates = False` in it, or give it a `simulation`."
    )
