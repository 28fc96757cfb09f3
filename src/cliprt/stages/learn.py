"""From episodes to the policy that is judged: train, have it corrected, train on, calibrate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cliprt.errors import UsageError
from cliprt.recipe.schema import Recipe
from cliprt.stages.augment import augment
from cliprt.stages.calibrate import Calibrated, calibrate
from cliprt.stages.cluster import release_others
from cliprt.stages.collect import collect
from cliprt.stages.correct import Corrected, adopt, correct
from cliprt.stages.ready import ensure_ready
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.train import Trained, train


@dataclass(frozen=True)
class Learned:
    """What training, with its rounds of corrections, left.

    Attributes:
        trained: The last policy.
        adopted: Corrected episodes that came from elsewhere.
        rounds: The others, round by round.
    """

    trained: Trained
    adopted: tuple[str, ...]
    rounds: tuple[Corrected, ...]
    worked: bool

    @property
    def corrections(self) -> tuple[str, ...]:
        """Every corrected episode that was learned from."""
        return (*self.adopted, *(i for one in self.rounds for i in one.ids))

    def to_dict(self) -> dict[str, Any]:
        """JSON values for a report: what the corrections cost and how the episodes went."""
        shown = ("episodes", "successes", "corrections", "steps")
        rounds = [{name: getattr(one, name) for name in shown} for one in self.rounds]
        return {"adopted_episodes": len(self.adopted), "rounds": rounds}


def find_episodes(recipe: Recipe, run: RunFolder) -> tuple[str, ...]:
    """Taught and generated episodes of a recipe; those that are missing are made first."""
    ensure_ready(recipe, run)
    if not recipe.data.are_taught:
        return ()
    taught = collect(recipe, run)
    return (*taught.all_ids, *augment(recipe, run, taught).ids)


def learn(recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]) -> Learned:
    """Train, and train on after every round of corrections.

    Each training after the first begins with the weights of the one before, and learns from all
    taught, generated and corrected episodes so far.
    """
    try:
        return _learn(recipe, run, episode_ids)
    finally:
        release_others()


def _learn(recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]) -> Learned:
    trained = train(recipe, run, episode_ids)
    worked = trained.worked
    adopted = corrections = adopt(recipe, run)
    if adopted:
        trained = train(recipe, run, episode_ids, corrections, trained)
        worked |= trained.worked
    rounds = []
    for number in range(recipe.collaboration.rounds):
        corrected = correct(recipe, run, trained.key, trained.checkpoint, number)
        rounds.append(corrected)
        worked |= corrected.worked
        if corrected.ids:
            corrections = (*corrections, *corrected.ids)
            trained = train(recipe, run, episode_ids, corrections, trained)
            worked |= trained.worked
    return Learned(trained, adopted, tuple(rounds), worked)


def calibrate_if_possible(
    recipe: Recipe, run: RunFolder, trained: Trained, episode_ids: Sequence[str]
) -> Calibrated | None:
    """The policy's calibration; None where too little was held out and nobody asks for it.

    Nothing is where nothing is learned from (``trainer.max_steps: 0``), and nobody need be told.

    Raises:
        UsageError: Too little was held out, and the policy is to be judged with help.
    """
    try:
        return calibrate(recipe, run, trained, episode_ids)
    except UsageError as error:
        if recipe.collaboration.interventions:
            raise
        if recipe.trainer.max_steps:
            print(f"  not calibrated: {error}", file=sys.stderr)
        return None
