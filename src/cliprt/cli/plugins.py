"""List what is installed of every kind: vocabularies, encoders, robots, tasks, commands ..."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format, emit

if TYPE_CHECKING:
    from cliprt.registry import Entry

EXAMPLE = "cliprt plugins ls policy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``ls [KIND]``."""
    kinds = ", ".join(_groups())
    actions = parser.add_subparsers(dest="action", required=True, metavar="ls")
    listing = actions.add_parser("ls", help="registered names with package and version")
    listing.add_argument("kind", nargs="?", metavar="KIND", help=f"one of {kinds}")
    add_format(listing)


def run(args: argparse.Namespace) -> int:
    """Print the registry; reads metadata only, so a broken plugin is listed too."""
    from dataclasses import asdict

    from cliprt.registry import entries

    groups = _groups()
    found = {kind: entries(kind) for kind in ([args.kind] if args.kind else groups)}
    data = [asdict(entry) for kind in found for entry in found[kind]]
    emit(
        data,
        args.format,
        "\n\n".join(_table(f"{kind} ({groups[kind]})", rows) for kind, rows in found.items()),
    )
    return 0


def _groups() -> dict[str, str]:
    from cliprt.registry import GROUPS, LISTS

    return GROUPS | LISTS


def _table(title: str, rows: tuple[Entry, ...]) -> str:
    from cliprt.cli.main import COMMANDS

    lines = [title]
    for row in rows:
        claimed = sum(other.name == row.name for other in rows) > 1
        mark = "  claimed more than once: cannot be used" if claimed else ""
        if row.kind == "command" and row.name in COMMANDS:
            mark = "  one of ours has this name: never called"
        lines.append(f"  {row.name:<16} {row.package} {row.version}{mark}")
    return "\n".join(lines if rows else [*lines, "  none installed"])
