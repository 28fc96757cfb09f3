"""``cliprt report``: build the report of a run again from what the run folder holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    facts, text = tell_report(write_report(args.folder), args.folder)
    emit(facts, args.format, text)
    return 0


def tell_report(report: Report, folder: Path) -> tuple[dict[str, Any], str]:
    """The report as JSON values; the success table and where the report lies as text."""
    from cliprt.evaluation.report import HTML, format_table

    where = f"Report: {folder / HTML} (open it in a browser)"
    return report.to_dict(), f"{format_table(report)}\n{where}"
