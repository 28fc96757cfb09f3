"""The commands that run the stages of a recipe: what is there already is reused."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import emit
from cliprt.cli.recipe_arguments import (
    add_confirm,
    add_recipe_arguments,
    add_shard,
    open_recipe,
)

if TYPE_CHECKING:
    from cliprt.recipe.schema import Recipe
    from cliprt.stages.run_folder import RunFolder

    Work = Callable[[Recipe, RunFolder], tuple[dict[str, Any], str]]


class StageCommand:
    """What a command's module would hold, for work on a recipe and its run folder.

    Args:
        work: Does it; what was done as JSON values, and as text.  Its docstring is the help.
        example: A command line.
        moves: Whether it moves a robot, so that a person may have to allow every move.
        trains: Whether several processes of torchrun or SLURM may train a policy in it.
        shares: Whether several machines may share its jobs out.
    """

    def __init__(self, work: Work, example: str, moves: bool, trains: bool, shares: bool) -> None:
        self.__doc__, self.EXAMPLE = inspect.getdoc(work), example
        self._work, self._moves, self._trains, self._shares = work, moves, trains, shares

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_recipe_arguments(parser)
        if self._moves:
            add_confirm(parser)
        if self._shares:
            add_shard(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Do the work, and what it rests on where that is missing."""
        from cliprt.runtime.confirm import confirm_moves
        from cliprt.stages.ready import ensure_ready
        from cliprt.stages.waiting import UnfinishedError

        if self._trains and _has_trained_beside():
            return 0
        # Asked before the run's recipe is replaced, or a folder is made.
        recipe, folder = open_recipe(args, ensure_ready if self._trains else None)
        with confirm_moves(args.confirm) if self._moves else nullcontext():
            try:
                facts, text = self._work(recipe, folder)
            except UnfinishedError as error:
                facts, text = {"run": str(folder.path), "unfinished": str(error)}, str(error)
        if not folder.portion.is_whole:
            facts = {"portion": str(folder.portion), **facts}
        emit(facts, args.format, text)
        return 0


def _command(
    example: str, moves: bool = False, trains: bool = False, shares: bool = False
) -> Callable[[Work], StageCommand]:
    return lambda work: StageCommand(work, example, moves, trains, shares)


def _has_trained_beside() -> bool:
    from cliprt.stages.training_process import train_beside

    return train_beside()


@_command("cliprt fit finetune_novel evaluation.trials=10", moves=True, trains=True, shares=True)
def fit(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt fit``: from sentences to an evaluated policy, in one command."""
    from cliprt.cli.report import tell_report
    from cliprt.stages.fit import fit

    return tell_report(fit(recipe, folder), folder.path)


@_command("cliprt collect finetune_novel data.episodes=3", moves=True, shares=True)
def collect(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt collect``: have each task taught by sentences, and record it."""
    from cliprt.stages.collect import collect

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
    return facts, "\n".join([*lines, f"Look at them: cliprt episodes ls {folder.path}"])


@_command("cliprt augment finetune_novel", shares=True)
def augment(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt augment``: diversify what was taught, and record the variants."""
    from cliprt.evaluation.label_agreement import tell_agreement
    from cliprt.stages.augment import augment, compare_with_teacher
    from cliprt.stages.collect import collect

    generated = augment(recipe, folder, collect(recipe, folder))
    kept, tried = len(generated.ids), generated.tried
    agreement = compare_with_teacher(recipe, folder, generated)
    facts = {
        "run": str(folder.path),
        "kept": kept,
        "tried": tried,
        "wall_s": round(generated.wall_s, 1),
        "agreement": agreement,
    }
    summary = f"{kept} of {tried} variants ended in success and are kept"
    return facts, "\n".join([summary, *tell_agreement(agreement)])


@_command("cliprt train finetune_novel trainer.devices=2", trains=True)
def train(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt train``: fit the policy."""
    from cliprt.stages.learn import find_episodes, learn

    trained = learn(recipe, folder, find_episodes(recipe, folder)).trained
    facts = {
        "run": str(folder.path),
        "checkpoint": str(trained.checkpoint),
        "metrics": trained.metrics,
        "wall_s": round(trained.wall_s, 1),
    }
    return facts, f"The policy lies in {trained.checkpoint}"


@_command("cliprt calibrate finetune_novel collaboration.scenes=10", trains=True)
def calibrate(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt calibrate``: let the policy know when it is unsure.

    Fits a temperature, so that its probabilities can be believed, and a threshold, so that the sets
    of primitives above it hold the right one as often as ``collaboration.coverage`` says.
    """
    from cliprt.stages.calibrate import calibrate
    from cliprt.stages.learn import find_episodes, learn
    from cliprt.stages.run_folder import announce_policy

    ids = find_episodes(recipe, folder)
    trained = learn(recipe, folder, ids).trained
    announce_policy(trained.checkpoint)
    done = calibrate(recipe, folder, trained, ids)
    found = done.calibration
    facts = {"run": str(folder.path), "file": str(done.file), **found.to_dict()}
    return facts, (
        f"Temperature {found.temperature:.3g}: expected calibration error"
        f" {100 * found.ece_before:.1f} % -> {100 * found.ece_after:.1f} %\n"
        f"Sets for {100 * found.coverage:.0f} % hold the right primitive in"
        f" {100 * found.measured_coverage:.1f} %, {found.mean_set_size:.1f} primitives on average"
        f" (the most probable one is right in {100 * found.accuracy:.1f} %)\n"
        f"{found.steps} held-out steps, each half measured by what was fitted to the other;"
        f" kept in {done.file}"
    )


@_command("cliprt correct finetune_novel collaboration.rounds=2", moves=True, trains=True)
def correct(recipe: Recipe, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """``cliprt correct``: let the helper correct the policy by sentences, and train on.

    The policy acts in new scenes; the helper speaks only where it goes wrong.  After each round of
    episodes the policy learns from what was said.  ``collaboration.rounds`` says how often; 1 if
    the recipe says nothing.
    """
    from cliprt.stages.learn import find_episodes, learn

    if not recipe.collaboration.rounds:
        recipe = replace(recipe, collaboration=replace(recipe.collaboration, rounds=1))
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
    return facts, "\n".join(lines)
