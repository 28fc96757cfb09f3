"""``cliprt calibrate``: let the policy know when it is unsure.

Fits a temperature, so that its probabilities can be believed, and a threshold, so that the sets of
primitives above it hold the right one as often as ``collaboration.coverage`` says.
"""

from __future__ import annotations

import argparse

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

EXAMPLE = "cliprt calibrate --recipe finetune_novel.yaml collaboration.scenes=10"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the stage, and what it rests on where that is missing."""
    from cliprt.stages.calibrate import calibrate
    from cliprt.stages.learn import find_episodes, learn

    recipe, folder = open_recipe(args)
    ids = find_episodes(recipe, folder)
    trained = learn(recipe, folder, ids).trained
    done = calibrate(recipe, folder, trained, ids)
    found = done.calibration
    facts = {"run": str(folder.path), "file": str(done.file), **found.to_dict()}
    text = (
        f"Temperature {found.temperature:.3g}: expected calibration error"
        f" {100 * found.ece_before:.1f} % -> {100 * found.ece_after:.1f} %\n"
        f"Sets for {100 * found.coverage:.0f} % hold the right primitive in"
        f" {100 * found.measured_coverage:.1f} %, {found.mean_set_size:.1f} primitives on average"
        f" (the most probable one is right in {100 * found.accuracy:.1f} %)\n"
        f"{found.steps} held-out steps, each half measured by what was fitted to the other;"
        f" kept in {done.file}"
    )
    emit(facts, args.format, text)
    return 0
