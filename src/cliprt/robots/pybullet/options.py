"""Options of the simulated robot as they come from a recipe: checked, with what is allowed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from cliprt.errors import UnknownNameError, UsageError, did_you_mean
from cliprt.robots.pybullet.cameras import CAMERAS

DEFAULT_IMAGE_SIZE = 128
"""Edge of a square picture where none is given [pixel]."""


def parse_cameras(cameras: object) -> tuple[str, ...]:
    """Names of cameras, in the given order.

    Raises:
        UsageError: It is no list.
        UnknownNameError: There is no such camera.
    """
    if isinstance(cameras, str) or not isinstance(cameras, Collection):
        raise UsageError(
            f"cameras is {cameras!r}. Give a list of names, e.g. [scene, wrist]; there are:"
            f" {', '.join(CAMERAS)}."
        )
    for name in cameras:
        check_known("camera", name, CAMERAS)
    return tuple(cameras)


def parse_image_sizes(cameras: tuple[str, ...], image_size: object) -> dict[str, int]:
    """Edge of each camera's square picture [pixel], from one number or one by camera.

    Raises:
        UnknownNameError: A size for a camera that was not chosen.
        UsageError: A size that is not a whole number above 0.
    """
    if isinstance(image_size, Mapping):
        for name in image_size:
            check_known("chosen camera", name, cameras)
        sizes = {name: image_size.get(name, DEFAULT_IMAGE_SIZE) for name in cameras}
    else:
        sizes = dict.fromkeys(cameras, image_size)
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
            raise UsageError(
                f"image_size of the camera {name!r} is {size!r}. Give a whole number of pixels"
                f" above 0, e.g. {DEFAULT_IMAGE_SIZE}."
            )
    return sizes


def check_positive(option: str, value: object, limit: float = math.inf) -> None:
    """Raise unless `value` is a finite number above 0 and at most `limit`.

    Raises:
        UsageError: It is not.
    """
    if not isinstance(value, (int, float)) or not (math.isfinite(value) and value > 0):
        raise UsageError(f"{option} is {value!r}. Give a positive number.")
    if value > limit:
        raise UsageError(f"{option} is {value!r}. Give at most {limit:.4g}.")


def check_known(kind: str, name: object, known: Collection[str]) -> None:
    """Raise unless `name` is one of the known.

    Raises:
        UnknownNameError: It is not; the text names the nearest.
    """
    if name not in known:
        raise UnknownNameError(
            f"no {kind} is called {name!r}.{did_you_mean(str(name), known)}"
            f" Allowed: {', '.join(known) or 'none'}."
        )
