"""YAML as people mean it, bounded: plain values, no tags, no aliases, a few levels.

YAML 1.2's plain values: ``1e-3`` is a number; ``on``, ``yes`` and ``12:30`` are words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cliprt.errors import VocabularyError

TAG = "tag:yaml.org,2002:"
"""Before the names of YAML's own types."""

DEEPEST = 20
"""Levels; people's files have four."""

LARGEST_BYTES = 8_000_000
"""A larger file is not read."""

T = TypeVar("T")

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


def read_yaml(
    path: Path, parse: Callable[[str], T], what: str, largest_bytes: int = LARGEST_BYTES
) -> T:
    """What `parse` makes of the text of a file that people write.

    Args:
        path: The file.
        parse: Raises where the text is not YAML.
        what: The file should be, e.g. ``"phrasebook"``.
        largest_bytes: A larger file is not read.

    Raises:
        VocabularyError: It cannot be read, is too large, or is not YAML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest_bytes + 1)
        if len(data) > largest_bytes:
            raise VocabularyError(
                f"{path}: is larger than {largest_bytes:,} bytes. Give a {what}, or cut it down."
            )
        return parse(data.decode())
    except VocabularyError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise VocabularyError(
            f"{path}: cannot be read: {reason}. Give the path of a {what}."
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise VocabularyError(
            f"{path}{line}: is not YAML: {problem:.300}. Correct that line."
        ) from error


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
