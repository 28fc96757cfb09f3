"""``cliprt evaluate``: let the policy act in unseen scenes, and report."""

from __future__ import annotations

import argparse

from cliprt.cli.stages import fit
from cliprt.errors import UsageError

EXAMPLE = """
cliprt evaluate finetune_novel evaluation.trials=50
cliprt evaluate finetune_novel --ask 1,2,3
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    fit.add_arguments(parser)
    parser.add_argument(
        "--ask",
        metavar="N,N",
        help="also with a helper who may speak so often in an episode, e.g. 1,2,3",
    )


def run(args: argparse.Namespace) -> int:
    """Run the stage on the trained policy; a policy that is missing is trained first."""
    if args.ask is not None:
        args.overrides = [*args.overrides, f"collaboration.interventions=[{_numbers(args.ask)}]"]
    return fit.run(args)


def _numbers(text: str) -> str:
    """``"0,1,3"`` -> ``"1, 3"``: without a helper, the policy is judged anyway."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise UsageError(f"--ask is {text!r}. Allowed: whole numbers, for example 0,1,2,3.")
    return ", ".join(word for word in words if int(word))
