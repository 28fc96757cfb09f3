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
from pathlib import Path

import yaml

from cliprt.data.yaml_nodes import NodeReader, shown, to_number
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
        reader = _TableReader(Path(path), "YAML table")
        self.name, self.primitives = reader.read()


class _TableReader(NodeReader):
    """Walks the file's YAML nodes, which know their lines, and collects every mistake."""

    def read(self) -> tuple[str, tuple[Primitive, ...]]:
        root = self.compose(_FILE_KEYS)
        top = self.mapping(root, "the file", _FILE_KEYS)
        name = self.text(top.get("name"), root, "name")
        rows = self.rows(top.get("primitives"), root, "primitives")
        primitives = [self._entry(i, node) for i, node in enumerate(rows)]
        self._check_unique(primitives, rows)
        self.finish()
        return name, tuple(primitives)

    def _entry(self, label: int, node: yaml.Node) -> Primitive:
        where = f"primitives[{label}]"
        keys = self.mapping(node, where, _ENTRY_KEYS)
        phrase = self.text(keys.get("phrase"), node, f"{where}.phrase")
        motion = list(NO_MOTION)
        for i, cm in self._amounts(keys.get("move_cm"), f"{where}.move_cm", AXES[:3], _MAX_CM):
            motion[i] = cm / 100
        for i, deg in self._amounts(keys.get("turn_deg"), f"{where}.turn_deg", AXES[3:], _MAX_DEG):
            motion[i] = math.radians(deg)
        gripper = self._gripper(keys.get("gripper"), f"{where}.gripper")
        exact: Motion = tuple(motion)  # type: ignore[assignment]
        group = group_of(exact, gripper)
        if "group" in keys:
            group = self.text(keys["group"], node, f"{where}.group")
        if keys and not {"move_cm", "turn_deg", "gripper"} & set(keys):
            self.problem(node, where, "does nothing: give it move_cm, turn_deg or gripper")
        return Primitive(label, phrase, exact, gripper, group)

    def _gripper(self, node: yaml.Node | None, where: str) -> GripperState | None:
        if node is None:
            return None
        if node.value in ("open", "closed"):
            return node.value  # type: ignore[no-any-return]
        self.problem(node, where, f"is {shown(node)}. Allowed: open, closed")
        return None

    def _amounts(
        self, node: yaml.Node | None, where: str, axes: tuple[str, ...], limit: float
    ) -> list[tuple[int, float]]:
        """(index in a motion, amount) of each axis that the mapping names."""
        found = []
        for axis, value in (self.mapping(node, where, axes) if node else {}).items():
            amount = to_number(value)
            if amount is None or not 0 < abs(amount) <= limit:
                unit = where.rsplit("_", 1)[-1]
                self.problem(
                    value,
                    f"{where}.{axis}",
                    f"is {shown(value)}. Allowed: a number other than 0,"
                    f" from -{limit:g} to {limit:g} [{unit}]",
                )
            else:
                found.append((AXES.index(axis), amount))
        if node is not None and isinstance(node, yaml.MappingNode) and not node.value:
            self.problem(node, where, f"is empty. Allowed: {', '.join(axes)}")
        return found

    def _check_unique(self, primitives: list[Primitive], nodes: list[yaml.Node]) -> None:
        phrases: dict[str, int] = {}
        effects: dict[object, int] = {}
        for i, (entry, node) in enumerate(zip(primitives, nodes, strict=True)):
            where = f"primitives[{i}]"
            first = phrases.setdefault(entry.phrase.lower(), i)
            if entry.phrase and first != i:
                self.problem(node, f"{where}.phrase", f"is also that of primitives[{first}]")
            effect = (entry.motion, entry.gripper)
            if effect != (NO_MOTION, None) and (first := effects.setdefault(effect, i)) != i:
                self.problem(node, where, f"does the same as primitives[{first}]. Remove one")
