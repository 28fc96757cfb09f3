"""What the configured cameras see, as the square pictures of an observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from cliprt.errors import UnknownNameError, did_you_mean
from cliprt_ur.cameras.build import build_camera
from cliprt_ur.cameras.interface import Camera


class CameraViews:
    """Some of an arm's cameras, started and stopped together.

    Args:
        configured: Name -> options, as in the configuration.
        chosen: Names of those to look through; none = all.

    Raises:
        UnknownNameError: A chosen one is not configured.
    """

    def __init__(
        self, configured: Mapping[str, Mapping[str, Any]], chosen: Sequence[str] = ()
    ) -> None:
        self.names = tuple(chosen) or tuple(configured)
        for name in self.names:
            if name not in configured:
                raise UnknownNameError(
                    f"no camera {name!r} is configured for this arm."
                    f"{did_you_mean(name, configured)}"
                    f" Configured: {', '.join(configured) or 'none'}."
                )
        self._options = {name: dict(configured[name]) for name in self.names}
        self._cameras: dict[str, Camera] = {}

    def start(self) -> None:
        """Open all of them.

        Raises:
            RobotError: One is not there, gives no pictures, or sees something else.
            MissingExtraError: The library of one is not installed.
        """
        for name, options in self._options.items():
            self._cameras[name] = build_camera(name, options)
            self._cameras[name].start()

    def pictures(self, edge_px: int) -> dict[str, np.ndarray]:
        """The newest picture of each, uint8 (edge, edge, 3).

        Raises:
            RobotError: The pictures of one have stopped coming.
        """
        return {
            name: to_square(camera.picture(), edge_px) for name, camera in self._cameras.items()
        }

    def stop(self) -> None:
        """Let go of them; safe to call twice."""
        for camera in self._cameras.values():
            camera.stop()
        self._cameras.clear()


def to_square(picture: np.ndarray, edge_px: int) -> np.ndarray:
    """The middle of a picture (h, w, 3), as a square of another size, uint8 (edge, edge, 3)."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    if side != edge_px:
        image = Image.fromarray(np.ascontiguousarray(square))
        square = np.asarray(image.resize((edge_px, edge_px), Image.Resampling.BILINEAR))
    return np.array(square, dtype=np.uint8, order="C")
