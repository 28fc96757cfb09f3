"""Sets of tasks under one name: those of the paper, and whatever else is registered."""

from __future__ import annotations

from typing import Any

from cliprt.errors import CliprtError, PluginError
from cliprt.recipe.schema import Component
from cliprt.registry import load
from cliprt.tasks.chores import HELD_OUT, TAUGHT, Chore


def _named(names: str) -> tuple[Component, ...]:
    return tuple(map(Component, names.split()))


COMMON = _named("point pull place pick push flip knock_over slide move")
"""The paper's common tasks."""

NOVEL = _named(
    "close_laptop draw_line erase_whiteboard hide_pooh open_cabinet open_trash_can play_with_car"
    " pour_dog_food stamp"
)
"""The paper's novel tasks."""


def _asked(chores: tuple[Chore, ...]) -> tuple[Component, ...]:
    return tuple(Component("household", {"instruction": c.instruction}, c.key) for c in chores)


HOUSEHOLD = _asked(TAUGHT)
"""All that is taught in a household; any of it can be asked in any of its scenes."""

HOUSEHOLD_HELD_OUT = _asked(HELD_OUT)
"""What can be asked there and is never taught, though each of its words is."""

_ALLOWED = "Allowed: a tuple of Components, or a function that gives one."


def load_suite(name: str) -> tuple[Component, ...]:
    """The tasks of a registered suite, in its order.

    Raises:
        UnknownNameError: Nobody registers it.
        PluginError: It cannot be loaded, or has something else in it than tasks.
    """
    registered = load("suite", name)
    try:
        tasks = tuple(registered() if callable(registered) else registered)
    except Exception as error:
        raise PluginError(
            f"the suite {name!r} cannot be listed: {type(error).__name__}: {error}. {_ALLOWED}"
        ) from error
    strange = [task for task in tasks if not isinstance(task, Component)]
    if strange or not tasks:
        found = f"{strange[0]!r:.60}" if strange else "nothing"
        raise PluginError(f"the suite {name!r} has {found} in it. {_ALLOWED}")
    return tasks


def is_suite(entry: Any) -> bool:
    """Whether an entry of ``tasks`` stands for a suite: ``{suite: novel}``."""
    return isinstance(entry, dict) and isinstance(entry.get("suite"), str) and "name" not in entry


def spell_out(entry: Any) -> list[Any]:
    """The plain entries of ``tasks`` that one stands for; as it is where it is wrong.

    What is beside ``suite`` are options of each: ``{suite: novel, difficulty: hard}``.
    """
    if isinstance(entry, str):
        return [{"name": entry}]
    if not is_suite(entry) or "as" in entry:
        return [entry]
    try:
        tasks = load_suite(entry["suite"])
    except CliprtError:  # said where the recipe is checked
        return [entry]
    others = {key: value for key, value in entry.items() if key != "suite"}
    return [{**task.to_entry(), **others} for task in tasks]
