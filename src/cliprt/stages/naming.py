"""Which folder of a run a policy lies in: found again only if it learned from just this."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from cliprt.policies.description import CHECKPOINT, is_intact, load_description
from cliprt.recipe.build import build_vocabulary, source_marks
from cliprt.recipe.schema import Recipe
from cliprt.sources.store import identity_of
from cliprt.stages.contents import content_of
from cliprt.stages.keys import bare_policy_key, digest, policy_key
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.vocabularies.nearest import fingerprint

LEARNED = "learned_from.json"
"""In a policy's folder: what was in the episodes that it was trained on."""


def name_policy(recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]) -> str:
    """The key of the policy that this recipe trains on these episodes of a run.

    Raises:
        StoreError: An episode or another source cannot be read.
    """
    ids = [*episode_ids, *source_marks(recipe)]
    key, earlier = policy_key(recipe, ids), bare_policy_key(recipe, ids)
    folder = run.policy(earlier)
    if earlier != key and not run.policy(key).exists() and is_intact(folder / CHECKPOINT):
        reason = _differs(recipe, folder / CHECKPOINT)
        end = f"{reason}: one is trained anew" if reason else "what it noted is the same: it stays"
        print(
            f"  the policy in {folder} was trained before files and plugins counted; {end}",
            file=sys.stderr,
        )
        key = key if reason else earlier
    return name_by_content(run, key, episode_ids)


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


def _differs(recipe: Recipe, checkpoint: Path) -> str:
    """Why a policy from before contents counted is not this recipe's, as far as it is known."""
    if content_of("encoder", recipe.encoder) or content_of("policy", recipe.policy):
        return "which weights or version it began with is not known"
    if not content_of("vocabulary", recipe.vocabulary):
        return ""
    noted = (load_description(checkpoint).get("vocabulary") or {}).get("fingerprint")
    is_same = noted == fingerprint(build_vocabulary(recipe))
    return "" if is_same else "its vocabulary had other entries"
