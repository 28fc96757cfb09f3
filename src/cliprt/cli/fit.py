"""``cliprt fit``: from sentences to an evaluated policy, in one command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

if TYPE_CHECKING:
    from cliprt.evaluation.results import Report
    from cliprt.stages.run_folder import RunFolder

EXAMPLE = "cliprt fit --recipe finetune_novel.yaml evaluation.trials=10"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Collect, augment, train, evaluate and report; what is there already is reused."""
    from cliprt.stages.fit import fit

    recipe, folder = open_recipe(args)
    return show_report(fit(recipe, folder), folder, args.format)


def show_report(report: Report, folder: RunFolder, fmt: str) -> int:
    """Print the success table and where the report lies."""
    from cliprt.evaluation.report import format_table

    where = f"Report: {folder.path / 'report.html'} (open it in a browser)"
    emit(report.to_dict(), fmt, f"{format_table(report)}\n{where}")
    return 0
