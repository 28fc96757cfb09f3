"""``cliprt collect``: have each task taught by sentences, and record it."""

from __future__ import annotations

import argparse

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_confirm, add_recipe_arguments, open_recipe

EXAMPLE = "cliprt collect --recipe finetune_novel.yaml data.episodes=3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)
    add_confirm(parser)


def run(args: argparse.Namespace) -> int:
    """Run the stage."""
    from cliprt.runtime.confirm import confirm_moves
    from cliprt.stages.collect import collect

    recipe, folder = open_recipe(args)
    with confirm_moves(args.confirm):
        taught = collect(recipe, folder)
    facts = {
        "run": str(folder.path),
        "tasks": {
            task: {"episodes": len(ids), "attempts": taught.attempts[task]}
            for task, ids in taught.ids.items()
        },
        "wall_s": round(taught.wall_s, 1),
    }
    lines = [f"{task}: {len(ids)} taught episodes" for task, ids in taught.ids.items()]
    emit(facts, args.format, "\n".join([*lines, f"Look at them: cliprt episodes ls {folder.path}"]))
    return 0
