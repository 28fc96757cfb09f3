"""The contract of every plugin kind as code, for plugin authors and for our own tests.

``from cliprt.testing import check_task`` and run it on an instance: it raises AssertionError with a
readable text where the contract is broken.  No test framework is needed.
"""

from importlib import import_module
from typing import Any

KINDS = (
    "augmenter",
    "encoder",
    "engine",
    "format",
    "interpreter",
    "matcher",
    "policy",
    "robot",
    "source",
    "task",
    "teleoperator",
    "transcriber",
    "vocabulary",
)
"""Each has a ``check_<kind>``."""

LISTED = ("thing",)
"""So has what is registered and is no class."""

__all__ = [f"check_{kind}" for kind in (*KINDS, *LISTED)]


def __getattr__(name: str) -> Any:
    # A check is imported when it is asked for: those of encoders and policies load torch.
    kind = name.removeprefix("check_")
    if name in __all__:
        return getattr(import_module(f"cliprt.testing.{kind}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
