"""A policy's recipe as others see it.

It goes without what concerns this machine alone: hosts, paths, names of secrets, and who taught,
heard and helped how.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from cliprt.recipe.schema import Component

KEPT = ("name", "tasks", "seed", "vocabulary", "encoder", "policy", "augmenters", "trainer", "data")
"""Sections of a recipe that say what a policy is; of the robot, what its cameras are."""

CAMERAS = ("cameras", "image_size")
TAUGHT = ("episodes", "first_seed")

# A place on this machine, an address, or the name of a secret.
_PRIVATE = re.compile(
    r"(?s)([/~\\]|[A-Za-z]:[\\/]).*|.*(://|\.\.[/\\]).*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+"
)


def for_others(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint's recipe without what concerns this machine alone.

    >>> for_others({"robot": {"name": "ur", "options": {"host": "10.0.0.7"}}})["robot"]
    {'name': 'ur', 'options': {}, 'label': ''}
    """
    kept = {key: _without_private(recipe[key]) for key in KEPT if key in recipe}
    if "robot" in recipe:
        robot = recipe["robot"]
        options = _without_private(robot.get("options", {}))
        shown = {key: options[key] for key in CAMERAS if key in options}
        kept["robot"] = {"name": robot["name"], "options": shown, "label": ""}
    data, start = recipe.get("data", {}), recipe.get("trainer", {}).get("start_from")
    kept["data"] = {key: data[key] for key in TAUGHT if key in data}
    kept["data"]["sources"] = [_named(source) for source in data.get("sources", ())]
    if start:
        kept["trainer"]["start_from"] = _last_part(start)
    return kept


def to_recipe(recipe: Mapping[str, Any]) -> str:
    """The recipe file with which others run a policy; what it was trained on is not theirs.

    Of a policy that was only judged, it says nothing of a training.
    """
    plain = {key: _to_entry(value) for key, value in recipe.items()}
    plain["data"] = {key: n for key, n in recipe["data"].items() if key in TAUGHT and n}
    trainer = recipe.get("trainer", {}).items()
    plain["trainer"] = {
        key: value
        for key, value in trainer
        if key != "start_from" and not (key == "max_steps" and value == 0)
    }
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return text


def _to_entry(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"name", "options", "label"}:
        return Component(**value).to_entry()
    if isinstance(value, list | tuple):
        return [_to_entry(one) for one in value]
    return value


def _named(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source of rows by its kind, and the last part of where it lay."""
    options = dict(source.get("options", {}))
    path = _last_part(options.get("path", ""))
    kept = {key: options[key] for key in ("set", "rule", "weight") if key in options}
    return {"name": source["name"], "options": {**kept, **({"path": path} if path else {})}}


def _last_part(path: Any) -> str:
    return PurePosixPath(str(path).replace("\\", "/")).name


def _without_private(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_private(v) for k, v in value.items() if not _is_private(v)}
    if isinstance(value, list | tuple):
        return [_without_private(one) for one in value if not _is_private(one)]
    return value


def _is_private(value: Any) -> bool:
    return isinstance(value, str) and bool(_PRIVATE.fullmatch(value))
