"""A vocabulary from a YAML file, for robots and skills of one's own.

The file is a mapping with two keys::

    name: my_arm                      # a word of its own, not a registry name of cliprt
    primitives:                       # in label order, from 0
      - phrase: slide left a little   # the sentence that a policy learns; unique
        move_cm: {y: 5}               # any of x (forward), y (left), z (up) [cm]
      - phrase: twist a quarter turn
        turn_deg: {gripper_rotation: 90}   # any of roll, pitch, yaw, gripper_rotation [degrees]
      - phrase: close the gripper
        gripper: closed               # open or closed; left out, the gripper stays as it is
        group: close                  # optional name in pictures; made from the motion if left out

An entry needs at least one of ``move_cm``, ``turn_deg`` and ``gripper``, and may have all three.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import yaml

from cliprt.data.plain_yaml import PlainLoader, read_yaml
from cliprt.errors import VocabularyError, did_you_mean, one_screen
from cliprt.types import NO_MOTION, GripperState, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, group_of

_FILE_KEYS = ("name", "primitives")
_ENTRY_KEYS = ("phrase", "move_cm", "turn_deg", "gripper", "group")
_MAX_CM = 1000.0
_MAX_DEG = 360.0


class TableVocabulary(ActionVocabulary):
    """The entries of a YAML file (format: see the module's text).

    Args:
        path: The file.

    Raises:
        VocabularyError: The file cannot be read, or has mistakes: all of them, one a line.
    """

    def __init__(self, path: str | Path) -> None:
        reader = _TableReader(Path(path))
        self.name, self.primitives = reader.read()


class _TableReader:
    """Walks the file's YAML nodes, which know their lines, and collects every mistake."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []

    def read(self) -> tuple[str, tuple[Primitive, ...]]:
        root = self._compose()
        top = self._mapping(root, "the file", _FILE_KEYS)
        name = self._text(top.get("name"), root, "name")
        rows = top.get("primitives")
        if not isinstance(rows, yaml.SequenceNode) or not rows.value:
            self._problem(rows or root, "primitives", "must be a list of at least one entry")
            rows = yaml.SequenceNode("", [])
        primitives = [self._entry(i, node) for i, node in enumerate(rows.value)]
        self._check_unique(primitives, rows.value)
        if self.problems:
            raise VocabularyError(one_screen(self.problems))
        return name, tuple(primitives)

    def _compose(self) -> yaml.Node:
        parse = partial(yaml.compose, Loader=PlainLoader)
        node: yaml.Node | None = read_yaml(self.path, parse, "YAML table")
        if node is None:
            raise VocabularyError(
                f"{self.path}: is empty. It needs the keys {' and '.join(_FILE_KEYS)}."
            )
        return node

    def _entry(self, label: int, node: yaml.Node) -> Primitive:
        where = f"primitives[{label}]"
        keys = self._mapping(node, where, _ENTRY_KEYS)
        phrase = self._text(keys.get("phrase"), node, f"{where}.phrase")
        motion = list(NO_MOTION)
        for i, cm in self._amounts(keys.get("move_cm"), f"{where}.move_cm", AXES[:3], _MAX_CM):
            motion[i] = cm / 100
        for i, deg in self._amounts(keys.get("turn_deg"), f"{where}.turn_deg", AXES[3:], _MAX_DEG):
            motion[i] = math.radians(deg)
        gripper = self._gripper(keys.get("gripper"), f"{where}.gripper")
        exact: Motion = tuple(motion)  # type: ignore[assignment]
        group = group_of(exact, gripper)
        if "group" in keys:
            group = self._text(keys["group"], node, f"{where}.group")
        if keys and not {"move_cm", "turn_deg", "gripper"} & set(keys):
            self._problem(node, where, "does nothing: give it move_cm, turn_deg or gripper")
        return Primitive(label, phrase, exact, gripper, group)

    def _gripper(self, node: yaml.Node | None, where: str) -> GripperState | None:
        if node is None:
            return None
        if node.value in ("open", "closed"):
            return node.value  # type: ignore[no-any-return]
        self._problem(node, where, f"is {_shown(node)}. Allowed: open, closed")
        return None

    def _amounts(
        self, node: yaml.Node | None, where: str, axes: tuple[str, ...], limit: float
    ) -> list[tuple[int, float]]:
        """(index in a motion, amount) of each axis that the mapping names."""
        found = []
        for axis, value in (self._mapping(node, where, axes) if node else {}).items():
            amount = _to_number(value)
            if amount is None or not 0 < abs(amount) <= limit:
                unit = where.rsplit("_", 1)[-1]
                self._problem(
                    value,
                    f"{where}.{axis}",
                    f"is {_shown(value)}. Allowed: a number other than 0,"
                    f" from -{limit:g} to {limit:g} [{unit}]",
                )
            else:
                found.append((AXES.index(axis), amount))
        if node is not None and isinstance(node, yaml.MappingNode) and not node.value:
            self._problem(node, where, f"is empty. Allowed: {', '.join(axes)}")
        return found

    def _mapping(
        self, node: yaml.Node, where: str, allowed: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._problem(
                node, where, f"is {_shown(node)}. It must be a mapping of {', '.join(allowed)}"
            )
            return {}
        keys: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key not in allowed:
                hint = did_you_mean(key, allowed)
                self._problem(
                    key_node,
                    where,
                    f"has an unknown key {key!r:.60}.{hint} Allowed: {', '.join(allowed)}",
                )
            elif key in keys:
                self._problem(key_node, where, f"has the key {key!r} twice. Remove one")
            else:
                keys[key] = value
        return keys

    def _text(self, node: yaml.Node | None, parent: yaml.Node, where: str) -> str:
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str") and node.value.strip():
            return " ".join(node.value.split())
        what = "is missing" if node is None else f"is {_shown(node)}"
        cure = "; put it in quotes" if isinstance(node, yaml.ScalarNode) and node.value else ""
        self._problem(node or parent, where, f"{what}. It must be text that is not empty{cure}")
        return ""

    def _check_unique(self, primitives: list[Primitive], nodes: list[yaml.Node]) -> None:
        phrases: dict[str, int] = {}
        effects: dict[object, int] = {}
        for i, (entry, node) in enumerate(zip(primitives, nodes, strict=True)):
            where = f"primitives[{i}]"
            first = phrases.setdefault(entry.phrase.lower(), i)
            if entry.phrase and first != i:
                self._problem(node, f"{where}.phrase", f"is also that of primitives[{first}]")
            effect = (entry.motion, entry.gripper)
            if effect != (NO_MOTION, None) and (first := effects.setdefault(effect, i)) != i:
                self._problem(node, where, f"does the same as primitives[{first}]. Remove one")

    def _problem(self, node: yaml.Node, key: str, what: str) -> None:
        mark = node.start_mark
        line = f":{mark.line + 1}" if mark else ""
        self.problems.append(f"{self.path}{line}: {key}: {what}.")


def _to_number(node: yaml.Node) -> float | None:
    is_number = isinstance(node, yaml.ScalarNode) and node.tag.endswith((":int", ":float"))
    if not is_number:
        return None
    try:
        number = float(node.value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"{node.value!r:.60}"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
