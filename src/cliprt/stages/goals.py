"""Goals of tasks: what is ruled out where one is missing, and what the taught ends tell of it."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cliprt.errors import StoreError, UsageError
from cliprt.goals.facts import from_dict
from cliprt.goals.inference import Taught
from cliprt.recipe.build import build_task, is_simulated
from cliprt.recipe.schema import Component, Recipe
from cliprt.stages.collect import find_taught
from cliprt.stages.run_folder import RunFolder


def find_unjudged(recipe: Recipe) -> tuple[Component, ...]:
    """The tasks without a goal, in a simulator; at a robot a person is asked."""
    if not is_simulated(recipe):
        return ()
    return tuple(task for task in recipe.tasks if not build_task(task).is_judged)


def check_goals(recipe: Recipe, run: Path, what: str) -> None:
    """Raise unless every simulated task can be judged without a person.

    Args:
        recipe: Whose tasks.
        run: The run's folder.
        what: What needs it, e.g. ``"variants are kept where they succeed"``.

    Raises:
        UsageError: A goal is missing.
    """
    for task in find_unjudged(recipe):
        raise UsageError(
            f"{task.key!r} has no goal, so only a person can say when it is done, and {what}."
            f" Say it: {tell_command(run, task)}"
        )


def tell_command(run: Path, task: Component) -> str:
    """The command that finds a task's goal in what was taught, or takes one."""
    return f"cliprt skill goal {shlex.quote(str(run))} {task.key}"


def without_unjudged(recipe: Recipe, run: Path) -> Recipe:
    """The recipe with the tasks that can be judged; says on stderr which are left out.

    Raises:
        UsageError: None can.
    """
    left_out = find_unjudged(recipe)
    kept = tuple(task for task in recipe.tasks if task not in left_out)
    if not kept:
        check_goals(recipe, run, "the policy, which is trained, is not evaluated")
    for task in left_out:
        say_it = tell_command(run, task)
        print(f"  {task.key} has no goal: it is not evaluated. Say it: {say_it}", file=sys.stderr)
    return replace(recipe, tasks=kept) if left_out else recipe


def taught_facts(recipe: Recipe, run: RunFolder, task: str) -> tuple[Taught, ...]:
    """What was measured at the start and the end of each taught episode of a task.

    Episodes without facts, as those on hardware, are left out.

    Raises:
        StoreError: What was measured is damaged.
    """
    ids = find_taught(recipe, run).ids.get(task, ())
    metas = ((i, run.store().header(i).meta.get("facts")) for i in ids)
    return tuple(_to_taught(i, facts) for i, facts in metas if facts)


def _to_taught(episode: str, facts: Any) -> Taught:
    try:
        return Taught(from_dict(facts["start"]), from_dict(facts["end"]))
    except (UsageError, TypeError, KeyError) as error:
        raise StoreError(
            f"what was measured in the episode {episode} cannot be read: {error}. Set it aside:"
            " cliprt episodes rm"
        ) from error
