"""Which folder of a run a policy lies in: found again only if it learned from just this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cliprt.recipe.build import source_marks
from cliprt.recipe.schema import Recipe
from cliprt.sources.store import identity_of
from cliprt.stages.keys import digest, policy_key
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.stages.start import named_by_content

LEARNED = "learned_from.json"
"""In a policy's folder: what was in the episodes that it was trained on."""


def name_policy(recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]) -> str:
    """The key of the policy that this recipe trains on these episodes of a run.

    Raises:
        StoreError: An episode or another source cannot be read.
        RecipeError: The policy that it begins with is not there.
    """
    ids = [*episode_ids, *source_marks(recipe)]
    return name_by_content(run, policy_key(named_by_content(recipe), ids), episode_ids)


def name_by_content(run: RunFolder, key: str, episode_ids: Iterable[str]) -> str:
    """The key itself, unless its policy learned from other episodes that were called the same.

    An episode can be deleted and taught anew.  Of policies that did not note what was in theirs the
    names are believed.
    """
    now = identity_of(run.store(), sorted(episode_ids))
    noted = load_record(run.policy(key) / LEARNED).get("episodes", now)
    return key if noted == now else digest(key, now)


def note_content(run: RunFolder, key: str, episode_ids: Iterable[str]) -> None:
    """Keep with a policy what is in the episodes that it learns from."""
    now = identity_of(run.store(), sorted(episode_ids))
    save_record({"episodes": now}, run.policy(key) / LEARNED)
