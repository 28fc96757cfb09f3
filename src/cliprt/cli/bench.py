"""``cliprt bench``: measure what cliprt does often, on this machine."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format, emit
from cliprt.cli.recipe_arguments import add_recipe, choose_recipe, read_allowed
from cliprt.errors import MissingExtraError

if TYPE_CHECKING:
    from cliprt.stages.bench.machine import Machine
    from cliprt.stages.bench.rows import Measured
    from cliprt.stages.bench.setting import Setting

RECIPE = "finetune_novel"
"""Whose parts are measured, where none is named."""

WORDS = {
    "decide": "cliprt.stages.bench.decide",
    "train": "cliprt.stages.bench.train",
    "collect": "cliprt.stages.bench.collect",
    "serve": "cliprt.serving.measuring",
    "interpret": "cliprt.stages.bench.interpret",
    "store": "cliprt.stages.bench.store",
}
"""What can be measured -> the module whose ``measure_<word>`` does that."""

EXAMPLE = """
cliprt bench
cliprt bench decide train --model ViT-B-16 --format json
cliprt bench decide trainer.start_from=runs/finetune_novel --picture speeds.svg
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = f"cliprt bench [{' | '.join(WORDS)}] ... [RECIPE] [key=value] ..."
    add_recipe(parser, RECIPE)
    parser.add_argument("--device", help="where policies act and learn (default: the recipe's)")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="measure this OpenCLIP architecture with random weights in the paper's policy, e.g."
        " ViT-B-16; may be given several times",
    )
    parser.add_argument(
        "--openvla",
        type=Path,
        metavar="PYTHON",
        help="decide by OpenVLA too, run by this Python of its own environment",
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the ratios too")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    words = _words([word for word in WORDS if word in args.overrides])
    args.overrides = [word for word in args.overrides if word not in WORDS]
    if args.device:
        trainer = "gpu" if args.device.startswith("cuda") else args.device
        args.overrides += [f"runtime.device={args.device}", f"trainer.accelerator={trainer}"]
    recipe = read_allowed(*choose_recipe(args, RECIPE))

    from cliprt.policies.acting import choose_device
    from cliprt.recipe.build import check_simulated
    from cliprt.stages.bench.machine import measure_machine, one_thread
    from cliprt.stages.bench.setting import Setting

    instead = "Measure a recipe of a simulated one"
    check_simulated(recipe, "it would be moved unattended", instead)
    setting = Setting(recipe, tuple(args.model), args.openvla)
    with one_thread():
        machine = measure_machine(choose_device(recipe.runtime.device))
        rows = [row for word in words for row in _measure(word, setting)]
    if args.picture:
        from cliprt.stages.bench.picture import draw

        draw(machine, rows, args.picture)
    data = {
        "command": shlex.join(args.typed),
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": vars(machine),
        "rows": [row.to_plain() for row in rows],
    }
    emit(data, args.format, "\n".join([_limits(machine), *map(_in_words, rows)]))
    return 0


def _words(asked: list[str]) -> list[str]:
    """All, where none is asked for, but for what needs packages that are not installed.

    Raises:
        MissingExtraError: That was asked for.
    """
    has_sockets = find_spec("websockets") and find_spec("msgpack")
    if "serve" in asked and not has_sockets:
        raise MissingExtraError(
            "measuring a served policy needs packages that are not installed. Type: pip install"
            " 'cliprt[serve]'"
        )
    return asked or [word for word in WORDS if word != "serve" or has_sockets]


def _measure(word: str, setting: Setting) -> Iterator[Measured]:
    yield from getattr(import_module(WORDS[word]), f"measure_{word}")(setting)


def _limits(machine: Machine) -> str:
    return (
        f"{machine.device}, {machine.cores} cores, torch {machine.torch}: one computes"
        f" {machine.flops_per_s / 1e9:.1f} GFLOP/s and copies {machine.bytes_per_s / 1e9:.1f} GB/s"
    )


def _in_words(row: Measured) -> str:
    named = " ".join(filter(None, (row.what, row.model, row.precision)))
    line = f"{1000 * row.cpu_s:10.3f} ms  {named}"
    if row.ratio is None:
        return line
    facts = [f"{row.ratio:.2f} x the speed of: {row.baseline}"]
    if row.bound is not None:
        facts.append(f"at most {row.bound:.2f} x")
    if row.agreement is not None:
        facts.append(f"the same in {100 * row.agreement:.1f} %")
    return f"{line}   {'; '.join(facts)}"
