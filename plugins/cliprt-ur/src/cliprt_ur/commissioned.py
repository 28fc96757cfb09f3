"""Which configuration an arm is driven by: its own, and only once a person has checked it."""

from __future__ import annotations

from pathlib import Path

from cliprt.errors import RobotError
from cliprt_ur.config import UrConfig
from cliprt_ur.config_file import default_path, load_config


def load_commissioned(host: str, file: str = "") -> UrConfig:
    """The configuration of the arm at `host`.

    Args:
        host: Name or address of the controller.
        file: Where it is; "" = where ``cliprt ur check`` writes by itself.

    Raises:
        RobotError: There is none, it was never commissioned, or it is another arm's.
        RecipeError: It has mistakes (each with its line).
    """
    path = Path(file).expanduser() if file else default_path(host)
    action = f"Run: cliprt ur check {host}"
    if not path.exists():
        raise RobotError(f"{path} is not there: this arm was not commissioned yet. {action}")
    config = load_config(path)
    if config.host != host:
        raise RobotError(
            f"{path} is of the arm at {config.host}, not of {host}. Name its own file in"
            f" robot.config, or make one. {action}"
        )
    if not config.arm.checked:
        raise RobotError(f"{path}: this arm was never commissioned, so it is not moved. {action}")
    return config
