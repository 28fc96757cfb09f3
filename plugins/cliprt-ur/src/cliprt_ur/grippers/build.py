"""Builds the gripper that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cliprt_ur import registered
from cliprt_ur.grippers.interface import Gripper, Outputs


def build_gripper(options: Mapping[str, Any], host: str, outputs: Outputs) -> Gripper:
    """A gripper, not yet connected.

    Args:
        options: ``{name: robotiq, ...}``: a registered name and that gripper's options.
        host: Of the arm's controller.
        outputs: The controller's digital outputs and inputs.

    Raises:
        UnknownNameError: No gripper has that name.
        UsageError: Options it does not have, or with values that are not allowed; all at once.
        PluginError: It cannot be imported.
    """
    gripper: Gripper = registered.build("gripper", "gripper", options, host, outputs)
    return gripper


def gripper_problems(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every mistake in a gripper's options: (dotted key in the configuration, sentence)."""
    return registered.problems("gripper", "gripper", options)
