"""``cliprt fit``: from sentences to an evaluated policy, in one command."""

from __future__ import annotations

import argparse

from cliprt.cli.recipe_arguments import add_confirm, add_recipe_arguments, open_recipe
from cliprt.cli.report import show_report

EXAMPLE = "cliprt fit --recipe finetune_novel.yaml evaluation.trials=10"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)
    add_confirm(parser)


def run(args: argparse.Namespace) -> int:
    """Collect, augment, train, evaluate and report; what is there already is reused."""
    from cliprt.runtime.confirm import confirm_moves
    from cliprt.stages.fit import fit
    from cliprt.stages.training_process import train_beside

    if train_beside():  # one of several processes of torchrun or SLURM, and not the first
        return 0
    recipe, folder = open_recipe(args)
    with confirm_moves(args.confirm):
        return show_report(fit(recipe, folder), folder.path, args.format)
