"""What is known of an episode as a whole, in lines that people can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_ORDER = ("id", "task", "instruction", "success", "end", "reason", "steps", "source", "kind")
"""What is told first; the rest follows as it is kept."""


def tell_facts(facts: Mapping[str, Any]) -> list[str]:
    """A line for each fact that says something; ``--format json`` has all that is kept.

    >>> tell_facts({"success": True, "meta": {"end": "done", "robot": {"name": "ur"}}})
    ['success  yes', 'end      done', 'robot    ur']
    """
    every = {**facts, **facts.get("meta", {})}
    layout = every.get("layout")
    every["things"] = layout.get("bodies") if isinstance(layout, Mapping) else None
    first = [key for key in _ORDER if key in every]
    rest = [key for key in every if key not in (*_ORDER, "meta", "layout")]
    told = {key: in_words(every[key]) for key in (*first, *rest)}
    told["success"] = told["success"] or "nobody could say"
    width = max(map(len, told)) + 2
    return [f"{key.replace('_', ' '):<{width}}{text}" for key, text in told.items() if text]


def in_words(value: Any) -> str:
    """A recorded value in short: of what is nested its name, its keys or how much it is; "" = none.

    >>> in_words(True), in_words(None), in_words(["cup", "mat"]), in_words([{"said": "up"}])
    ('yes', '', 'cup, mat', '1 entry')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return str(value.get("name") or ", ".join(map(str, value)))
    if isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(one, Mapping | list) for one in value):
            return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
