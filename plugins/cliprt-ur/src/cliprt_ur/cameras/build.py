"""Builds the cameras that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cliprt_ur import registered
from cliprt_ur.cameras.interface import Camera


def build_camera(name_in_observations: str, options: Mapping[str, Any]) -> Camera:
    """A camera, not yet started.

    Args:
        name_in_observations: ``"scene"``, ``"wrist"`` ...; for errors only.
        options: ``{name: opencv, device: 0, ...}``: a registered name and that camera's options.

    Raises:
        UnknownNameError: No camera has that name.
        UsageError: Options it does not have, or with values that are not allowed; all at once.
        PluginError: It cannot be imported.
    """
    where = f"cameras.{name_in_observations}"
    camera: Camera = registered.build("camera", where, options, name_in_observations)
    return camera


def camera_problems(name_in_observations: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every mistake in a camera's options: (dotted key in the configuration, sentence)."""
    return registered.problems("camera", f"cameras.{name_in_observations}", options)
