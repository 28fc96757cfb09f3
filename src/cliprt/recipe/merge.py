"""Layers of one recipe (defaults, what it extends, the file, the command line) become one tree.

Every value remembers the place that set it, so that a mistake found later can be pointed at.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cliprt.errors import RecipeError
from cliprt.recipe.check import NESTED, PLURAL, ROLES, WITHIN
from cliprt.recipe.find import find_recipe, shown_path
from cliprt.recipe.locate import BROKEN, Key, key_text, parse_yaml
from cliprt.recipe.migrate import migrate
from cliprt.recipe.options import are_variants
from cliprt.recipe.references import resolve
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.suites import is_suite, spell_out
from cliprt.recipe.together import FOLDER_NAME

COMMAND_LINE = "command line"
LARGEST_FILE_BYTES = 100_000

_DEFAULTS = {
    f.name: f.default.name for f in dataclasses.fields(Recipe) if isinstance(f.default, Component)
}


class LayeredRecipe:
    """Grows by :meth:`add_file` and :meth:`add_overrides`; then :meth:`resolve`.

    Attributes:
        tree: Plain values so far.
        problems: Mistakes so far, one line each.
    """

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {name: {"name": chosen} for name, chosen in _DEFAULTS.items()}
        self.tree["data"] = {"sources": [{"name": "store"}], "engine": {"name": "local"}}
        self.problems: list[str] = []
        self._places: dict[Key, str] = {}
        self._label = ""

    def report(self, key: Key, text: str) -> None:
        """Note a mistake at the place that set `key`, or the nearest key above it."""
        self.problems.append(f"{self._place_of(key)}: {key_text(key)}: {text}")

    def is_typed(self, key: Key) -> bool:
        """Whether the command line set `key`, or what it is part of, and no file did."""
        return self._place_of(key) == COMMAND_LINE

    def _place_of(self, key: Key) -> str:
        above = (key[:n] for n in range(len(key), 0, -1))
        return next((self._places[k] for k in above if k in self._places), f"{self._label}:1")

    def add_file(self, path: Path, extending: tuple[Path, ...] = ()) -> None:
        """Lay a file on top, after the one that it extends.

        Raises:
            RecipeError: Nothing can be read from it.
        """
        label = shown_path(path)
        self._label = self._label or label
        located = parse_yaml(_read_text(path, label))
        places = {key: f"{label}:{line}" for key, line in located.lines.items() if key}
        for line, key, problem in located.problems:
            where = f" {key_text(key)}:" if key else ""
            self.problems.append(f"{label}:{line}:{where} {problem}.")
        tree = located.tree
        if not isinstance(tree, dict):
            if not located.problems:
                found = "empty" if tree is None else "not a mapping of keys to values"
                self.problems.append(
                    f"{label}:1: the file is {found}. Allowed: lines such as 'tasks: [pick]'."
                )
            raise RecipeError(self.problems)
        if "extends" in tree:
            self._extend(tree.pop("extends"), path, extending, places[("extends",)])
        tree.setdefault("name", _folder_name(path.stem))  # never inherited: it is the run's folder
        self._lay(tree, places)

    def _extend(self, base: Any, path: Path, extending: tuple[Path, ...], place: str) -> None:
        chain = (*extending, path.resolve())
        if not isinstance(base, str):
            raise RecipeError([f"{place}: extends: got {base!r}. Allowed: one recipe's name."])
        try:
            found = find_recipe(base, beside=path.parent)
        except RecipeError as error:
            problems = [f"{place}: extends: {problem}" for problem in error.problems]
            raise RecipeError(problems) from error
        if found.resolve() in chain:
            circle = [p.name for p in (*chain[chain.index(found.resolve()) :], found)]
            raise RecipeError(
                [f"{place}: extends: goes in a circle: {' -> '.join(circle)}. Break it."]
            )
        self.add_file(found, chain)

    def add_overrides(self, overrides: Iterable[str]) -> None:
        """Lay the command line's ``key.path=value`` items on top."""
        layer: dict[str, Any] = {}
        places: dict[Key, str] = {}
        for item in overrides:
            dotted, equals, text = item.partition("=")
            parts = dotted.strip().split(".")
            if not equals or not all(parts) or not dotted.isprintable():
                shown = item if item.isprintable() else ascii(item)
                self._report_override(shown, "not an override. Allowed: key.path=value.")
            elif parts == ["extends"]:
                self._report_override(dotted, "only a recipe's file can extend another.")
            else:
                located = parse_yaml(text)
                if not located.problems and located.rest:
                    problem = f"{located.rest!r:.40} is a comment in YAML. Put the value in quotes"
                    located.problems.append((1, (), problem))
                for _, _, problem in located.problems:
                    self._report_override(dotted, f"{problem}.")
                value = BROKEN if located.problems else located.tree
                if dotted in PLURAL:
                    value, _ = _spelled_out_list(dotted, value, {})
                self._place_override(layer, places, parts, value)
                inside = [*located.lines, ("name",)] if isinstance(value, str) else located.lines
                places |= {(*parts, *key): COMMAND_LINE for key in inside}
        self._lay(layer, places)

    def _report_override(self, what: str, text: str) -> None:
        self.problems.append(f"{COMMAND_LINE}: {what:.80}: {text}")

    def _place_override(
        self, layer: dict[str, Any], places: dict[Key, str], parts: list[str], value: Any
    ) -> None:
        """Put one override into the layer; an entry of a list is found by number or name."""
        section = parts[0]
        depth = next((n for n in (1, 2) if ".".join(parts[:n]) in PLURAL | WITHIN), len(parts))
        if depth < len(parts):
            self._copy_list(layer, places, tuple(parts[:depth]))
        node: Any = layer
        key: Key = ()
        for depth, part in enumerate(parts, start=1):
            step: str | int | None = _index_of(part, node) if isinstance(node, list) else part
            if step is None:
                known = ", ".join(str(_called(item)) for item in node) or "none"
                text = f"no such entry of {key_text(key)}. Allowed: a number, or {known}."
                return self._report_override(".".join(parts), text)
            key = (*key, step)
            if depth == len(parts):
                node[step] = value
                places[key] = COMMAND_LINE
                return None
            if isinstance(node, dict):
                node.setdefault(step, {})
            if key not in self._places:
                places[key] = COMMAND_LINE
            if section in _DEFAULTS or isinstance(node, list) or key_text(key) in NESTED:
                node[step] = _spelled_out(node[step])
            node = node[step]
            if not isinstance(node, dict | list):
                text = f"{key_text(key)} is {node!r} and has nothing below it."
                return self._report_override(".".join(parts), text)
        return None

    def _copy_list(
        self, layer: dict[str, Any], places: dict[Key, str], key: tuple[str, ...]
    ) -> None:
        """Have the list of components below `key` in the layer, so that one entry is changed."""
        above: Any = layer
        below: Any = self.tree
        for part in key[:-1]:
            above = above.setdefault(part, {})
            below = below.get(part)
            if not (isinstance(above, dict) and isinstance(below, dict)):
                return  # told where the value is put
        if key[-1] not in above:
            current = below.get(key[-1])
            above[key[-1]] = copy.deepcopy(current) if isinstance(current, list) else []
            places |= {k: v for k, v in self._places.items() if k[: len(key)] == key}

    def _lay(self, layer: dict[str, Any], places: Mapping[Key, str]) -> None:
        if note := migrate(layer):
            print(f"  {self._label or COMMAND_LINE}: {note}", file=sys.stderr)
        for dotted in WITHIN:
            section, name = dotted.split(".")
            inner = layer.get(section)
            if isinstance(inner, dict) and isinstance(inner.get(name), list):
                inner[name] = [_spelled_out(item) for item in inner[name]]
        for dotted, kind in NESTED.items():
            self._lay_nested(layer, dotted, kind)
        for name, value in layer.items():
            if name in PLURAL:
                layer[name], places = _spelled_out_list(name, value, places)
            below = self.tree.get(name)
            if name in _DEFAULTS:
                layer[name] = value = _spelled_out(value)
                # Options belong to a plugin and its variants: others start without those below.
                if _is_swapped(ROLES.get(name, name), below, value):
                    below = None
            if not (isinstance(value, dict) and isinstance(below, dict)):
                self.tree.pop(name, None)
                self._places = {k: v for k, v in self._places.items() if k[0] != name}
        self._places |= places
        self.tree = _merged(self.tree, layer)

    def _lay_nested(self, layer: dict[str, Any], dotted: str, kind: str) -> None:
        """Spell out a component of a section; another plugin has none of the options below."""
        section, name = dotted.split(".")
        inner, below = layer.get(section), self.tree.get(section)
        if isinstance(inner, dict) and name in inner:
            inner[name] = _spelled_out(inner[name])
            if isinstance(below, dict) and _is_swapped(kind, below.get(name), inner[name]):
                below.pop(name, None)
                self._places = {k: v for k, v in self._places.items() if k[:2] != (section, name)}

    def resolve(self) -> dict[str, Any]:
        """The merged values with every ``${key}`` filled in; mistakes become ``BROKEN``."""
        return resolve(self.tree, self.report)


def _folder_name(stem: str) -> str:
    """A file's name as a run folder's: ``my #1 skill?`` -> ``my-1-skill``."""
    if FOLDER_NAME.fullmatch(stem):
        return stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:80] or "recipe"


def _read_text(path: Path, label: str) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise RecipeError([f"{label}: too large for a recipe. Allowed: 100 kB of YAML."])
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RecipeError(
            [f"{label}:{line}: not a text file: byte {error.start} is not UTF-8. Allowed: YAML."]
        ) from error
    except OSError as error:
        raise RecipeError([f"{label}: cannot be read: {error.strerror}."]) from error


def _merged(below: Any, above: Any) -> Any:
    """Mappings are merged key by key; anything else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{name: _merged(below.get(name), item) for name, item in above.items()}}


def _is_swapped(kind: str, below: Any, above: Any) -> bool:
    """Whether one component gives way to another plugin with options of its own."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return True
    before, after = str(below.get("name")), str(above.get("name", below.get("name")))
    return before != after and not are_variants(kind, before, after)


def _spelled_out(component: Any) -> Any:
    """``std`` -> ``{name: std}``; anything else as it is."""
    return {"name": component} if isinstance(component, str) else component


def _spelled_out_list(
    section: str, value: Any, places: Mapping[Key, str]
) -> tuple[Any, Mapping[Key, str]]:
    """A list of components with the tasks of each suite in it, and the places of its entries."""
    items = [value] if section == "tasks" and is_suite(value) else value
    if not isinstance(items, list):
        return value, places
    spell = spell_out if section == "tasks" else lambda item: [_spelled_out(item)]
    entries = [(i, entry) for i, item in enumerate(items) for entry in spell(item)]
    moved = {
        (section, to, *key[2:]): place
        for to, (i, _) in enumerate(entries)
        for key, place in places.items()
        if key[:2] == (section, i)
    }
    others = {key: place for key, place in places.items() if key[0] != section or len(key) == 1}
    return [entry for _, entry in entries], others | moved


def _index_of(part: str, items: list[Any]) -> int | None:
    """Which entry of a list of components `part` means: its number or what it is called."""
    if part.isdecimal() and int(part) < len(items):
        return int(part)
    return next((i for i, item in enumerate(items) if _called(item) == part), None)


def _called(entry: Any) -> Any:
    return entry.get("as", entry.get("name")) if isinstance(entry, dict) else entry
