"""``cliprt evaluate``: let the policy act in unseen scenes, and report."""

from __future__ import annotations

import argparse

from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

EXAMPLE = "cliprt evaluate --recipe finetune_novel.yaml evaluation.trials=50"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the stage on the trained policy; a policy that is missing is trained first."""
    from cliprt.cli.report import show_report
    from cliprt.stages.fit import fit

    recipe, folder = open_recipe(args)
    return show_report(fit(recipe, folder), folder.path, args.format)
