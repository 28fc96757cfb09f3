"""The cameras of the simulated cell: where they are, and pictures from them."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from cliprt.robots.pybullet.arm import HAND_LINK
from cliprt.robots.pybullet.client import PhysicsClient, silenced
from cliprt.robots.world import Colour, Light, Vector

Renderer = Literal["tiny", "egl"]
RENDERERS: tuple[Renderer, ...] = ("tiny", "egl")


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        eye: Where it is [m].
        target: What it looks at [m].
        up: Direction that is up in the picture.
        field_of_view_deg: Vertical opening angle.
        link: Robot link that carries it ("" = fixed); eye, target and up are in that frame.
    """

    eye: Vector
    target: Vector
    up: Vector
    field_of_view_deg: float
    link: str = ""


CAMERAS = {
    "scene": Camera((1.15, 0.52, 0.70), (0.43, -0.08, 0.10), (0, 0, 1), 45.0),
    "wrist": Camera((0.088, 0.0, 0.05), (0.008, 0.0, 0.185), (-1, 0, 0), 75.0, HAND_LINK),
    "overview": Camera((1.55, 1.00, 0.85), (0.24, -0.02, 0.22), (0, 0, 1), 38.0),
}
"""Every camera of the cell, by the name it has in observations."""

_NEAR_M, _FAR_M = 0.02, 4.0
_DIFFUSE_OF_REST = 0.875
"""Share of what is not ambient light that surfaces scatter; the rest makes them shine."""
_BACKDROP_TOP: Colour = (0.82, 0.86, 0.90)
_BACKDROP_BOTTOM: Colour = (0.95, 0.96, 0.97)


def render(
    client: PhysicsClient,
    camera: Camera,
    frame: np.ndarray,
    width: int,
    height: int,
    light: Light,
    renderer: Renderer = "tiny",
    shadows: bool = False,
) -> np.ndarray:
    """A picture, uint8 (height, width, 3), RGB.

    Args:
        client: The server whose world is seen.
        camera: Which camera.
        frame: Transform (4, 4) of the link that carries it; identity for a fixed one.
        width: [pixel].
        height: [pixel].
        light: What the scene is lit by.
        renderer: ``"tiny"`` (software) or ``"egl"``.
        shadows: Whether things cast shadows; costs about as much as the picture itself.
    """
    eye, target, up = place(camera, frame)
    view = client.computeViewMatrix(eye.tolist(), target.tolist(), up.tolist())
    projection = client.computeProjectionMatrixFOV(
        camera.field_of_view_deg, width / height, _NEAR_M, _FAR_M
    )
    software = renderer == "tiny"
    # OpenGL drivers introduce themselves on standard output.
    with nullcontext() if software else silenced():
        _, _, picture, depth, _ = client.getCameraImage(
            width,
            height,
            view,
            projection,
            lightDirection=light.position,
            lightColor=(light.brightness,) * 3,
            lightAmbientCoeff=light.ambient,
            lightDiffuseCoeff=(1 - light.ambient) * _DIFFUSE_OF_REST,
            lightSpecularCoeff=(1 - light.ambient) * (1 - _DIFFUSE_OF_REST),
            shadow=int(shadows),
            flags=client.ER_NO_SEGMENTATION_MASK,
            renderer=client.ER_TINY_RENDERER if software else client.ER_BULLET_HARDWARE_OPENGL,
        )
    pixels = np.asarray(picture, dtype=np.uint8).reshape(height, width, 4)
    nothing = np.asarray(depth).reshape(height, width, 1) >= 1.0
    return np.ascontiguousarray(np.where(nothing, _backdrop(width, height), pixels[:, :, :3]))


def project(
    camera: Camera, frame: np.ndarray, points_m: np.ndarray, aspect: float = 1.0
) -> np.ndarray:
    """Where points are in a picture, (n, 2): x to the right, y down, in shares 0..1 of it.

    With the camera's axes ``f`` (forward), ``s`` (right) and ``u`` (up), the eye ``e`` and the
    vertical opening angle ``a``, a point ``p`` is seen at::

        x = 1/2 + s.(p - e) / (2 aspect tan(a/2) f.(p - e))
        y = 1/2 - u.(p - e) / (2 tan(a/2) f.(p - e))

    Args:
        camera: Which camera.
        frame: Transform (4, 4) of the link that carries it; identity for a fixed one.
        points_m: Base frame (n, 3) [m].
        aspect: Width of the picture by its height.

    Returns:
        Points beside the picture are beyond 0..1; rows of nan where a point is behind the camera.
    """
    eye, target, up = place(camera, frame)
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    axes = np.array([right, np.cross(right, forward), forward])
    x, y, depth = axes @ (np.asarray(points_m, dtype=float).reshape(-1, 3) - eye).T
    # Written so that what is behind divides by nan, not by something near 0.
    half = math.tan(math.radians(camera.field_of_view_deg) / 2)
    reach = 2 * half * np.where(depth > _NEAR_M, depth, np.nan)
    return np.stack([0.5 + x / (aspect * reach), 0.5 - y / reach], axis=1)


def place(camera: Camera, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A camera's eye, target and up (3,) in the base frame [m]."""
    eye, target = (frame @ (*point, 1.0) for point in (camera.eye, camera.target))
    return eye[:3], target[:3], frame[:3, :3] @ np.asarray(camera.up, dtype=float)


@cache
def _backdrop(width: int, height: int) -> np.ndarray:
    """What is behind everything, (height, width, 3): painted here, since walls cost time."""
    share = np.linspace(0, 1, height)[:, None]
    column = (1 - share) * np.array(_BACKDROP_TOP) + share * np.array(_BACKDROP_BOTTOM)
    return np.tile(np.rint(255 * column).astype(np.uint8)[:, None], (1, width, 1))
