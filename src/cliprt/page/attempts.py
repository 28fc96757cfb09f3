"""Which episode comes next: its scene, its name, and what is recorded about it.

The names are those of `cliprt collect` and `cliprt fit` for the same recipe with a person at the
page, so that what was taught here is found there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any

from cliprt.data.layout import load_header
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UnknownNameError, did_you_mean
from cliprt.page.messages import Begin
from cliprt.recipe.build import build_task, build_vocabulary
from cliprt.recipe.schema import Component, Recipe
from cliprt.registry import load
from cliprt.stages.correct import CORRECTED
from cliprt.stages.keys import corrected_id, taught_id
from cliprt.stages.run_folder import RunFolder
from cliprt.tasks.interface import Task
from cliprt.types import Attempt
from cliprt.vocabularies.nearest import mark

TAUGHT = "taught"
"""``meta["kind"]`` of an episode that a person taught."""

MAX_INSTRUCTION = 200
"""Characters of an instruction in the person's words."""

MEMORY = {"phrasebook": "phrasebook.yaml", "seats": "seats.yaml"}
"""Options of interpreters -> files in the run folder: what people at the page told them."""

_SEED = re.compile(r"-([0-9]{6,})-")


def to_page_recipe(recipe: Recipe) -> Recipe:
    """The recipe with a person at the page as the one who teaches and corrects."""
    return replace(recipe, teleoperator=Component("web"), helper=Component("web"))


def with_memory(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe to build an interpreter from that keeps what it learns; never to name episodes by.

    An interpreter that keeps nothing, or has files already, stays as it is.
    """
    name, options = recipe.interpreter.name, recipe.interpreter.options
    takes = inspect.signature(load("interpreter", name)).parameters
    kept = {option: str(folder / file) for option, file in MEMORY.items() if option in takes}
    return replace(recipe, interpreter=Component(name, {**kept, **options}))


def parse_instruction(text: str, default: str) -> str:
    """A person's instruction in one printable line of bounded length; the task's own if empty."""
    return in_one_line(text)[:MAX_INSTRUCTION].strip() or default


def in_one_line(text: str) -> str:
    """What can be printed of a text, however long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def plan_attempt(recipe: Recipe, store: EpisodeStore, begin: Begin) -> tuple[Attempt, Task]:
    """The unfinished episode of the task, else one in the first scene that is free; and the task.

    Args:
        recipe: The page's.
        store: Where episodes are kept.
        begin: What the person wants.

    Raises:
        UnknownNameError: The recipe has no such task.
    """
    component = _find_task(recipe, begin.task)
    task = build_task(component)
    first_seed, name = _naming(recipe, component, begin.policy)
    seeds = map(_seed_of, store.unfinished())
    unfinished = (s for s in seeds if s is not None and name(s) in store.unfinished())
    free = (s for s in count(first_seed) if name(s) not in store)
    seed = next(chain(unfinished, free))
    kind = CORRECTED if begin.policy else TAUGHT
    meta: dict[str, Any] = {"kind": kind, "vocabulary": mark(build_vocabulary(recipe))}
    if begin.policy:
        meta |= {"round": 0, "policy": begin.policy}
    attempt = Attempt(
        id=name(seed),
        task=component.key,
        instruction=parse_instruction(begin.instruction, task.instruction),
        seed=seed,
        source=recipe.policy.name if begin.policy else recipe.teleoperator.name,
        max_steps=task.max_steps if begin.policy else None,  # who teaches knows when to end
        meta=meta,
    )
    return attempt, task


def find_unfinished(recipe: Recipe, run: RunFolder) -> Begin | None:
    """How to go on with the episode that was begun last and cut off; None if there is none.

    A policy's is gone on with only while the policy is there.
    """
    store = run.store()
    found = []
    for episode_id in store.unfinished():
        with suppress(StoreError):  # nobody can go on with what is damaged
            header = load_header(store.path / "journal" / episode_id)
            found.append((header.recorded_at, episode_id))
    begins = (_to_begin(recipe, run, episode_id) for _, episode_id in sorted(found, reverse=True))
    return next(filter(None, begins), None)


def _to_begin(recipe: Recipe, run: RunFolder, episode_id: str) -> Begin | None:
    seed = _seed_of(episode_id)
    for task in recipe.tasks:
        if seed is None:
            continue
        if episode_id == taught_id(recipe, task, seed):
            return Begin(task.key)
        for folder in run.path.glob("policies/*/checkpoint"):
            policy = folder.parent.name
            if episode_id == corrected_id(recipe, policy, task, seed):
                return Begin(task.key, checkpoint=str(folder), policy=policy)
    return None


def _naming(recipe: Recipe, task: Component, policy: str) -> tuple[int, Callable[[int], str]]:
    if policy:
        first_seed = recipe.collaboration.first_seed
        return first_seed, lambda seed: corrected_id(recipe, policy, task, seed)
    return recipe.data.first_seed, lambda seed: taught_id(recipe, task, seed)


def _find_task(recipe: Recipe, name: str) -> Component:
    for task in recipe.tasks:
        if task.key == name:
            return task
    names = [task.key for task in recipe.tasks]
    raise UnknownNameError(
        f"no task of this recipe is called {name[:60]!r}.{did_you_mean(name, names)}"
        f" It has: {', '.join(names)}. Others: cliprt teach --recipe NAME tasks=[...]"
    )


def _seed_of(episode_id: str) -> int | None:
    found = _SEED.search(episode_id)
    return int(found[1]) if found else None
