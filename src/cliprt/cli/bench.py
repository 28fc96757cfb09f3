"""``cliprt bench``: measure what cliprt does often, on this machine."""

from __future__ import annotations

import argparse
import os

from cliprt.cli.output import add_format, emit
from cliprt.cli.recipe_arguments import add_recipe, choose_recipe, read_allowed

RECIPE = "finetune_novel"
"""Whose parts are measured, where none is named."""

EXAMPLE = f"cliprt bench {RECIPE}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe(parser, RECIPE)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from cliprt.stages.bench import measure_all

    rows = list(measure_all(read_allowed(*choose_recipe(args, RECIPE))))
    data = {
        "cores": os.cpu_count(),
        "measurements": [
            vars(row) | {"baseline": row.baseline or None, "ratio": row.ratio} for row in rows
        ],
    }
    lines = []
    for row in rows:
        against = f"   {row.ratio:.1f} x faster than: {row.baseline}" if row.ratio else ""
        lines.append(f"{row.ms:10.3f} ms  {row.name}{against}")
    emit(data, args.format, "\n".join(lines))
    return 0
