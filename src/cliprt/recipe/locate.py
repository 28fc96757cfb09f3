"""YAML text -> plain values, with the line of every key; nothing in it is executed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import yaml

from cliprt.data.plain_yaml import TAG, PlainLoader

Key = tuple[str | int, ...]
"""Path of a value, e.g. ``("augmenters", 0, "variants")``."""


class _Mark(Enum):
    BROKEN = "broken"


BROKEN = _Mark.BROKEN
"""Stands for a value whose mistake is already reported."""

MOST_VALUES = 5_000
"""That a recipe has; checking takes a multiple of their time."""


def key_text(key: Key) -> str:
    """``("augmenters", 0, "variants")`` -> ``"augmenters[0].variants"``."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return words.removeprefix(".")


@dataclass
class Located:
    """What a YAML text says.

    Attributes:
        tree: Plain values.
        lines: Path -> line, from 1.
        problems: (line, key, text) of what is wrong with the YAML itself.
        rest: What stands behind the last value: a comment, or nothing.
    """

    tree: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[tuple[int, Key, str]] = field(default_factory=list)
    rest: str = ""

    def add(self, node: yaml.Node, key: Key, text: str) -> None:
        """Note a problem at a node's line."""
        self.problems.append((node.start_mark.line + 1, key, text))


def parse_yaml(text: str, most_values: int = MOST_VALUES) -> Located:
    """Read one YAML document; mistakes of syntax go to ``problems``, never raised."""
    located = Located()
    try:
        loader = PlainLoader(text)
        node = loader.get_single_node()
        if node is not None:
            located.tree = _walk(loader, node, (), located)
            located.rest = text[node.end_mark.index :].strip()
        if len(located.lines) > most_values:
            located.tree = None
            located.problems = [(1, (), f"more than {most_values:,} values. Leave some out")]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        located.problems.append((mark.line + 1 if mark else 1, (), _explain(error)))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        located.problems.append((line, (), f"not a text file: {error.reason}"))
    return located


def _walk(loader: PlainLoader, node: yaml.Node, key: Key, located: Located) -> Any:
    located.lines.setdefault(key, node.start_mark.line + 1)
    if node.tag.removeprefix(TAG) not in ("map", "seq", "str", "bool", "int", "float", "null"):
        located.add(node, key, f"the tag {node.tag} is not allowed. A recipe has plain values only")
        return BROKEN
    if isinstance(node, yaml.SequenceNode):
        return [_walk(loader, child, (*key, i), located) for i, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        try:
            return loader.construct_object(node)
        except ValueError:  # more digits than Python converts
            located.add(node, key, "a number with far too many digits")
            return BROKEN
    mapping: dict[str, Any] = {}
    for name_node, value_node in node.value:
        name = name_node.value
        if not isinstance(name, str):
            located.add(name_node, key, "a list or mapping cannot be a key. Keys are words")
            continue
        if not name.isprintable():
            located.add(name_node, key, _unseen(name))
            continue
        path = (*key, name)
        if name in mapping:
            first = located.lines[path]
            located.add(name_node, path, f"is given twice (first on line {first}). Keep one")
            continue
        located.lines[path] = name_node.start_mark.line + 1
        mapping[name] = _walk(loader, value_node, path, located)
    return mapping


def _unseen(name: str) -> str:
    """What is wrong with a key in which something cannot be seen, such as a no-break space."""
    sign = next(one for one in name if not one.isprintable())
    called = unicodedata.name(sign, "control character").lower()
    return f"the key {name!r} has a {called} (U+{ord(sign):04X}) in it. Use plain spaces"


def _explain(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context)
    if r"'\t'" in problem:
        return "a tab cannot indent YAML. Use spaces"
    if "mapping values are not allowed" in problem:
        return "not valid YAML: a second ': ' in one value. Quote the text, or check the indent"
    if problem.startswith(("aliases", "nested")):
        return problem
    context = f"{error.context}, " if error.context else ""
    return f"not valid YAML: {context}{problem}. Check quotes, brackets and indent"
