"""Names made from what determines an output, so that a second call finds it again.

An episode's key covers the scene, the robot and who speaks, but not how many episodes there are:
asking for twenty instead of ten reuses the first ten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from cliprt import __version__
from cliprt.recipe.schema import CollaborationSection, Component, Recipe

KEY_LENGTH = 8


def digest(*parts: Any) -> str:
    """A short hash of values (dataclasses, mappings, sequences, numbers, strings)."""
    text = json.dumps([__version__, *parts], sort_keys=True, default=_to_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def taught_key(recipe: Recipe, task: Component) -> str:
    """What a taught episode of `task` depends on, apart from its seed."""
    return digest(
        "taught",
        task,
        recipe.vocabulary,
        recipe.robot,
        recipe.gate,
        recipe.teleoperator,
        recipe.interpreter,
    )


def taught_id(recipe: Recipe, task: Component, seed: int) -> str:
    """Id of the taught episode of `task` in the scene of `seed`."""
    return f"{task.name}-{seed:06d}-{taught_key(recipe, task)}"


def augmentation_key(recipe: Recipe, augmenter: Component, studied: Sequence[str] = ()) -> str:
    """What the plans of one augmenter depend on, apart from the episode.

    Args:
        recipe: The run's.
        augmenter: Name and options.
        studied: Ids of the other demonstrations that shape the plans, if any do.
    """
    return digest("augmented", augmenter, recipe.seed, studied)


def policy_key(recipe: Recipe, episode_ids: Iterable[str]) -> str:
    """What a trained policy depends on: model, trainer, seed and the episodes it learns from."""
    return digest(
        "policy",
        recipe.vocabulary,
        recipe.encoder,
        recipe.policy,
        recipe.trainer,
        recipe.data.source,
        recipe.data.shards,
        recipe.seed,
        sorted(episode_ids),
    )


def correction_key(
    policy: str, earlier: str, corrections: Iterable[str], section: CollaborationSection
) -> str:
    """What a policy depends on that learned from corrections: its data, the one that it was."""
    return digest(
        "corrected policy", policy, earlier, sorted(corrections), section.max_steps, section.weight
    )


def corrected_id(recipe: Recipe, policy: str, task: Component, seed: int) -> str:
    """Id of the episode in which the helper corrects a policy at `task`."""
    key = digest(
        "corrected",
        policy,
        task,
        recipe.robot,
        recipe.gate,
        recipe.helper,
        recipe.interpreter,
        recipe.evaluation.break_loops,
    )
    return f"{task.name}-{seed:06d}-corrected-{key}"


def help_key(recipe: Recipe, calibration: Mapping[str, Any]) -> str:
    """What trials with help depend on beside what trials without depend on."""
    section = recipe.collaboration
    return digest(
        "helped",
        calibration,
        section.largest_set,
        section.initiative,
        recipe.helper,
        recipe.interpreter,
    )


def evaluation_key(recipe: Recipe, policy: str) -> str:
    """What trials depend on apart from the seed: the policy, the tasks, the robot, the limits."""
    return digest(
        "evaluation",
        policy,
        recipe.tasks,
        recipe.robot,
        recipe.gate,
        recipe.evaluation.max_steps,
    )


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if hasattr(value, "items") else list(value)
