"""Stand-ins until history and preview are there; to be removed."""

from __future__ import annotations

import inspect
from typing import Any

from cliprt.runtime import loop


def draw_target(*args: Any) -> dict[str, Any]:
    """No lines."""
    return {}


class History:
    """Remembers nothing."""

    def __init__(self, robot: Any, journal: Any = None) -> None:
        self.journal = journal

    def undo(self) -> None:
        """Nothing."""
        return

    def redo_step(self) -> None:
        """Nothing."""
        return

    def replay(self, steps: Any) -> None:
        """Nothing."""


def run_episode(*args: Any, **options: Any) -> Any:
    """Without what the loop does not know yet."""
    known = inspect.signature(loop.run_episode).parameters
    return loop.run_episode(*args, **{k: v for k, v in options.items() if k in known})
