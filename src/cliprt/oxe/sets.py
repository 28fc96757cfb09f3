"""The data sets whose steps we can put into words: a row each, of ours and of a person's own file.

A row only says which columns hold what, in which units and which frame; nothing here computes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.errors import StoreError, UnknownNameError, UsageError, did_you_mean

RULES = ("observed", "reference")
"""How steps become labels: by what the arm was seen to do, or as in the released code."""

FORMS = {
    "none": 0,
    "euler": 3,
    "euler_zxy": 3,
    "rotation_vector": 3,
    "quaternion": 4,
    "quaternion_wxyz": 4,
    "matrix": 16,
    "matrix_columns": 16,
}
"""Of a turn, and how many numbers each has."""

GRIPPER_RULES = (
    "none",
    "open",
    "as_is",
    "clipped",
    "inverted",
    "clipped_inverted",
    "binarised",
    "relative",
)
"""How a column becomes the published gripper, 1 open and 0 closed."""

Frame = tuple[int, int, int]
"""Which axis of the data each of x (away from the base), y (left), z (up) is: 1, 2 or 3, signed."""

SAME: Frame = (1, 2, 3)


@dataclass(frozen=True)
class Column:
    """Numbers of a step: those of one key, or some of them in a row (`first` up to `last`)."""

    key: str
    first: int | None = None
    last: int | None = None

    def read(self, columns: Mapping[str, Any], counts: Sequence[int]) -> np.ndarray:
        """The numbers (n, k) of all n steps, k being one of `counts`.

        Raises:
            StoreError: There is no such column, or it has another number of numbers.
        """
        values = np.asarray(find_column(columns, self.key))
        if values.dtype.kind not in "fiub":
            raise StoreError(f"the column {self.key!r} holds no numbers. Correct the set's row.")
        values = values.reshape(len(values), math.prod(values.shape[1:]))
        values = values[:, self.first : self.last]
        if values.shape[1] not in counts:
            raise StoreError(
                f"{self} has {values.shape[1]} numbers a step, not {' or '.join(map(str, counts))}."
                " Correct the set's row: key[3:6] takes those from 3 up to 6."
            )
        return values

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return self.key
        ends = ("" if end is None else str(end) for end in (self.first, self.last))
        return f"{self.key}[{':'.join(ends)}]"


@dataclass(frozen=True)
class Action:
    """How the published seven numbers of an action are made; see `standardise`."""

    position: Column
    rotation: Column | None = None
    form: str = "none"
    observed: bool = False
    gripper: Column | None = None
    gripper_rule: str = "none"


@dataclass(frozen=True)
class PoseColumns:
    """Where the hand is seen, or, where it is not, what tells how it moved.

    Attributes:
        position: Of the hand.
        rotation: Of the hand; None where it does not turn.
        form: Of the rotation, one of `FORMS`.
        frame: Of both.
        per_metre: Units of the position in a metre.
        per_radian: Units of the rotation in a radian.
        changes: Whether the columns say how far the hand moves in each step, not where it is.
        first: Steps at the beginning that say nothing.
        gripper: None where it is that of the action.
        closed: What `gripper` is where the gripper is closed.
        open: What `gripper` is where the gripper is open.
        command: Whether `gripper` says what the gripper is told to do in the step.
    """

    position: Column
    rotation: Column | None = None
    form: str = "none"
    frame: Frame = SAME
    per_metre: float = 1.0
    per_radian: float = 1.0
    changes: bool = False
    first: int = 0
    gripper: Column | None = None
    closed: float = 0.0
    open: float = 1.0
    command: bool = False


@dataclass(frozen=True)
class Released:
    """What the released code does to the published actions before it names them.

    Attributes:
        differences: Takes the change of each of the seven numbers from step to step.
        per_metre: Divides the position by this.
        degrees: Takes rotations for degrees, and loses the gripper on the way.
        frame: Of the position alone; turns keep their axes.
        later_image: Pairs an action with the next step's image in episodes that have at least as
            many steps; 0 never.
    """

    differences: bool = False
    per_metre: float = 1.0
    degrees: bool = False
    frame: Frame = SAME
    later_image: int = 0


@dataclass(frozen=True)
class DatasetSet:
    """One data set.

    Attributes:
        name: As it is published.
        rate_hz: Steps in a second.
        image: Key of the picture that is learned from.
        text: Key of the instruction.
        pose: For the rule ``observed``.
        weight: How often a sample of it is drawn in the mixture.
        also: Another name.
        action: For the rule ``reference``; None in a set of one's own.
        released: For the rule ``reference``.
    """

    name: str
    rate_hz: float
    image: str
    text: str
    pose: PoseColumns
    weight: float = 1.0
    also: str = ""
    action: Action | None = None
    released: Released = Released()


def all_sets(file: str | Path | None = None) -> tuple[DatasetSet, ...]:
    """The rows of a person's own file, or the 22 of Open X-Embodiment.

    Raises:
        VocabularyError: The file cannot be read, or has mistakes: all of them, one a line.
    """
    from cliprt.oxe.rows import read_rows

    return _ours() if not file else read_rows(Path(file))


def find_set(name: str, file: str | Path | None = None) -> DatasetSet:
    """A set by one of its names; those of `file` come before ours.

    Raises:
        UnknownNameError: There is none of that name.
        VocabularyError: See `all_sets`.

    >>> find_set("bridge_dataset").name
    'bridge_orig'
    """
    known = {
        called: one
        for one in (*all_sets(), *(all_sets(file) if file else ()))
        for called in (one.also, one.name)
        if called
    }
    if name in known:
        return known[name]
    names = sorted({one.name for one in known.values()})
    raise UnknownNameError(
        f"no set is called {name!r}.{did_you_mean(name, known)} Allowed: {', '.join(names)}; or a"
        " row of your own in a YAML file (--sets FILE; in a recipe, the source's `sets`)."
    )


def wanted_columns(one: DatasetSet, rule: str) -> tuple[str, ...]:
    """The keys to be read of each record, such as ``"steps/observation/image"``, for a rule.

    Raises:
        UsageError: There is no such rule, or none of that kind for this set.
    """
    check_rule(one, rule)
    action, pose = one.action, one.pose
    used: list[Column | None] = []
    if rule == "observed":
        used += [pose.position, pose.rotation, pose.gripper]
    if action is not None and rule == "reference":
        used += [action.position, action.rotation]
    if action is not None and (rule == "reference" or pose.gripper is None):
        used.append(action.gripper)
    keys = {one.image, one.text, *(column.key for column in used if column)}
    return tuple(f"steps/{key}" for key in sorted(keys))


def check_rule(one: DatasetSet, rule: str) -> None:
    """Raise unless a rule can be used with a set.

    Raises:
        UsageError: It cannot.
    """
    if rule not in RULES:
        hint = did_you_mean(rule, RULES)
        raise UsageError(f"no rule is called {rule!r}.{hint} Allowed: {', '.join(RULES)}.")
    if rule == "reference" and one.action is None:
        raise UsageError(
            f"the set {one.name!r} has no `action` in its row, so that there is nothing released"
            " for it. Use the rule observed."
        )


def find_column(columns: Mapping[str, Any], key: str) -> Any:
    """What a record holds under a key of a step, (n, ...) or n texts.

    Raises:
        StoreError: There is nothing.
    """
    found = columns.get(f"steps/{key}")
    if found is None:
        there = sorted(name.removeprefix("steps/") for name in columns)
        raise StoreError(
            f"the data has no column {key!r}.{did_you_mean(key, there)} Correct the set's row, or"
            " name the set that the data is of."
        )
    return found


@cache
def _ours() -> tuple[DatasetSet, ...]:
    from cliprt.oxe.rows import read_rows

    with as_file(files("cliprt.oxe").joinpath("sets.yaml")) as path:
        return read_rows(path)
