"""``${another.key}``: one value of a recipe used at a second place; nothing is ever executed.

What a reference leads to may hold further ones; how much all of them together fill in is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cliprt.recipe.check import ROLES
from cliprt.recipe.locate import BROKEN, Key
from cliprt.recipe.options import UNKNOWN, constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.together import Report
from cliprt.registry import names

MOST_FILLED_IN = 10_000
"""Characters and values that the references of one recipe may fill in."""

_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*(?:\.\w+)*)\}", re.ASCII)
_PLAIN = (str, int, float, list, tuple, dict)


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """What is wrong with a reference."""


def resolve(tree: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """A copy of a recipe's values with every reference filled in.

    A key that nobody set has its default.

    Args:
        tree: Plain values.
        report: Told what is wrong with a reference; its value becomes ``BROKEN``.
    """
    resolver = _Resolver(tree, report)
    return {name: resolver.copy(value, (name,)) for name, value in tree.items()}


class _Resolver:
    def __init__(self, tree: Mapping[str, Any], report: Report) -> None:
        self._tree, self._report = tree, report
        self._left = MOST_FILLED_IN

    def copy(self, value: Any, key: Key) -> Any:
        """A value of the recipe, as it will be."""
        if isinstance(value, dict):
            return {name: self.copy(item, (*key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.copy(item, (*key, i)) for i, item in enumerate(value)]
        try:
            return self._fill_in(value, ())
        except _Refused as refused:
            self._report(key, f"{value!r:.80} {refused}")
            return BROKEN

    def _fill_in(self, value: Any, chain: tuple[str, ...]) -> Any:
        """What `value` says once the references in it, at the end of `chain`, are followed."""
        if chain:
            self._left -= 1 if isinstance(value, dict | list | tuple) else 1 + len(str(value))
            if self._left < 0:
                much = f"{MOST_FILLED_IN:,} characters"
                raise _Refused(f"and the others fill in too much. Allowed: {much} by references.")
        if isinstance(value, dict):
            return {name: self._fill_in(item, chain) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._fill_in(item, chain) for item in value]
        if not isinstance(value, str) or "${" not in value:
            return value
        if "${" in _REFERENCE.sub("", value):
            raise _Refused("is no reference. Allowed: only ${another.key}, nothing executable.")
        if whole := _REFERENCE.fullmatch(value):
            return self._follow(whole[1], chain)
        return _REFERENCE.sub(lambda found: str(self._follow(found[1], chain)), value)

    def _follow(self, dotted: str, chain: tuple[str, ...]) -> Any:
        if dotted in chain:
            circle = " -> ".join((*chain, dotted))
            raise _Refused(f"goes in a circle: {circle}. Allowed: a key that does not lead back.")
        return self._fill_in(self._find(dotted.split(".")), (*chain, dotted))

    def _find(self, parts: list[str]) -> Any:
        """What the recipe says at a key, or its default."""
        node: Any = self._tree
        for part in parts:
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            else:
                return _default(parts, self._tree)
        return node


def _default(parts: list[str], tree: Mapping[str, Any]) -> Any:
    """Of a key that the recipe does not set: a field, a section's field, a component's option.

    Raises:
        _Refused: There is none.
    """
    found: Any = Recipe("", ())
    for part in parts:
        if isinstance(found, Component):
            chosen, kind = tree.get(parts[0]), ROLES.get(parts[0], parts[0])
            name = chosen.get("name") if isinstance(chosen, dict) else None
            is_known = name in names(kind)  # told where it is checked
            options = constructor_options(kind, str(name), may_import=False) if is_known else None
            option = options.named(part) if options else None
            found = option.default if option else UNKNOWN
        else:
            has_it = part in getattr(found, "__dataclass_fields__", ())
            found = getattr(found, part) if has_it else UNKNOWN
    if not isinstance(found, _PLAIN):
        raise _Refused("leads nowhere. Allowed: an existing key.")
    return found
