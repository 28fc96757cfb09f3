"""``cliprt report``: build the report of a run again from what the run folder holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format, emit

if TYPE_CHECKING:
    from cliprt.evaluation.results import Report

EXAMPLE = "cliprt report runs/finetune_novel"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="RUN_DIR", help="a run folder, runs/<name>")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Write report.html and report.json, and print the success table."""
    from cliprt.evaluation.report import write_report

    return show_report(write_report(args.folder), args.folder, args.format)


def show_report(report: Report, folder: Path, fmt: str) -> int:
    """Print the success table and where the report lies."""
    from cliprt.evaluation.report import HTML, format_table

    where = f"Report: {folder / HTML} (open it in a browser)"
    emit(report.to_dict(), fmt, f"{format_table(report)}\n{where}")
    return 0
