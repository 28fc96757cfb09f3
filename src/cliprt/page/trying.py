"""A trained policy tries a task, and the person who watches corrects it by a sentence.

Tries are kept as the corrected episodes of ``cliprt correct`` are: same ids, same marks, in scenes
that are neither taught nor judged.  What was corrected becomes training data.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.samples import is_sample
from cliprt.data.store import EpisodeStore
from cliprt.evaluation.results import Interval
from cliprt.evaluation.statistics import wilson_interval
from cliprt.recipe.schema import Component, Recipe
from cliprt.runtime.agents import PolicyAgent, Score, SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent
from cliprt.stages.correct import CORRECTED
from cliprt.stages.keys import corrected_id
from cliprt.teleoperators.interface import Teleoperator
from cliprt.vocabularies.interface import ActionVocabulary

TRY = f"-{CORRECTED}-"
"""In the id of every try (:func:`cliprt.stages.keys.corrected_id`)."""


@dataclass(frozen=True)
class Tries:
    """How one policy did at one task so far.

    Attributes:
        tries: Episodes in which it acted.
        alone: Those that succeeded without a correction.
        corrected: Those in which it was corrected.
        corrections: Steps that the person asked for.
    """

    tries: int = 0
    alone: int = 0
    corrected: int = 0
    corrections: int = 0

    @property
    def interval(self) -> Interval:
        """95 % interval of its success without help (Wilson)."""
        return wilson_interval(self.alone, self.tries)

    def add(self, success: bool | None, corrections: int) -> Tries:
        """One more."""
        return Tries(
            self.tries + 1,
            self.alone + bool(success and not corrections),
            self.corrected + bool(corrections),
            self.corrections + corrections,
        )


def plan_try(recipe: Recipe, store: EpisodeStore, policy: str, task: Component) -> tuple[int, str]:
    """Scene seed and id of the next try: the first that is not in the store.

    A try that was cut off has the same, until it is committed.

    Args:
        recipe: As the desk has it; its helper is the person.
        store: The run's.
        policy: What names the policy (its key).
        task: Which of the recipe's.
    """
    seed = recipe.collaboration.first_seed
    while (episode_id := corrected_id(recipe, policy, task, seed)) in store:
        seed += 1
    return seed, episode_id


def describe_try(policy: str) -> dict[str, Any]:
    """What to open the journal of a try with."""
    return {"kind": CORRECTED, "policy": policy}


def load_policy_score(checkpoint: Path, vocabulary: ActionVocabulary) -> Score:
    """A trained policy as a plain function; takes a second or more.

    Raises:
        CheckpointError: It is not there, damaged, or of another vocabulary.
    """
    import torch

    from cliprt.policies.checkpoint import load_policy
    from cliprt.policies.scorer import make_scorer

    torch.set_num_threads(1)  # one image is too little work for two threads
    return make_scorer(load_policy(checkpoint, vocabulary))


def build_trying_agent(
    recipe: Recipe,
    vocabulary: ActionVocabulary,
    score: Score,
    teleoperator: Teleoperator,
    spoken: SpokenAgent,
) -> CollaborativeAgent:
    """The policy that acts, and the person who sees every proposal before it is done.

    Args:
        recipe: Says whether loops are broken, and who the helper is.
        vocabulary: What the scores are about.
        score: Of `load_policy_score`.
        teleoperator: The person; its ``review`` shows each proposal.
        spoken: Understands the same person.
    """
    return CollaborativeAgent(
        PolicyAgent(score, vocabulary, recipe.evaluation.break_loops),
        teleoperator,
        spoken,
        vocabulary,
        initiative="person",
        source=recipe.helper.name,
    )


def count_tries(recipe: Recipe, store: EpisodeStore, policy: str) -> dict[str, Tries]:
    """Task -> how a policy did there so far.

    Raises:
        StoreError: An episode is damaged.
    """
    counts = {task.name: Tries() for task in recipe.tasks}
    for episode_id in store.ids():
        if TRY not in episode_id:
            continue
        header = store.header(episode_id)
        if header.meta.get("policy") == policy and header.task in counts:
            corrections = _count_samples(store.path, episode_id)
            counts[header.task] = counts[header.task].add(header.success, corrections)
    return counts


@functools.lru_cache(maxsize=4096)
def _count_samples(store: Path, episode_id: str) -> int:
    # a committed episode never changes
    return sum(map(is_sample, EpisodeStore(store).load(episode_id).steps))
