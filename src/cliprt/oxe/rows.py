"""The rows of a file of data sets, ours or a person's own, each mistake with its line.

The file has one key, ``sets``, a list of rows; docs/data.md says what the keys of a row mean.
"""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import yaml

from cliprt.data.yaml_nodes import NodeReader, shown
from cliprt.oxe.sets import (
    FORMS,
    GRIPPER_RULES,
    SAME,
    Action,
    Column,
    DatasetSet,
    Frame,
    PoseColumns,
    Released,
)

MOST_ROWS = 1000
LARGEST_BYTES = 1_000_000
"""A file with more is not read."""

_TEXTS = ("name", "image", "text")
_ROW = ("name", "also", "weight", "rate_hz", "image", "text", "pose", "action", "released")
_POSE = (*(field.name for field in dataclasses.fields(PoseColumns)), "degrees")
_ACTION = tuple(field.name for field in dataclasses.fields(Action))
_RELEASED = tuple(field.name for field in dataclasses.fields(Released))
_KEY = r"[^\[\]\s][^\[\]]{0,199}?"
_COLUMN = re.compile(rf"({_KEY})(?:\[(-?\d{{1,6}})?:(-?\d{{1,6}})?\])?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_AXES = ("x", "y", "z")


def read_rows(path: Path) -> tuple[DatasetSet, ...]:
    """The sets of a file.

    Raises:
        VocabularyError: It cannot be read, or has mistakes: all of them, one a line.
    """
    return _RowReader(path, "file of data sets", LARGEST_BYTES).read()


class _RowReader(NodeReader):
    def read(self) -> tuple[DatasetSet, ...]:
        root = self.compose(("sets",))
        rows = self.rows(self.mapping(root, "the file", ("sets",)).get("sets"), root, "sets")
        if len(rows) > MOST_ROWS:
            self.problem(root, "sets", f"has {len(rows)} rows. Allowed: up to {MOST_ROWS}")
            self.finish()
        found = [self._row(i, node) for i, node in enumerate(rows)]
        named: dict[str, int] = {}
        for i, one in enumerate(found):
            for name in filter(None, {one.name, one.also}):
                if (first := named.setdefault(name, i)) != i:
                    self.problem(rows[i], f"sets[{i}].name", f"{name!r} is also sets[{first}]")
        self.finish()
        return tuple(found)

    def _row(self, i: int, node: yaml.Node) -> DatasetSet:
        where = f"sets[{i}]"
        keys = self.mapping(node, where, _ROW)
        texts = {key: self.text(keys.get(key), node, f"{where}.{key}") for key in _TEXTS}
        if "rate_hz" not in keys:
            self.problem(node, f"{where}.rate_hz", "is missing. It must be the steps in a second")
        also = self.text(keys["also"], node, f"{where}.also") if "also" in keys else ""
        for key, name in (("name", texts["name"]), ("also", also)):
            if name and not _NAME.fullmatch(name):
                what = f"is {name!r:.60}. Allowed: letters, digits, '_', '-' and '.', up to 100"
                self.problem(keys[key], f"{where}.{key}", what)
        for key in ("image", "text"):
            if texts[key] and not re.fullmatch(_KEY, texts[key]):
                what = f"is {shown(keys[key])}. Write the key of a column, of up to 200 characters"
                self.problem(keys[key], f"{where}.{key}", what)
        return DatasetSet(
            **texts,
            also=also,
            rate_hz=self.number(keys.get("rate_hz"), f"{where}.rate_hz", 0.01, 1000, 10),
            weight=self.number(keys.get("weight"), f"{where}.weight", 0, 1e6, 1),
            pose=self._pose(keys.get("pose"), node, f"{where}.pose"),
            action=self._action(keys["action"], f"{where}.action") if "action" in keys else None,
            released=self._released(keys.get("released"), f"{where}.released"),
        )

    def _pose(self, node: yaml.Node | None, row: yaml.Node, where: str) -> PoseColumns:
        keys = self._part(node, row, where, _POSE)
        position, rotation, gripper = (
            self._column(keys.get(key), node or row, f"{where}.{key}", must=key == "position")
            for key in ("position", "rotation", "gripper")
        )
        form = self.choice(keys.get("form"), f"{where}.form", FORMS)
        if (rotation is None) != (form == "none"):
            at, what = ("form", "rotation") if rotation is None else ("rotation", "form")
            self.problem(node or row, where, f"has `{at}` without `{what}`. Give both or neither")
        frame = self._frame(keys.get("frame"), f"{where}.frame")
        if _is_mirrored(frame):
            self.problem(
                keys["frame"],
                f"{where}.frame",
                "is a mirror image, in which turns have no meaning. Turn one sign round",
            )
        closed, opened = (
            self.number(keys.get(key), f"{where}.{key}", -1e6, 1e6, default)
            for key, default in (("closed", 0), ("open", 1))
        )
        if closed == opened:
            self.problem(node or row, f"{where}.open", "is also `closed`. They must differ")
        degrees = self.flag(keys.get("degrees"), f"{where}.degrees")
        return PoseColumns(
            position=position or Column(""),
            rotation=rotation,
            form=form,
            frame=frame,
            per_metre=self._scale(keys.get("per_metre"), f"{where}.per_metre"),
            per_radian=self._scale(keys.get("per_radian"), f"{where}.per_radian")
            * (180 / math.pi if degrees else 1),
            changes=self.flag(keys.get("changes"), f"{where}.changes"),
            first=int(self.number(keys.get("first"), f"{where}.first", 0, 1000, 0)),
            gripper=gripper,
            closed=closed,
            open=opened,
            command=self.flag(keys.get("command"), f"{where}.command"),
        )

    def _action(self, node: yaml.Node, where: str) -> Action:
        keys = self._part(node, node, where, _ACTION)
        rule = self.choice(keys.get("gripper_rule"), f"{where}.gripper_rule", GRIPPER_RULES)
        gripper = self._column(
            keys.get("gripper"), node, f"{where}.gripper", must=rule not in ("none", "open")
        )
        if gripper is not None and rule in ("none", "open"):
            what = f"is {rule!r}, with a `gripper` that it has no use for. Give another one"
            self.problem(node, f"{where}.gripper_rule", what)
        return Action(
            position=self._column(keys.get("position"), node, f"{where}.position", must=True)
            or Column(""),
            rotation=self._column(keys.get("rotation"), node, f"{where}.rotation"),
            form=self.choice(keys.get("form"), f"{where}.form", ("none", "quaternion")),
            observed=self.flag(keys.get("observed"), f"{where}.observed"),
            gripper=gripper,
            gripper_rule=rule,
        )

    def _released(self, node: yaml.Node | None, where: str) -> Released:
        keys = self.mapping(node, where, _RELEASED) if node is not None else {}
        return Released(
            differences=self.flag(keys.get("differences"), f"{where}.differences"),
            per_metre=self._scale(keys.get("per_metre"), f"{where}.per_metre"),
            degrees=self.flag(keys.get("degrees"), f"{where}.degrees"),
            frame=self._frame(keys.get("frame"), f"{where}.frame"),
            later_image=int(
                self.number(keys.get("later_image"), f"{where}.later_image", 0, 1000, 0)
            ),
        )

    def _part(
        self, node: yaml.Node | None, row: yaml.Node, where: str, allowed: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        if node is None:
            self.problem(row, where, f"is missing. It must be a mapping of {', '.join(allowed)}")
            return {}
        return self.mapping(node, where, allowed)

    def _scale(self, node: yaml.Node | None, where: str) -> float:
        return self.number(node, where, 1e-6, 1e6, 1)

    def _column(
        self, node: yaml.Node | None, parent: yaml.Node, where: str, must: bool = False
    ) -> Column | None:
        if node is None and not must:
            return None
        text = self.text(node, parent, where)
        match = _COLUMN.fullmatch(text)
        if match is None:
            if text and node is not None:
                what = f"is {shown(node)}. Write the key of a column (up to 200), or key[3:6]"
                self.problem(node, where, what)
            return None
        first, last = (None if end is None else int(end) for end in match.groups()[1:])
        return Column(match[1], first, last)

    def _frame(self, node: yaml.Node | None, where: str) -> Frame:
        if node is None:
            return SAME
        words = str(node.value).split() if isinstance(node, yaml.ScalarNode) else []
        found = [word.lstrip("+-") for word in words]
        if sorted(found) != list(_AXES) or any(len(word) > 2 for word in words):
            what = f"is {shown(node)}. Write which axis of the data is away from the base, which"
            self.problem(node, where, f"{what} left and which up, such as y -x z")
            return SAME
        x, y, z = (
            (-1 if word[0] == "-" else 1) * (_AXES.index(axis) + 1)
            for word, axis in zip(words, found, strict=True)
        )
        return (x, y, z)


def _is_mirrored(frame: Frame) -> bool:
    order = tuple(map(abs, frame))
    swapped = order in ((2, 1, 3), (1, 3, 2), (3, 2, 1))
    return (sum(axis < 0 for axis in frame) + swapped) % 2 == 1
