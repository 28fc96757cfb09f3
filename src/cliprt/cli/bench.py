"""``cliprt bench``: measure what cliprt does often, on this machine."""

from __future__ import annotations

import argparse
import shlex
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format, emit
from cliprt.cli.recipe_arguments import add_recipe, choose_recipe, read_allowed

if TYPE_CHECKING:
    from cliprt.stages.bench.machine import Machine
    from cliprt.stages.bench.rows import Measured

RECIPE = "finetune_novel"
"""Whose parts are measured, where none is named."""

WORDS = ("decide", "train", "collect", "interpret", "store")

EXAMPLE = "cliprt bench decide"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = f"cliprt bench [{' | '.join(WORDS)}] ... [RECIPE] [key=value] ..."
    add_recipe(parser, RECIPE)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    words = [word for word in WORDS if word in args.overrides]
    args.overrides = [word for word in args.overrides if word not in words]
    recipe = read_allowed(*choose_recipe(args, RECIPE))

    from cliprt.policies.acting import choose_device
    from cliprt.stages.bench import measure
    from cliprt.stages.bench.machine import measure_machine
    from cliprt.stages.bench.setting import Setting

    machine = measure_machine(choose_device(recipe.runtime.device))
    rows = list(measure(words or WORDS, Setting(recipe)))
    data = {
        "command": shlex.join(args.typed),
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": vars(machine),
        "rows": [row.to_plain() for row in rows],
    }
    emit(data, args.format, _in_words(machine, rows))
    return 0


def _in_words(machine: Machine, rows: list[Measured]) -> str:
    lines = [
        f"{machine.device}, {machine.cores} cores, torch {machine.torch}:"
        f" {machine.flops_per_s / 1e9:.1f} GFLOP/s, {machine.bytes_per_s / 1e9:.1f} GB/s"
    ]
    for row in rows:
        named = " ".join(filter(None, (row.what, row.model, row.precision)))
        against = f"   {row.ratio:.1f} x faster than: {row.baseline}" if row.ratio else ""
        lines.append(f"{1000 * row.cpu_s:10.3f} ms  {named}{against}")
    return "\n".join(lines)
