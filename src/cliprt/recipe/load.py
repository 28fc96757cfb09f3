"""A recipe's file and overrides -> a checked :class:`Recipe`; all mistakes are reported at once."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cliprt.errors import RecipeError
from cliprt.recipe.check import BROKEN, PLURAL, check_tree
from cliprt.recipe.find import find_recipe, shown_path
from cliprt.recipe.locate import Key, key_text, parse_yaml
from cliprt.recipe.schema import Component, Recipe

COMMAND_LINE = "command line"

_COMPONENTS = tuple(f.name for f in dataclasses.fields(Recipe) if isinstance(f.default, Component))
_RESOLVER = re.compile(r"\$\{\s*[\w.]+\s*:")


def load_recipe(name_or_path: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read, merge, resolve and check a recipe.

    Args:
        name_or_path: See :func:`cliprt.recipe.find.find_recipe`.
        overrides: ``key.path=value`` each, the value in YAML; they win over the file.

    Raises:
        RecipeError: It cannot be used; every mistake is one line, with file, line and key.
    """
    merging = _Merging()
    merging.add_file(find_recipe(name_or_path))
    merging.add_overrides(overrides)
    tree = merging.resolve()
    fields = check_tree(tree, merging.report)
    if merging.problems:
        raise RecipeError(dict.fromkeys(merging.problems))
    return Recipe(**fields)


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Plain values (JSON, YAML) of everything in a recipe, defaults included."""

    def plain(value: Any) -> Any:
        if isinstance(value, Component):
            return {"name": value.name, **plain(dict(value.options))}
        if dataclasses.is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    result: dict[str, Any] = plain(recipe)
    return result


def to_yaml(recipe: Recipe) -> str:
    """The text of a recipe file that says all of `recipe`, defaults included."""
    return yaml.safe_dump(to_dict(recipe), sort_keys=False, allow_unicode=True)


def save_recipe(recipe: Recipe, path: str | Path) -> None:
    """Write a recipe so that :func:`load_recipe` gives an equal one back."""
    Path(path).write_text(to_yaml(recipe), encoding="utf-8")


class _Merging:
    """Layers of one recipe, base first, and where each value came from."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {
            f.name: {"name": f.default.name}
            for f in dataclasses.fields(Recipe)
            if isinstance(f.default, Component)
        }
        self.places: dict[Key, str] = {}
        self.problems: list[str] = []
        self.label = ""

    def report(self, key: Key, text: str) -> None:
        """Note a mistake at the place that set `key`, or the nearest key above it."""
        place = next(
            (self.places[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.places),
            f"{self.label}:1",
        )
        self.problems.append(f"{place}: {key_text(key)}: {text}")

    def add_file(self, path: Path, extending: tuple[Path, ...] = ()) -> None:
        """Merge a file, after the one that it extends."""
        label = shown_path(path)
        self.label = self.label or label
        text = _read_text(path, label)
        located = parse_yaml(text)
        places = {key: f"{label}:{line}" for key, line in located.lines.items()}
        for line, key, problem in located.problems:
            where = f" {key_text(key)}:" if key else ""
            self.problems.append(f"{label}:{line}:{where} {problem}.")
        tree = located.tree
        if tree is None and located.problems:
            raise RecipeError(self.problems)
        if not isinstance(tree, dict):
            found = "empty" if tree is None else "no mapping of keys to values"
            raise RecipeError(
                [*self.problems, f"{label}:1: the file is {found}. Allowed: lines 'key: value'."]
            )
        base = tree.pop("extends", None)
        if base is not None:
            self._extend(base, path, (*extending, path.resolve()), places[("extends",)])
            self.tree.pop("name", None)  # a run folder of its own
        tree.setdefault("name", path.stem)
        self._merge(tree, places)

    def _extend(self, base: Any, path: Path, chain: tuple[Path, ...], place: str) -> None:
        if not isinstance(base, str):
            raise RecipeError([f"{place}: extends: got {base!r}. Allowed: one recipe's name."])
        try:
            found = find_recipe(base, beside=path.parent)
        except RecipeError as error:
            raise RecipeError([f"{place}: extends: {problem}" for problem in error.problems]) from (
                error
            )
        if found.resolve() in chain:
            start = chain.index(found.resolve())
            circle = " -> ".join(p.name for p in (*chain[start:], found))
            raise RecipeError([f"{place}: extends: goes in a circle: {circle}. Break it."])
        self.add_file(found, chain)

    def add_overrides(self, overrides: Iterable[str]) -> None:
        """Merge the command line's ``key.path=value`` items as one more layer."""
        layer: dict[str, Any] = {}
        places: dict[Key, str] = {}
        for item in overrides:
            dotted, equals, text = item.partition("=")
            parts = dotted.strip().split(".")
            if not equals or not all(parts):
                self._report_override(item, "not an override. Allowed: key.path=value.")
                continue
            if parts == ["extends"]:
                self._report_override("extends", "only a recipe's file can extend another.")
                continue
            located = parse_yaml(text)
            if located.problems:
                self._report_override(dotted, f"{located.problems[0][2]}.")
                continue
            self._place_override(layer, places, parts, located.tree)
        self._merge(layer, places)

    def _report_override(self, what: str, text: str) -> None:
        self.problems.append(f"{COMMAND_LINE}: {what}: {text}")

    def _place_override(
        self, layer: dict[str, Any], places: dict[Key, str], parts: list[str], value: Any
    ) -> None:
        node: Any = layer
        key: Key = ()
        for depth, part in enumerate(parts):
            step: str | int = part
            if isinstance(node, list):
                index = _index_of(part, node)
                if index is None:
                    known = ", ".join(str(item["name"]) for item in node) or "none"
                    text = f"no such entry of {key_text(key)}. Allowed: a number, or {known}."
                    self._report_override(".".join(parts), text)
                    return
                step = index
            elif depth == 0 and part in PLURAL and len(parts) > 1 and part not in layer:
                current = self.tree.get(part)
                layer[part] = copy.deepcopy(current) if isinstance(current, list) else []
                places.update({k: v for k, v in self.places.items() if k[:1] == (part,)})
            key = (*key, step)
            if key not in self.places:
                places[key] = COMMAND_LINE
            if depth == len(parts) - 1:
                node[step] = value
                places[key] = COMMAND_LINE
                return
            if isinstance(node, dict):
                node.setdefault(step, {})
            if depth == 0 and part in _COMPONENTS and isinstance(node[step], str):
                node[step] = {"name": node[step]}
            node = node[step]
            if not isinstance(node, dict | list):
                self._report_override(".".join(parts), f"{key_text(key)} has nothing below it.")
                return

    def _merge(self, layer: dict[str, Any], places: Mapping[Key, str]) -> None:
        for name, value in layer.items():
            if name in PLURAL and isinstance(value, list):
                layer[name] = [_spelled_out(item) for item in value]
            if name in _COMPONENTS:
                layer[name] = value = _spelled_out(value)
                # Options belong to one plugin: another name starts without the base's.
                same = isinstance(value, dict) and value.get("name", ...) in (..., self._name(name))
                self.tree[name] = self.tree[name] if same else {}
            if not isinstance(value, dict) or not self.tree.get(name):
                self.places = {k: v for k, v in self.places.items() if k[:1] != (name,)}
        self.places.update(places)
        merged = OmegaConf.merge(OmegaConf.create(self.tree), OmegaConf.create(layer))
        self.tree = OmegaConf.to_container(merged, resolve=False)  # type: ignore[assignment]

    def _name(self, section: str) -> Any:
        chosen = self.tree[section]
        return chosen.get("name") if isinstance(chosen, dict) else chosen

    def resolve(self) -> dict[str, Any]:
        """The merged values with every ``${key}`` filled in."""
        config = OmegaConf.create(self.tree)

        def filled(value: Any, key: Key) -> Any:
            if isinstance(value, dict):
                return {name: filled(item, (*key, name)) for name, item in value.items()}
            if isinstance(value, list):
                return [filled(item, (*key, i)) for i, item in enumerate(value)]
            if not isinstance(value, str) or "${" not in value:
                return value
            return self._fill_in(config, value, key)

        tree: dict[str, Any] = filled(self.tree, ())
        return tree

    def _fill_in(self, config: DictConfig, value: str, key: Key) -> Any:
        if _RESOLVER.search(value):
            self.report(key, f"got {value!r}. Allowed: only ${{another.key}}, nothing executable.")
            return BROKEN
        try:
            resolved = OmegaConf.select(config, key_text(key), throw_on_missing=True)
        except (OmegaConfBaseException, RecursionError) as error:
            reason = str(error).splitlines()[0]
            self.report(key, f"{value!r} leads nowhere ({reason}). Allowed: an existing key.")
            return BROKEN
        if OmegaConf.is_config(resolved):
            return OmegaConf.to_container(resolved, resolve=True)
        return resolved


def _read_text(path: Path, label: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RecipeError(
            [f"{label}:{line}: not a text file: byte {error.start} is not UTF-8. Allowed: YAML."]
        ) from error
    except OSError as error:
        raise RecipeError([f"{label}: cannot be read: {error.strerror}."]) from error


def _spelled_out(component: Any) -> Any:
    """``std`` -> ``{name: std}``; anything else as it is."""
    return {"name": component} if isinstance(component, str) else component


def _index_of(part: str, items: list[Any]) -> int | None:
    """Which entry of a list of components `part` means: its number or its name."""
    if part.isdecimal() and int(part) < len(items):
        return int(part)
    named = [i for i, item in enumerate(items) if isinstance(item, dict) and item["name"] == part]
    return named[0] if named else None
