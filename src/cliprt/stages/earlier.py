"""Finds what earlier versions made with people's time, which they named by less than now."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from cliprt.data.samples import mark_of
from cliprt.data.store import EpisodeStore
from cliprt.errors import CliprtError, StoreError
from cliprt.recipe.build import build_task, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, Recipe
from cliprt.stages.keys import bare_taught_key, first_taught_key, taught_key
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import fingerprint, label_view


def bring_forward(recipe: Recipe, file: Path, store: EpisodeStore) -> None:
    """Name what earlier versions recorded by what was taught alone, as :func:`taught_key` does.

    They named it by the recipe of that time, which may have had another gate or window, and not by
    what is in its files and plugins.  Where that counts now, only episodes are taken that noted the
    instruction and the vocabulary of now.

    Args:
        recipe: Of now.
        file: The recipe of that time, if there is one.
        store: Where they are.
    """
    with suppress(CliprtError):  # of a plugin that is gone; what it recorded stays as it is
        then = load_recipe(file) if file.is_file() else recipe
        for task in then.tasks:
            _rename(store, then, task)


def _rename(store: EpisodeStore, recipe: Recipe, task: Component) -> None:
    now, bare = taught_key(recipe, task), bare_taught_key(recipe, task)
    older = {first_taught_key(recipe, task), bare} - {now}
    found = {
        episode_id: f"{episode_id.removesuffix(key)}{now}"
        for episode_id in (*store.ids(), *(store.unfinished() if now == bare else ()))
        for key in older
        if episode_id.endswith(f"-{key}")
    }
    if found and now != bare:
        instruction, vocabulary = build_task(task).instruction, build_vocabulary(recipe)
        found = {i: new for i, new in found.items() if _noted(store, i, instruction, vocabulary)}
        if found:
            print(
                f"  {len(found)} episodes of {task.key!r} were taught before files and plugins"
                " counted, with what they noted the same: they stay",
                file=sys.stderr,
            )
    for episode_id, new_id in found.items():
        store.rename(episode_id, new_id)


def _noted(
    store: EpisodeStore, episode_id: str, instruction: str, vocabulary: ActionVocabulary
) -> bool:
    """Whether a whole episode noted just these; 0.1.0 noted labels, and not whose they are."""
    try:
        episode, label_of = store.load(episode_id), label_view(vocabulary)
    except StoreError:
        return False
    is_marked = mark_of(episode) == fingerprint(vocabulary)
    said = [step.primitive for step in episode.steps if step.primitive.label is not None]
    is_like = mark_of(episode) is None and all(label_of(one, None) == one.label for one in said)
    return episode.instruction == instruction and (is_marked or is_like)
