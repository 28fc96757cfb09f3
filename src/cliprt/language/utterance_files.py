"""Utterances with what they mean, from a file: cliprt's own sets or a user's.

Tab-separated (``.tsv``, ``.txt``), comma-separated (``.csv``) or JSON lines (``.jsonl``), always
UTF-8: the utterance, then what is expected of it (see :mod:`cliprt.language.judging`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cliprt.errors import UsageError, did_you_mean
from cliprt.language.judging import Case, parse_expected
from cliprt.vocabularies.interface import ActionVocabulary

SETS = ("in_scope", "out_of_scope", "typos", "injection", "languages")
"""Cliprt's own, written for it: nothing is copied from anywhere."""

FORMATS = (".tsv", ".txt", ".csv", ".jsonl")

_COLUMNS = ["utterance", "expected"]


def set_path(name: str) -> Path:
    """Where one of `SETS` is kept."""
    return Path(__file__).with_name("utterances") / f"{name}.tsv"


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
    if (
        not isinstance(row, list)
        or len(row) != len(_COLUMNS)
        or not all(isinstance(field, str) for field in row)
    ):
        raise UsageError(f"{path}:{line}: {_expected_row(path.suffix)}")
    utterance, expected = row
    try:
        return Case(utterance, parse_expected(expected, vocabulary))
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
    try:
        found = json.loads(line)
    except ValueError:
        return line
    return [found.get(column) for column in _COLUMNS] if isinstance(found, dict) else found
