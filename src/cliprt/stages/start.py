"""The trained policy that a recipe begins with: where it is, what names it, whether it fits."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cliprt.data.shard_index import file_digest
from cliprt.errors import CliprtError, RecipeError
from cliprt.policies.description import WEIGHTS
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import find_checkpoint
from cliprt.vocabularies.interface import ActionVocabulary


def find_start(recipe: Recipe) -> Path | None:
    """The checkpoint that ``trainer.start_from`` means; None where it names nothing.

    Raises:
        RecipeError: There is no trained policy.
    """
    place = recipe.trainer.start_from
    try:
        return find_checkpoint(Path(place).expanduser()) if place else None
    except CliprtError as error:
        raise RecipeError([f"trainer.start_from: {error}"]) from error


def check_start(recipe: Recipe, vocabulary: ActionVocabulary) -> None:
    """Raise unless the recipe's policy can begin with the weights that it names.

    Raises:
        RecipeError: It cannot.
    """
    import torch

    from cliprt.policies.checkpoint import check_beginning

    if (folder := find_start(recipe)) is None:
        return
    policy = None
    # In no memory, where no part computes while it is built.
    with suppress(RecipeError), torch.device("meta"):
        policy = build_policy(recipe, vocabulary)
    policy = policy or build_policy(recipe, vocabulary)
    try:
        check_beginning(policy, vocabulary, folder)
    except CliprtError as error:
        raise RecipeError([f"trainer.start_from: {error}"]) from error


def named_by_content(recipe: Recipe) -> Recipe:
    """The recipe with the digest of the weights that it begins with instead of their place."""
    if (folder := find_start(recipe)) is None:
        return recipe
    with (folder / WEIGHTS).open("rb") as file:
        return replace(recipe, trainer=replace(recipe.trainer, start_from=file_digest(file)))
