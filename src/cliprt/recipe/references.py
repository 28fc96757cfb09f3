"""``${another.key}``: one value of a recipe used at a second place; nothing is ever executed.

OmegaConf fills them in, each where it leads to plain values; how much all bring is counted before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cliprt.recipe.check import ROLES
from cliprt.recipe.locate import BROKEN, Key
from cliprt.recipe.options import UNKNOWN, constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.together import Report
from cliprt.registry import names

MOST_FILLED_IN = 10_000
"""Characters that the references of one recipe may fill in."""

_LONGEST_CHAIN = 50
_REFERENCE = re.compile(r"(?<!\\)\$\{([A-Za-z_]\w*(?:\.\w+)*)\}", re.ASCII)
_NOWHERE = "leads nowhere. Allowed: an existing key."
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
        self._known: dict[str, Any] = {}

    def copy(self, value: Any, key: Key) -> Any:
        """A value of the recipe, as it will be."""
        if isinstance(value, dict):
            return {name: self.copy(item, (*key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.copy(item, (*key, i)) for i, item in enumerate(value)]
        try:
            return self._plain(value, ())
        except _Refused as refused:
            self._report(key, f"{value!r:.80} {refused}")
        except OmegaConfBaseException:  # the value "???" is none to it
            self._report(key, f"{value!r:.80} {_NOWHERE}")
        return BROKEN

    def _plain(self, value: Any, chain: tuple[str, ...]) -> Any:
        """What `value` says once the references in it, at the end of `chain`, are followed."""
        if isinstance(value, dict):
            return {name: self._plain(item, chain) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, chain) for item in value]
        if not isinstance(value, str) or "${" not in value:
            return value
        if "${" in _REFERENCE.sub("", value):
            raise _Refused("is no reference. Allowed: only ${another.key}, nothing executable.")
        followed = _REFERENCE.findall(value)
        for name in followed:
            found = self._follow(name, (*chain, name))
            self._left -= 1 + len(str(found)) if self._left > 0 else 1
            if self._left < 0:
                much = f"{MOST_FILLED_IN:,} characters"
                raise _Refused(f"and the others fill in too much. Allowed: {much} by references.")
        config = OmegaConf.create({"": value})
        for name in sorted(followed):  # a list before its entries
            OmegaConf.update(config, name, self._known[name])
        filled = config[""]
        return OmegaConf.to_container(filled) if OmegaConf.is_config(filled) else filled

    def _follow(self, dotted: str, chain: tuple[str, ...]) -> Any:
        if dotted in chain[:-1] or len(chain) > _LONGEST_CHAIN:
            circle = " -> ".join(chain)
            raise _Refused(f"goes in a circle: {circle}. Allowed: a key that does not lead back.")
        if dotted not in self._known:
            self._known[dotted] = self._plain(self._find(dotted.split(".")), chain)
        return self._known[dotted]

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
    chosen: Any = tree
    kind = ""
    for part in parts:
        if isinstance(found, Component):
            name = chosen.get("name") if isinstance(chosen, dict) else None
            is_known = name in names(kind)  # told where it is checked
            options = constructor_options(kind, str(name), may_import=False) if is_known else None
            option = options.named(part) if options else None
            found = option.default if option else UNKNOWN
        else:
            has_it = part in getattr(found, "__dataclass_fields__", ())
            found = getattr(found, part) if has_it else UNKNOWN
            chosen = chosen.get(part) if isinstance(chosen, dict) else None
            kind = ROLES.get(part, part)
    if not isinstance(found, _PLAIN):
        raise _Refused(_NOWHERE)
    return found
