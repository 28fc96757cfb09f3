"""Writes into somebody's data set what the arm does, in words: one phrase after the other.

A phrase is the movement over about a second between poses that were observed, said as `oxe_50`
says it; commands of any unit or none are not needed.  Nothing else changes: files that need no
change are not touched, a Parquet file that gets the column is written beside and renamed, and keeps
its other columns, its groups of rows and what it says of itself.

All new files are written first, which takes as long as it takes; then ``meta/info.json`` says that
there is the column, and the files take their places, within moments.  Killed before, the data set
is as it was; killed in between, it can be read here, and lerobot refuses it until the same command
has gone on where it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cliprt.data.boundary import read_plain
from cliprt.data.disk import replace_file, sync_folder, writing
from cliprt.errors import StoreError, UsageError
from cliprt.formats.interface import new_folder
from cliprt.registry import load
from cliprt_lerobot.labels import Labels, find_labels
from cliprt_lerobot.language import PERSISTENT_TYPE
from cliprt_lerobot.layout import EARLIER, INFO, MOST_INFO_BYTES, PERSISTENT
from cliprt_lerobot.listing import Entry
from cliprt_lerobot.motions import (
    MOST_REPEATED,
    Fate,
    MotionRow,
    check_type,
    fate_of,
    motion_rows,
    with_motions,
)
from cliprt_lerobot.naming import Told
from cliprt_lerobot.reader import DataSet
from cliprt_lerobot.report import Report
from cliprt_lerobot.tables import Table, load_parquet

if TYPE_CHECKING:
    pass

VOCABULARY = "oxe_50"
NEW = ".new"
"""Of files that are not whole yet; nobody's pattern for data finds them."""

SHOWN, SHOWN_ROWS = 3, 8
"""Episodes of which the phrases are shown, and how many of each."""


Changes = dict[Path, list[tuple[Entry, tuple[MotionRow, ...]]]]
"""File -> the episodes in it that get these motions; all of its rows get the column."""


def annotate(root: Path, told: Told, force: bool = False) -> Report:
    """Write motion phrases into the data set in `root`.

    Args:
        root: Its folder.
        told: What a person says of it.
        force: Replace phrases that this has written before.

    Raises:
        StoreError: It cannot be read or written; what was written is whole, and the same goes on.
        UsageError: Nothing says where the hand's pose is, or it cannot be one.
    """
    with _alone(root):
        one, changes, report = _look(root, told, force)
        _write(one, changes)
    return report


def foresee(root: Path, told: Told, force: bool = False, linked: bool = False) -> Report:
    """What `annotate` would do; `linked` files may be links.

    Raises:
        StoreError, UsageError: As `annotate`.
    """
    return _look(root, told, force, linked)[2]


def annotate_copy(
    root: Path, target: Path, told: Told, force: bool = False, linked: bool = False
) -> Report:
    """Write a copy of the data set in `root` with motion phrases; it is `target` once it is whole.

    Raises:
        StoreError: `target` is there already, or a file is a link though not `linked`; as
            `annotate`.
        UsageError: `target` is in the data set; as `annotate`.
    """
    if root.resolve() in target.resolve().parents:
        raise UsageError(f"{target} is in the data set that is copied. Choose another folder.")
    _look(root, told, force, linked)  # before gigabytes are copied
    with new_folder(target) as new:
        for path in sorted(root.rglob("*")):
            inner = new / path.relative_to(root)
            if path.is_symlink() and not linked:
                raise StoreError(f"{path} is a link; only files of the data set's own are copied.")
            if path.is_dir():
                inner.mkdir()
            elif path.is_file():
                shutil.copyfile(path, inner)
        one, changes, report = _look(new, told, force)
        _write(one, changes)
    return report


def _look(
    root: Path, told: Told, force: bool, linked: bool = False
) -> tuple[DataSet, Changes, Report]:
    """Which files would change how; nothing is written."""
    one = DataSet(root, linked)
    if one.info.codebase_version == EARLIER:
        raise StoreError(
            f"{root} is of version {EARLIER}, which has no language. Let lerobot convert it:"
            " python -m lerobot.scripts.convert_dataset_v21_to_v30 --repo-id NAME --root"
            f" {root} --push-to-hub=false"
        )
    labels = find_labels(one, told)
    report = Report(str(labels))
    rows = dict(_rows_of(one, labels, report))
    report.remarks = labels.remarks
    changes = _changes(one, rows, force, report)
    report.files = len(changes)
    return one, changes, report


def _write(one: DataSet, changes: Changes) -> None:
    paths = {entry.path for entry in one.entries} | {one.root / INFO}
    with writing(one.root):
        _remove_new(paths)  # of a process that was killed
        try:
            new = [_write_beside(Table(path, one.root), rows) for path, rows in changes.items()]
            if new:
                _announce(one.root)
            for path in new:
                path.replace(path.with_name(path.name.removesuffix(NEW)))
            for folder in {path.parent for path in new}:
                sync_folder(folder)
        except BaseException:
            _remove_new(paths)
            raise


def _remove_new(paths: Iterable[Path]) -> None:
    for path in paths:
        path.with_name(path.name + NEW).unlink(missing_ok=True)


def _rows_of(
    one: DataSet, labels: Labels, report: Report
) -> Iterator[tuple[int, tuple[MotionRow, ...]]]:
    """(episode, its motions) of every episode that can be said in words."""
    phrases = _phrases()
    for entry in one.entries:
        columns = one.numbers(entry, [*labels.keys, "timestamp"])
        report.frames += entry.length
        found = labels.label(entry, columns)
        if found is None:
            text = (
                f"episode {entry.index}: its poses or its gripper have numbers that are not finite"
            )
            report.left_out.append(text)
            continue
        counts = np.bincount(found[found >= 0], minlength=len(phrases))
        report.histogram.update({phrases[i]: int(n) for i, n in enumerate(counts) if n})
        report.phrased += int(counts.sum())
        rows = motion_rows(found, columns["timestamp"], phrases)
        if rows and len(report.examples) < SHOWN:
            report.examples[entry.index] = list(rows[:SHOWN_ROWS])
        yield entry.index, rows


def _changes(
    one: DataSet, rows: Mapping[int, tuple[MotionRow, ...]], force: bool, report: Report
) -> Changes:
    changes: Changes = {}
    known = frozenset((*_phrases(), ""))
    for entry in one.entries:
        motions = rows.get(entry.index)
        if motions is None:
            continue
        if len(motions) * entry.length > MOST_REPEATED:
            report.left_out.append(
                f"episode {entry.index}: each of its {entry.length} frames would repeat all"
                f" {len(motions)} phrases, as LeRobot keeps them; split it"
            )
            continue
        fate = _fate(one, entry, motions, known)
        report.fates[fate] += 1
        if fate == "foreign":
            report.left_out.append(f"episode {entry.index}: it has somebody else's motions")
        elif fate == "earlier" and not force:
            report.left_out.append(
                f"episode {entry.index}: it has other motions of ours; --force replaces them"
            )
        elif fate != "same":
            changes.setdefault(entry.path, []).append((entry, motions))
    if changes or PERSISTENT in one.info.features:  # readers expect all files to be alike
        for path in {entry.path for entry in one.entries}:
            if PERSISTENT not in one.table(path).schema.names:
                changes.setdefault(path, [])
    return changes


def _fate(
    one: DataSet, entry: Entry, motions: tuple[MotionRow, ...], known: frozenset[str]
) -> Fate:
    table = one.table(entry.path)
    if PERSISTENT not in table.schema.names:
        return "new" if motions else "same"
    check_type(table.schema.field(PERSISTENT).type, table.path)
    stop = entry.start + entry.length
    lists = table.read([PERSISTENT], entry.start, stop, coded=False).column(PERSISTENT)
    return fate_of(lists.combine_chunks(), motions, known)


def _announce(root: Path) -> None:
    """Let ``meta/info.json`` say that there is the column."""
    values = json.loads(read_plain(root / INFO, MOST_INFO_BYTES, root))
    if PERSISTENT not in values["features"]:
        values["features"][PERSISTENT] = {"dtype": "language", "shape": [1], "names": None}
        text = json.dumps(values, indent=4, ensure_ascii=False)
        # Half a character, which UTF-8 does not have, stays the escape that it was.
        replace_file(root / INFO, text.encode(errors="backslashreplace"), durable=True)


def _write_beside(table: Table, chosen: list[tuple[Entry, tuple[MotionRow, ...]]]) -> Path:
    """Write a file anew beside it, with these motions; where it is."""
    schema = table.schema
    if PERSISTENT not in schema.names:
        import pyarrow as pa

        schema = schema.append(pa.field(PERSISTENT, PERSISTENT_TYPE))
    new = table.path.with_name(table.path.name + NEW)
    new.unlink(missing_ok=True)
    with io.FileIO(new, "x") as file:
        with load_parquet().ParquetWriter(file, schema, compression=table.compression) as writer:
            for group in range(table.groups):
                rows = table.read_group(group)
                for part in with_motions(rows, table.span(group)[0], chosen):
                    writer.write_table(part, row_group_size=max(len(part), 1))
        os.fsync(file.fileno())
    shutil.copymode(table.path, new)
    return new


def _phrases() -> list[str]:
    return [primitive.phrase for primitive in load("vocabulary", VOCABULARY)().primitives]


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Be the only one who annotates a data set; no file is left of it."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError(
            f"{root} is being annotated just now; wait for the other to end."
        ) from error
    finally:
        os.close(descriptor)
