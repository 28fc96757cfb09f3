"""Registers tasks, also those of other packages, with Gymnasium; none of them is imported."""

from __future__ import annotations

import re

from cliprt.errors import MissingExtraError
from cliprt.recipe.schema import Component
from cliprt.recipe.suites import HOUSEHOLD, HOUSEHOLD_HELD_OUT
from cliprt.registry import names

try:
    import gymnasium
except ImportError as error:
    raise MissingExtraError(
        "the environments need Gymnasium, which is not installed."
        " Install it with: pip install 'cliprt[gym,sim]'"
    ) from error

NAMESPACE, VERSION = "cliprt", 0


def environment_id(task: str) -> str:
    """The Gymnasium id of a task: ``"close_laptop"`` -> ``"cliprt/CloseLaptop-v0"``."""
    words = re.split(r"[^0-9A-Za-z]+", task)
    return f"{NAMESPACE}/{''.join(word[:1].upper() + word[1:] for word in words)}-v{VERSION}"


def register_environments() -> tuple[str, ...]:
    """Make every task known to Gymnasium, each once; returns all their ids.

    What can be asked in a household has an id each: ``"cliprt/PickUpTheRedCube-v0"``.
    """
    tasks = (*map(Component, names("task")), *HOUSEHOLD, *HOUSEHOLD_HELD_OUT)
    ids = {environment_id(task.key): task for task in tasks}
    for name, task in ids.items():
        if name not in gymnasium.registry:
            options = {"task_options": dict(task.options)} if task.options else {}
            gymnasium.register(
                name,
                entry_point="cliprt.environments.environment:TaskEnvironment",
                kwargs={"task": task.name, **options},
            )
    return tuple(ids)
