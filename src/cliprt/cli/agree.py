"""``cliprt agree``: measure how often faster ways to compute choose as float32 does.

What agrees in 99.5 % of 200 recorded observations is what ``runtime.precision=auto`` takes from.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from cliprt.cli.output import add_format, emit
from cliprt.errors import UsageError, did_you_mean

EXAMPLE = """
cliprt agree runs/finetune_novel
cliprt agree runs/finetune_novel int8 --episodes runs/few_shot_5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("policy", type=Path, help="a run folder, or a checkpoint folder in it")
    parser.add_argument(
        "precisions",
        nargs="*",
        metavar="PRECISION",
        help="as runtime.precision has them (default: all that this device computes fast)",
    )
    parser.add_argument(
        "--compile", action="store_true", help="compiled (default: both, where none is named)"
    )
    parser.add_argument(
        "--episodes",
        type=Path,
        metavar="RUN",
        help="whose recorded observations are decided about (default: the policy's own run)",
    )
    parser.add_argument("--device", default="auto", help="as runtime.device (default: auto)")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, keep what came out beside the policy, and print it."""
    from typing import get_args

    import torch

    from cliprt.data.store import find_store
    from cliprt.policies.acting import choose_device
    from cliprt.policies.modes import Mode, check_mode, modes_of
    from cliprt.recipe.schema import ActingPrecision
    from cliprt.stages.agree import agree
    from cliprt.stages.run_folder import find_checkpoint

    allowed = [word for word in get_args(ActingPrecision) if word != "auto"]
    for word in args.precisions:
        if word not in allowed:
            hint = did_you_mean(word, allowed)
            raise UsageError(
                f"there is no precision {word!r}.{hint} Allowed: {', '.join(allowed)}."
            )
    torch.set_num_threads(1)  # as where trials are made, and at the page
    device, checkpoint = choose_device(args.device), find_checkpoint(args.policy)
    modes = [Mode(word, args.compile) for word in args.precisions]
    for mode in modes:
        check_mode(mode, device)
    store = find_store(args.episodes or checkpoint.parents[2])
    found = agree(checkpoint, args.device, modes or modes_of(device), store)
    rows = [
        asdict(one) | {"agreement": one.share, "ratio": one.ratio, "suffices": one.suffices}
        for one in found
    ]
    lines = ["mode                  agreement        ms a decision  of float32    ratio  warm-up s"]
    lines += [
        f"{one.mode!s:<20} {one.share:7.2%} of {one.decisions:<4} {1000 * one.decision_s:14.2f}"
        f" {1000 * one.exact_s:11.2f} {one.ratio:8.2f} {one.warm_up_s:10.1f}"
        f"{'' if one.suffices else '   not taken unasked'}"
        for one in found
    ]
    emit(
        {"policy": str(checkpoint), "device": args.device, "modes": rows},
        args.format,
        "\n".join(lines),
    )
    return 0
