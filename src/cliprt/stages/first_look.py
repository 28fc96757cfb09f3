"""Something to see long before the end: one task taught, learned briefly and filmed, alone.

What is taught and generated for it is what the whole run needs anyway, under the same names, so all
that it costs is a short training and a film.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from cliprt.recipe.build import is_simulated
from cliprt.recipe.schema import Recipe
from cliprt.registry import load
from cliprt.stages.augment import augment
from cliprt.stages.collect import collect, find_taught
from cliprt.stages.evaluate import evaluate
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.train import train

MOST_SCENES = 4
"""Unseen scenes that are tried, one after the other, until there is a success to show."""


def is_due(recipe: Recipe, run: RunFolder) -> bool:
    """Whether a recipe asks for a first look, and teaching the tasks after the first lies ahead."""
    section, teleoperator = recipe.evaluation, load("teleoperator", recipe.teleoperator.name)
    can_be = section.first_look and recipe.trainer.max_steps and recipe.data.are_taught
    if not can_be or len(recipe.tasks) < 2 or not run.portion.is_whole:
        return False
    if teleoperator.is_person or not is_simulated(recipe):
        return False
    others = [task.key for task in recipe.tasks[1:]]
    return not any(find_taught(recipe, run).ids.get(task) for task in others)


def first_look(recipe: Recipe, run: RunFolder) -> bool:
    """Teach the first task alone, train a policy of it briefly, and film it in unseen scenes.

    Returns:
        Whether it succeeded in one; where the film of it is is said on stderr.
    """
    start = time.monotonic()
    alone = only_first(recipe)
    taught = collect(alone, run)
    generated = augment(alone, run, taught)
    trained = train(alone, run, (*taught.all_ids, *generated.ids))
    for count in range(1, MOST_SCENES + 1):
        section = replace(alone.evaluation, trials=count, videos=count)
        judged = evaluate(replace(alone, evaluation=section), run, trained.key, trained.checkpoint)
        last = max(judged.trials, key=lambda trial: trial.seed)
        if last.success:
            film = judged.file.parent / str(last.video)
            print(
                f"A first success after {time.monotonic() - start:.0f} s, {last.instruction!r} in a"
                f" scene that was not taught: {film}",
                file=sys.stderr,
                flush=True,
            )
            return True
    return False


def only_first(recipe: Recipe) -> Recipe:
    """The recipe for its first task alone, trained as briefly as ``evaluation.first_look`` says."""
    steps = min(recipe.evaluation.first_look, recipe.trainer.max_steps)
    warmup = min(recipe.trainer.warmup_steps, steps)
    return replace(
        recipe,
        tasks=recipe.tasks[:1],
        trainer=replace(recipe.trainer, max_steps=steps, warmup_steps=warmup),
        evaluation=replace(recipe.evaluation, compare_loop_breaking=False, keep="none"),
    )
