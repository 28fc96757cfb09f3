"""``cliprt report``: build the report of a run again from what the run folder holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from cliprt.cli.output import add_format, emit

EXAMPLE = "cliprt report runs/finetune_novel"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="RUN_DIR", help="a run folder, runs/<name>")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Write report.html and report.json, and print the success table."""
    from cliprt.evaluation.report import HTML, format_table, write_report

    report = write_report(args.folder)
    where = f"Report: {args.folder / HTML} (open it in a browser)"
    emit(report.to_dict(), args.format, f"{format_table(report)}\n{where}")
    return 0
