"""Stage 4: how far the trained policy can be trusted, from steps that it has not learned from.

They are the taught episodes that the trainer held out with everything generated from them, or
episodes that are taught for this alone.  Each half of the scenes measures the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from cliprt.data.columns import Needs
from cliprt.data.samples import holdout, load_samples
from cliprt.errors import CheckpointError, UsageError
from cliprt.policies.calibration import Calibration
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.schema import CALIBRATION_SEEDS, Recipe
from cliprt.registry import load
from cliprt.sources.store import identity_of
from cliprt.stages.agree import load_agreed_actor
from cliprt.stages.collect import collect
from cliprt.stages.keys import digest
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.stages.train import Trained
from cliprt.vocabularies.nearest import label_view

CALIBRATION = "calibration.json"
"""Beside ``checkpoint/`` in a policy's folder."""


@dataclass(frozen=True)
class Calibrated:
    """A calibration on disk."""

    calibration: Calibration
    file: Path


def calibrate(
    recipe: Recipe, run: RunFolder, trained: Trained, episode_ids: Sequence[str]
) -> Calibrated:
    """Have the policy calibrated.

    Args:
        recipe: Coverage, and where the steps come from.
        run: Where everything is kept.
        trained: The policy.
        episode_ids: Taught and generated episodes, of which training held some out.

    Raises:
        UsageError: There are too few scenes to fit in some and measure in others, or the policy has
            no probabilities.
    """
    file = trained.folder / CALIBRATION
    if not file.exists():
        from cliprt.policies.interface import check_ranking

        check_ranking(load("policy", recipe.policy.name), "a calibration")
    ids = calibration_ids(recipe, run, trained, episode_ids)
    section = recipe.collaboration
    figures = [f.name for f in fields(Calibration)]
    key = digest("calibration", trained.key, section.coverage, recipe.seed, sorted(ids), figures)
    record, content = load_record(file), identity_of(run.store(), sorted(ids))
    if record.get("key") == key and record.get("episodes", content) == content:
        return Calibrated(Calibration.from_dict(record), file)
    scenes = _scenes(run, ids)
    sides = choose_sides(scenes, recipe.seed)
    if len(set(sides.values())) < 2:
        raise UsageError(
            f"{len(sides)} scenes that training has not seen are too few to calibrate the policy:"
            " one half of them fits and the other measures. Hold out more (trainer.holdout), or"
            " have some taught for it: collaboration.scenes=10"
        )
    found = _fit(recipe, run, trained.checkpoint, ids, [sides[scene] for scene in scenes])
    save_record({"key": key, "episodes": content, **found.to_dict()}, file)
    return Calibrated(found, file)


def load_calibration(checkpoint: Path) -> Calibration:
    """The calibration that belongs to a checkpoint folder.

    Raises:
        CheckpointError: There is none.
    """
    record = load_record(checkpoint.parent / CALIBRATION)
    if not record:
        raise CheckpointError(
            f"the policy in {checkpoint} does not know when it is unsure: there is no"
            f" {CALIBRATION} beside it. Make it: cliprt calibrate --recipe NAME"
        )
    return Calibration.from_dict(record)


def calibration_ids(
    recipe: Recipe, run: RunFolder, trained: Trained, episode_ids: Sequence[str]
) -> tuple[str, ...]:
    """Episodes that the policy has not learned from; taught now, if the recipe says so."""
    scenes, first = recipe.collaboration.scenes, recipe.collaboration.first_seed
    if scenes:
        data = replace(recipe.data, episodes=scenes, first_seed=first + CALIBRATION_SEEDS)
        return collect(replace(recipe, data=data), run).all_ids
    if trained.held_out is not None or not episode_ids:
        return trained.held_out or ()
    label_of = label_view(build_vocabulary(recipe))
    table = load_samples(run.store(), Needs(()), episode_ids, label_of)  # no images
    held = holdout(table, recipe.trainer.holdout, recipe.seed).validation
    return tuple(dict.fromkeys(table.episodes[row] for row in held))


def choose_sides(scenes: Sequence[tuple[str, int]], seed: int) -> dict[tuple[str, int], bool]:
    """Scene (task, seed) -> its half; every other scene of each task, in random order."""
    rng = np.random.default_rng(seed)
    sides: dict[tuple[str, int], bool] = {}
    for task in sorted({name for name, _ in scenes}):
        own = sorted({scene for scene in scenes if scene[0] == task})
        # Where tasks have an odd number of scenes, the sides take turns in having one more.
        begin = len(sides)
        for place, index in enumerate(rng.permutation(len(own)), start=begin):
            sides[own[index]] = place % 2 == 0
    return sides


def _scenes(run: RunFolder, ids: Sequence[str]) -> list[tuple[str, int]]:
    headers = [run.store().header(i) for i in ids]
    return [(header.task, header.seed) for header in headers]


def _fit(
    recipe: Recipe, run: RunFolder, checkpoint: Path, ids: Sequence[str], halves: Sequence[bool]
) -> Calibration:
    from cliprt.policies.calibration import calibrate as fit_and_measure

    vocabulary = build_vocabulary(recipe)
    actor = load_agreed_actor(recipe, checkpoint, vocabulary)
    needs = replace(actor.policy.needs, horizon=0)
    table = load_samples(run.store(), needs, ids, label_view(vocabulary))
    by_episode = dict(zip(ids, halves, strict=True))
    half = np.array([by_episode[episode] for episode in table.episodes])
    scores = actor.score(table.read(row) for row in range(len(table)))
    return fit_and_measure(scores, table.labels, half, recipe.collaboration.coverage)
