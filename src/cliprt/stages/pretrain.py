"""What pretrained models of a table begin with: one policy, made once for all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cliprt.recipe.schema import Recipe
from cliprt.stages.learn import find_episodes
from cliprt.stages.parts import Part, build_pretraining
from cliprt.stages.portion import Portion
from cliprt.stages.run_folder import RunFolder, open_run
from cliprt.stages.train import train
from cliprt.stages.waiting import one_by_one

PRETRAINED = "pretraining"
"""Its run folder, below the reproduction's."""

Opened = tuple[Part, RunFolder]


def begin_pretrained(
    opened: Sequence[Opened],
    profile: str,
    overrides: Sequence[str],
    folder: Path,
    portion: Portion,
) -> list[Opened]:
    """The same parts, of which pretrained ones know what they begin with.

    Args:
        opened: Parts with their run folders.
        profile, overrides: Of the request.
        folder: Of the reproduction.
        portion: Which of the jobs are done here; the first that comes pretrains, the others wait.
    """
    if not any(part.model.pretrained for part, _ in opened):
        return list(opened)
    start = _pretrain(build_pretraining(profile, overrides), folder / PRETRAINED, portion)
    return [(_begin(part, start), run) for part, run in opened]


def _pretrain(recipe: Recipe, folder: Path, portion: Portion) -> Path:
    print("pretraining: teaching, and training once for all", file=sys.stderr)
    with one_by_one(open_run(recipe, folder, portion)) as run:
        return train(recipe, run, find_episodes(recipe, run)).checkpoint


def _begin(part: Part, start: Path) -> Part:
    if not part.model.pretrained:
        return part
    trainer = replace(part.recipe.trainer, start_from=str(start))
    return replace(part, recipe=replace(part.recipe, trainer=trainer))
