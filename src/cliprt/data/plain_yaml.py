"""YAML as people mean it, bounded: plain values, no tags, no aliases, a few levels.

YAML 1.2's plain values: ``1e-3`` is a number; ``on``, ``yes`` and ``12:30`` are words.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

TAG = "tag:yaml.org,2002:"
"""Before the names of YAML's own types."""

DEEPEST = 20
"""Levels; people's files have four."""


_ALIAS = "aliases (*name) are not allowed; write ${key} to use a value twice"
_DEEP = "nested far too deeply. People's files have four levels"


def check_bounds(text: str) -> None:
    """Raise unless PyYAML's quick loader may be trusted with `text`: depth overruns its stack.

    Raises:
        yaml.YAMLError: It has an alias, too many levels, or is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            problem = _DEEP if depth > DEEPEST else _ALIAS
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


class PlainLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses aliases and depth; a node whose tag was written out has one that begins with "!"."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """One node, unless it is an alias or too deep."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem=_ALIAS, problem_mark=event.start_mark)
        if self._depth == DEEPEST:
            raise yaml.MarkedYAMLError(problem=_DEEP, problem_mark=event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.tag is not None:
            node.tag = event.tag.replace(TAG, "!!", 1)
        return node


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    PlainLoader.add_implicit_resolver(TAG + _tag, re.compile(f"^(?:{_pattern})$"), list(_first))
