"""How often a trained policy succeeded when it was let try, and how much it was corrected.

Tries are kept as the corrected episodes of ``cliprt correct`` are: same ids, same marks, in scenes
that are neither taught nor judged.  What was corrected becomes training data.
"""

from __future__ import annotations

import functools
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cliprt.data.samples import is_sample
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.evaluation.results import Interval
from cliprt.evaluation.statistics import wilson_interval
from cliprt.recipe.schema import Recipe
from cliprt.stages.correct import CORRECTED

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


def count_tries(recipe: Recipe, store: EpisodeStore, policy: str) -> dict[str, Tries]:
    """Task -> how a policy did there so far.

    Args:
        recipe: Whose tasks.
        store: The run's.
        policy: What names the policy (its key).
    """
    counts = {task.key: Tries() for task in recipe.tasks}
    for header in store.headers():
        is_own = TRY in header.id and header.meta.get("policy") == policy
        if is_own and header.task in counts:
            with suppress(StoreError):  # damaged: nobody knows how it went
                corrections = count_corrections(store.path, header.id)
                counts[header.task] = counts[header.task].add(header.success, corrections)
    return counts


@functools.lru_cache(maxsize=4096)  # a committed episode never changes
def count_corrections(store: Path, episode_id: str) -> int:
    """Steps of a try that are learned from.

    Raises:
        StoreError: It is damaged.
    """
    return sum(map(is_sample, EpisodeStore(store).load(episode_id).steps))
