"""``cliprt correct``: let the helper correct the policy by sentences, and train on.

The policy acts in new scenes; the helper speaks only where it goes wrong.  After each round of
episodes the policy learns from what was said.  ``collaboration.rounds`` says how often; 1 if the
recipe says nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_confirm, add_recipe_arguments, open_recipe

EXAMPLE = "cliprt correct --recipe finetune_novel.yaml collaboration.rounds=2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)
    add_confirm(parser)


def run(args: argparse.Namespace) -> int:
    """Run the rounds, and what they rest on where that is missing."""
    from cliprt.runtime.confirm import confirm_moves
    from cliprt.stages.learn import find_episodes, learn

    recipe, folder = open_recipe(args)
    if not recipe.collaboration.rounds:
        recipe = replace(recipe, collaboration=replace(recipe.collaboration, rounds=1))
    with confirm_moves(args.confirm):
        learned = learn(recipe, folder, find_episodes(recipe, folder))
    facts = {
        "run": str(folder.path),
        "checkpoint": str(learned.trained.checkpoint),
        **learned.to_dict(),
        "metrics": learned.trained.metrics,
    }
    lines = [
        f"Round {number}: {one.corrections} sentences in {one.steps} steps;"
        f" {one.successes} of {one.episodes} corrected episodes succeeded"
        for number, one in enumerate(learned.rounds, start=1)
    ]
    lines.append(f"The corrected policy lies in {learned.trained.checkpoint}")
    emit(facts, args.format, "\n".join(lines))
    return 0
