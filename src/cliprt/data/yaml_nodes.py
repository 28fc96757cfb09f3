"""Reading a person's YAML file node by node, so that every mistake is told with its line.

Nodes know their lines, plain values do not: a reader of a format walks the nodes, notes what is
wrong and goes on, and tells everything at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import yaml

from cliprt.data.plain_yaml import LARGEST_BYTES, PlainLoader, read_yaml
from cliprt.errors import VocabularyError, did_you_mean, one_screen


class NodeReader:
    """Walks the nodes of a file and collects what is wrong.

    Args:
        path: The file.
        what: It should be, e.g. ``"YAML table"``.
        largest_bytes: A larger file is not read; a node takes a hundred times its text.
    """

    def __init__(self, path: Path, what: str, largest_bytes: int = LARGEST_BYTES) -> None:
        self.path = path
        self.what = what
        self.largest_bytes = largest_bytes
        self.problems: list[str] = []

    def compose(self, keys: Sequence[str]) -> yaml.Node:
        """The node of the whole file, which is to be a mapping of `keys`.

        Raises:
            VocabularyError: It cannot be read, is not YAML or is empty.
        """
        parse = partial(yaml.compose, Loader=PlainLoader)
        node: yaml.Node | None = read_yaml(self.path, parse, self.what, self.largest_bytes)
        if node is None:
            needs = f"keys {' and '.join(keys)}" if len(keys) > 1 else f"key {keys[0]}"
            raise VocabularyError(f"{self.path}: is empty. It needs the {needs}.")
        return node

    def finish(self) -> None:
        """Raise if anything was wrong.

        Raises:
            VocabularyError: All mistakes, one a line.
        """
        if self.problems:
            raise VocabularyError(one_screen(self.problems))

    def mapping(self, node: yaml.Node, where: str, allowed: Sequence[str]) -> dict[str, yaml.Node]:
        """Key -> node of its value, of a mapping that has no other keys than those allowed."""
        if not isinstance(node, yaml.MappingNode):
            what = f"is {shown(node)}. It must be a mapping of {', '.join(allowed)}"
            self.problem(node, where, what)
            return {}
        keys: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key not in allowed:
                hint = did_you_mean(key, allowed)
                what = f"has an unknown key {key!r:.60}.{hint} Allowed: {', '.join(allowed)}"
                self.problem(key_node, where, what)
            elif key in keys:
                self.problem(key_node, where, f"has the key {key!r} twice. Remove one")
            else:
                keys[key] = value
        return keys

    def rows(self, node: yaml.Node | None, root: yaml.Node, where: str) -> list[yaml.Node]:
        """The nodes of a list that must not be empty."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            return list(node.value)
        self.problem(node or root, where, "must be a list of at least one entry")
        return []

    def text(self, node: yaml.Node | None, parent: yaml.Node, where: str) -> str:
        """A text that must be there and not be empty, on one line."""
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str") and node.value.strip():
            return " ".join(node.value.split())
        what = "is missing" if node is None else f"is {shown(node)}"
        cure = "; put it in quotes" if isinstance(node, yaml.ScalarNode) and node.value else ""
        self.problem(node or parent, where, f"{what}. It must be text that is not empty{cure}")
        return ""

    def number(
        self, node: yaml.Node | None, where: str, least: float, most: float, default: float
    ) -> float:
        """A number within bounds, or `default` where none is given."""
        number = default if node is None else to_number(node)
        if number is not None and least <= number <= most:
            return number
        assert node is not None
        what = f"is {shown(node)}. Allowed: a number from {least:g} to {most:g}"
        self.problem(node, where, what)
        return default

    def flag(self, node: yaml.Node | None, where: str) -> bool:
        """True or false; false where nothing is given."""
        if node is None:
            return False
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":bool"):
            return str(node.value).lower() == "true"
        self.problem(node, where, f"is {shown(node)}. Allowed: true, false")
        return False

    def choice(
        self, node: yaml.Node | None, where: str, allowed: Sequence[str] | Mapping[str, object]
    ) -> str:
        """One of some words; the first where nothing is given."""
        first = next(iter(allowed))
        if node is None:
            return first
        if isinstance(node, yaml.ScalarNode) and node.value in allowed:
            return str(node.value)
        hint = did_you_mean(str(node.value), allowed)
        self.problem(node, where, f"is {shown(node)}.{hint} Allowed: {', '.join(allowed)}")
        return first

    def problem(self, node: yaml.Node, key: str, what: str) -> None:
        """Note what is wrong, with the line that it stands in."""
        mark = node.start_mark
        line = f":{mark.line + 1}" if mark else ""
        self.problems.append(f"{self.path}{line}: {key}: {what}.")


def to_number(node: yaml.Node) -> float | None:
    """The finite number that a node is, or None."""
    is_number = isinstance(node, yaml.ScalarNode) and node.tag.endswith((":int", ":float"))
    if not is_number:
        return None
    try:
        number = float(node.value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def shown(node: yaml.Node) -> str:
    """What a node is, in a few words."""
    if isinstance(node, yaml.ScalarNode):
        return f"{node.value!r:.60}"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
