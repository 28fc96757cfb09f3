"""The cameras of the simulated cell: where they are, and pictures from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cliprt.robots.pybullet.arm import HAND_LINK
from cliprt.robots.pybullet.client import PhysicsClient
from cliprt.robots.world import Vector

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
    "scene": Camera((1.06, 0.42, 0.60), (0.43, 0.0, 0.06), (0, 0, 1), 44.0),
    "wrist": Camera((0.075, 0.0, 0.045), (-0.012, 0.0, 0.170), (-1, 0, 0), 75.0, HAND_LINK),
}
"""Every camera of the cell, by the name it has in observations."""

_NEAR_M, _FAR_M = 0.02, 4.0
_LIGHT: Vector = (0.6, 0.5, 2.0)


def render(
    client: PhysicsClient,
    camera: Camera,
    frame: np.ndarray,
    width: int,
    height: int,
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
        renderer: ``"tiny"`` (software) or ``"egl"``.
        shadows: Whether things cast shadows; costs about as much as the picture itself.
    """
    eye, target = (frame @ (*point, 1.0) for point in (camera.eye, camera.target))
    view = client.computeViewMatrix(
        list(eye[:3]), list(target[:3]), list(frame[:3, :3] @ np.asarray(camera.up, dtype=float))
    )
    projection = client.computeProjectionMatrixFOV(
        camera.field_of_view_deg, width / height, _NEAR_M, _FAR_M
    )
    picture = client.getCameraImage(
        width,
        height,
        view,
        projection,
        lightDirection=_LIGHT,
        shadow=int(shadows),
        flags=client.ER_NO_SEGMENTATION_MASK,
        renderer=(
            client.ER_TINY_RENDERER if renderer == "tiny" else client.ER_BULLET_HARDWARE_OPENGL
        ),
    )[2]
    pixels = np.asarray(picture, dtype=np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(pixels[:, :, :3])
