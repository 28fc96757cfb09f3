"""Utterances with what they mean, from a file: cliprt's own sets or a user's.

Tab-separated (``.tsv``, ``.txt``), comma-separated (``.csv``) or JSON lines (``.jsonl``), always
UTF-8: the utterance, then what is expected of it (see :mod:`cliprt.language.judging`).  JSON lines
may also say what was done before, ``"last": [["y", 0.05]]``, and where things are from the hand,
``"things": {"cup": [0.2, 0.05, -0.1]}``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cliprt.errors import UsageError, did_you_mean
from cliprt.language.interface import Situation
from cliprt.language.judging import Case, parse_expected
from cliprt.language.pointing import Offset
from cliprt.types import NO_MOTION, GripperState, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, group_of, nearest

SETS = ("in_scope", "out_of_scope", "typos", "injection", "context", "languages")
"""Cliprt's own, written for it: nothing is copied from anywhere."""

FORMATS = (".tsv", ".txt", ".csv", ".jsonl")

_COLUMNS = ["utterance", "expected"]

LAST = (
    '"last" must be a list of steps, the newest at the end, such as [["y", 0.05], ["grip", 0]]:'
    " x, y or z in metres, roll, pitch, yaw or wrist in radians, not 0; grip 1 (open) or 0 (closed)"
)
THINGS = (
    '"things" must name at most 64 things, each with where it is from the hand in metres, forward,'
    ' left and up, such as {"cup": [0.2, 0.05, -0.1]}'
)
_MOST_THINGS, _LONGEST_NAME = 64, 100
_AXES = {**{axis: i for i, axis in enumerate(AXES)}, "wrist": AXES.index("gripper_rotation")}
_LARGEST = 1e6  # [m or rad], beyond any arm
_GRIPPER: dict[Any, GripperState] = {1: "open", 0: "closed"}


def set_path(name: str) -> Path:
    """Where one of `SETS` is kept."""
    suffix = "jsonl" if name == "context" else "tsv"
    return Path(__file__).with_name("utterances") / f"{name}.{suffix}"


def parse_said(line: str, vocabulary: ActionVocabulary) -> tuple[str, Situation]:
    """An utterance and what it is said into, from a JSON line; further keys are left alone.

    Raises:
        UsageError: It is no such line.
    """
    found = _parse_object(line)
    if not isinstance(found, dict) or not isinstance(found.get("utterance"), str):
        raise UsageError(
            'not an object such as {"utterance": "a bit more", "last": [["y", 0.05]]}; "last" may'
            " be left out."
        )
    last, things = _parse_last(found.get("last"), vocabulary), _parse_things(found.get("things"))
    return found["utterance"], Situation(last, things=things)


def load_cases(source: str, vocabulary: ActionVocabulary) -> list[Case]:
    """Load one of `SETS` by name, ``all`` of them, or a file.

    Raises:
        UsageError: There is none, or a line is wrong.
    """
    if source == "all":
        return [case for name in SETS for case in load_cases(name, vocabulary)]
    path = set_path(source) if source in SETS else Path(source)
    if not path.exists():
        names = ", ".join(SETS)
        meant = did_you_mean(source, [*SETS, "all"])
        raise UsageError(
            f"{source} is neither a file nor a set of utterances ({names}, all).{meant}"
        )
    cases = [_parse_case(path, *row, vocabulary) for row in _rows(path)]
    if not cases:
        raise UsageError(f"{path} has no utterances. Write one a line: utterance<TAB>expected.")
    return cases


def _parse_case(path: Path, line: int, row: object, vocabulary: ActionVocabulary) -> Case:
    last = row.get("last") if isinstance(row, dict) else None
    if isinstance(row, dict):
        row = [row.get(column) for column in _COLUMNS]
    if (
        not isinstance(row, list)
        or len(row) != len(_COLUMNS)
        or not all(isinstance(field, str) for field in row)
    ):
        raise UsageError(f"{path}:{line}: {_expected_row(path.suffix)}")
    utterance, expected = row
    try:
        return Case(utterance, parse_expected(expected, vocabulary), _parse_last(last, vocabulary))
    except UsageError as error:
        raise UsageError(f"{path}:{line}: {error}") from error


def _expected_row(suffix: str) -> str:
    if suffix == ".jsonl":
        return 'not an object such as {"utterance": "go left", "expected": "y+ 10 cm"}.'
    sign = "a comma" if suffix == ".csv" else "a tab"
    return f"not two fields. Write the utterance, {sign}, and what is expected."


def _rows(path: Path) -> Iterator[tuple[int, object]]:
    """(line number, fields) without blank lines, comments and the line of titles."""
    if path.suffix not in FORMATS:
        raise UsageError(f"{path} is not one of: {', '.join(FORMATS)}. Save it as one of these.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Give a text file.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    for line, row in _fields(text.split("\n"), path.suffix):
        if row and row != _COLUMNS:
            yield line, row


def _fields(lines: Iterable[str], suffix: str) -> Iterator[tuple[int, object]]:
    if suffix == ".csv":
        reader = csv.reader(f"{line}\n" for line in lines)
        for row in reader:
            yield reader.line_num, [field.strip() for field in row]
        return
    for number, line in enumerate(lines, 1):
        line = line.removesuffix("\r")
        if suffix == ".jsonl":
            yield number, _parse_object(line) if line.strip() else None
        elif line.strip() and not (line.startswith("#") and "\t" not in line):
            yield number, line.split("\t")


def _parse_object(line: str) -> object:
    """Whatever the line holds; the line itself where that is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _parse_last(found: Any, vocabulary: ActionVocabulary) -> tuple[Primitive, ...]:
    """What was done before, as steps."""
    if found is None:
        return ()
    if not isinstance(found, list):
        raise UsageError(f"{LAST}; it is {_shown(found)}.")
    return tuple(_parse_step(step, vocabulary) for step in found)


def _parse_step(step: Any, vocabulary: ActionVocabulary) -> Primitive:
    axis, value = step if isinstance(step, list) and len(step) == 2 else ("", 0)
    if not isinstance(axis, str) or isinstance(value, bool) or not isinstance(value, int | float):
        axis, value = "", 0
    motion = list(NO_MOTION)
    gripper = _GRIPPER.get(value) if axis == "grip" else None
    if axis in _AXES and 0 < abs(value) < _LARGEST:
        motion[_AXES[axis]] = float(value)
    elif gripper is None:
        meant = did_you_mean(axis, [*_AXES, "grip"]) if axis and axis not in _AXES else ""
        raise UsageError(f"{LAST}; one of them is {_shown(step)}.{meant}")
    plain = Primitive(None, "", tuple(motion), gripper, group_of(motion, gripper))  # type: ignore[arg-type]
    return nearest(vocabulary, motion, gripper) or plain


def _parse_things(found: Any) -> dict[str, Offset]:
    """Where things are from the hand [m]."""
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > _MOST_THINGS:
        raise UsageError(f"{THINGS}; it is {_shown(found)}.")
    wrong = next((name for name in found if not _is_thing(name, found[name])), None)
    if wrong is not None:
        raise UsageError(f"{THINGS}; one of them is {_shown({wrong: found[wrong]})}.")
    return {name: tuple(map(float, offset)) for name, offset in found.items()}  # type: ignore[misc]


def _is_thing(name: str, offset: Any) -> bool:
    is_offset = isinstance(offset, list) and len(offset) == 3
    return (
        is_offset
        and bool(name.strip() and name.isprintable())
        and len(name) <= _LONGEST_NAME
        and not any(isinstance(m, bool) or not isinstance(m, int | float) for m in offset)
        and all(abs(m) < _LARGEST for m in offset)
    )


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
