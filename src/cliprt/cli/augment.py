"""``cliprt augment``: diversify what was taught, and record the variants."""

from __future__ import annotations

import argparse

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

EXAMPLE = "cliprt augment --recipe finetune_novel.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the stage, and collecting first where that is missing."""
    from cliprt.stages.augment import augment
    from cliprt.stages.collect import collect

    recipe, folder = open_recipe(args)
    generated = augment(recipe, folder, collect(recipe, folder))
    kept, tried = len(generated.ids), generated.tried
    facts = {
        "run": str(folder.path),
        "kept": kept,
        "tried": tried,
        "wall_s": round(generated.wall_s, 1),
    }
    emit(facts, args.format, f"{kept} of {tried} variants ended in success and are kept")
    return 0
