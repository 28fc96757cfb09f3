"""List action vocabularies, or show one entry by entry."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit
from cliprt.errors import PluginError, UsageError

if TYPE_CHECKING:
    from cliprt.types import Primitive
    from cliprt.vocabularies.interface import ActionVocabulary

EXAMPLE = """\
cliprt vocabulary show clip_rt_58
cliprt vocabulary show table --path my_table.yaml --format json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``ls | show`` and what each takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ls|show")
    listing = actions.add_parser("ls", help="registered names, with size and fingerprint")
    add_format(listing)
    show = actions.add_parser("show", help="print every entry")
    show.add_argument("name", metavar="NAME", help="a registered name; see: cliprt vocabulary ls")
    show.add_argument("--path", type=Path, metavar="FILE", help="the YAML file of a table")
    add_format(show)


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    return {"ls": _list, "show": _show}[args.action](args)


def load_vocabulary(name: str, path: Path | None) -> ActionVocabulary:
    """Build a vocabulary from what the command line can say about it.

    Raises:
        UnknownNameError: There is none of that name.
        UsageError: It needs a file and has none, or the other way round.
        VocabularyError: The file is not a table.
    """
    from cliprt.registry import load

    make = load("vocabulary", name)
    options = {} if path is None else {"path": path}
    try:
        inspect.signature(make).bind(**options)
    except TypeError as error:
        if path is None:
            raise UsageError(f"the vocabulary {name!r} needs a file. Add: --path FILE") from error
        raise UsageError(f"the vocabulary {name!r} takes no file. Leave out --path.") from error
    vocabulary: ActionVocabulary = make(**options)
    return vocabulary


def _list(args: argparse.Namespace) -> int:
    from cliprt.registry import entries

    rows = [{"name": e.name, "package": e.package} | _facts(e.name) for e in entries("vocabulary")]
    emit(rows, args.format, "\n".join(_row(row) for row in rows))
    return 0


def _facts(name: str) -> dict[str, Any]:
    """Size and fingerprint; a note instead where they cannot be told."""
    from cliprt.vocabularies.nearest import fingerprint

    try:
        vocabulary = load_vocabulary(name, None)
    except (UsageError, PluginError) as error:
        return {"primitives": None, "fingerprint": None, "note": str(error)}
    return {
        "primitives": len(vocabulary.primitives),
        "fingerprint": fingerprint(vocabulary),
        "note": "",
    }


def _row(row: dict[str, Any]) -> str:
    if row["note"]:
        return f"{row['name']:<12}  {row['note']}"
    return f"{row['name']:<12}  {row['primitives']:>3} primitives  {row['fingerprint']}"


def _show(args: argparse.Namespace) -> int:
    from cliprt.vocabularies.nearest import fingerprint

    vocabulary = load_vocabulary(args.name, args.path)
    data = {
        "name": vocabulary.name,
        "fingerprint": fingerprint(vocabulary),
        "primitives": [vars(p) for p in vocabulary.primitives],
    }
    lines = [f"{data['name']}  {data['fingerprint']}"]
    lines += [f"{p.label:>4}  {p.phrase:<56} {_effect(p)}" for p in vocabulary.primitives]
    emit(data, args.format, "\n".join(lines))
    return 0


def _effect(primitive: Primitive) -> str:
    """The motion in a person's units: ``y +5 cm``, ``yaw -45 deg``, ``gripper open``."""
    import math

    from cliprt.vocabularies.nearest import AXES

    parts = [
        f"{axis} {value * 100:+.3g} cm"
        if axis in "xyz"
        else f"{axis} {math.degrees(value):+.3g} deg"
        for axis, value in zip(AXES, primitive.motion, strict=True)
        if value
    ]
    return ", ".join([*parts, *([f"gripper {primitive.gripper}"] if primitive.gripper else [])])
