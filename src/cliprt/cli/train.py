"""``cliprt train``: fit the policy."""

from __future__ import annotations

import argparse

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

EXAMPLE = "cliprt train --recipe finetune_novel.yaml trainer.max_steps=500"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the stage, and what it rests on where that is missing."""
    from cliprt.stages.learn import find_episodes, learn
    from cliprt.stages.training_process import train_beside

    if train_beside():  # one of several processes of torchrun or SLURM, and not the first
        return 0
    recipe, folder = open_recipe(args)
    trained = learn(recipe, folder, find_episodes(recipe, folder)).trained
    facts = {
        "run": str(folder.path),
        "checkpoint": str(trained.checkpoint),
        "metrics": trained.metrics,
        "wall_s": round(trained.wall_s, 1),
    }
    emit(facts, args.format, f"The policy lies in {trained.checkpoint}")
    return 0
