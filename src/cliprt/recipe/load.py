"""A recipe's file and overrides -> a checked :class:`Recipe`, and back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cliprt.data.disk import replace_file
from cliprt.errors import RecipeError
from cliprt.recipe.check import check_tree
from cliprt.recipe.find import find_recipe
from cliprt.recipe.locate import key_text
from cliprt.recipe.merge import LayeredRecipe
from cliprt.recipe.reaches import reaches
from cliprt.recipe.schema import Component, Recipe

_DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")
"""A key below a section, as problems begin with it."""


def load_recipe(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read, merge, resolve and check a recipe.

    Args:
        name_or_path: See :func:`cliprt.recipe.find.find_recipe`.
        overrides: ``key.path=value`` each, the value in YAML; they win over the file.

    Raises:
        RecipeError: It cannot be used; every mistake is one line, with file, line and key.
    """
    return _load(find_recipe(name_or_path), overrides)[0]


def read_recipe(
    name_or_path: str | Path, overrides: Iterable[str] = (), counts_typed: bool = False
) -> tuple[Recipe, tuple[str, ...]]:
    """The same, and what it would do outside, one line each.

    Args:
        name_or_path, overrides: As :func:`load_recipe` takes them.
        counts_typed: Whether to tell what the overrides do, too; who types them gives their word.

    Raises:
        RecipeError: As :func:`load_recipe`.
    """
    path = find_recipe(name_or_path)
    recipe, layers = _load(path, overrides)
    found = reaches(recipe, (Path.cwd(), path.parent))
    counted = [one for one in found if counts_typed or not layers.is_typed(one[0])]
    return recipe, tuple(f"{key_text(key)}: {text}" for key, text in counted)


def with_places(
    error: RecipeError, name_or_path: str | Path, overrides: Iterable[str] = ()
) -> RecipeError:
    """The same error of a recipe's parts: where a problem begins with a key, what set it in front.

    Args:
        error: Raised after the recipe was loaded.
        name_or_path, overrides: As :func:`load_recipe` was given them.
    """
    layers = _load(find_recipe(name_or_path), overrides)[1]
    sections = {field.name for field in dataclasses.fields(Recipe)}
    for problem in error.problems:
        key, colon, text = problem.partition(": ")
        if colon and _DOTTED.fullmatch(key) and key.partition(".")[0] in sections:
            layers.report(tuple(key.split(".")), text)
        else:
            layers.problems.append(problem)
    return RecipeError(layers.problems)


def _load(path: Path, overrides: Iterable[str]) -> tuple[Recipe, LayeredRecipe]:
    layers = LayeredRecipe()
    layers.add_file(path)
    layers.add_overrides(overrides)
    fields = check_tree(layers.resolve(), layers.report)
    if layers.problems:
        raise RecipeError(dict.fromkeys(layers.problems))
    return Recipe(**fields), layers


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Plain values (JSON, YAML) of everything in a recipe, defaults included."""
    return {f.name: _plain(getattr(recipe, f.name)) for f in dataclasses.fields(recipe)}


def to_yaml(recipe: Recipe) -> str:
    """The text of a recipe file that says all of `recipe`, defaults included."""
    text: str = yaml.safe_dump(to_dict(recipe), sort_keys=False, allow_unicode=True)
    return text


def save_recipe(recipe: Recipe, path: str | Path) -> None:
    """Write a recipe, whole or not at all; :func:`load_recipe` gives an equal one back."""
    replace_file(Path(path), to_yaml(recipe).encode(), durable=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return _plain(value.to_entry())
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
