"""The contract of a robot's pictures, as code."""

from __future__ import annotations

import warnings

import numpy as np

from cliprt.robots.interface import RobotBackend
from cliprt.types import Motion, Observation


def check_images(observation: Observation, cameras: tuple[str, ...]) -> None:
    """One picture of every camera, uint8 (h, w, 3)."""
    assert set(observation.images) == set(cameras), (
        f"images of {sorted(observation.images)}, but the cameras are {sorted(cameras)}"
    )
    for name, image in observation.images.items():
        assert isinstance(image, np.ndarray), f"camera {name!r}: the image is no numpy array"
        assert image.dtype == np.uint8, f"camera {name!r}: {image.dtype}, but images are uint8"
        assert image.ndim == 3, f"camera {name!r}: shape {image.shape}, but images are (h, w, 3)"
        assert image.shape[2] == 3, f"camera {name!r}: shape {image.shape}, not (h, w, 3)"
        assert image.flags["C_CONTIGUOUS"], f"camera {name!r}: the image is not contiguous"


def check_pictures(robot: RobotBackend, there: Motion, back: Motion) -> None:
    """An image that was handed out stays as it is; one that never changes is warned of."""
    first = robot.observe().images
    kept = {name: image.copy() for name, image in first.items()}
    robot.execute(there, "closed")
    later = robot.observe().images
    robot.execute(back, "open")
    for name, image in first.items():
        assert np.array_equal(image, kept[name]), (
            f"camera {name!r}: an image that was handed out changed later; give a new array with"
            " every observation"
        )
        if np.array_equal(later[name], image):
            warnings.warn(
                f"camera {name!r} gave the very same picture before and after a motion: is it"
                " frozen?",
                stacklevel=3,
            )
