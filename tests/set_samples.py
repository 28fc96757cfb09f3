"""Small converted sets: folders of tars whose samples carry words of their own.

As a script, trains on two of them in a process that a test can kill, see `stand_still`:
python set_samples.py FOLDER RUN_DIR
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image
from policy_toy import ToyVocabulary, toy_table
from training_toy import stand_still, toy_recipe

import cliprt  # noqa: F401 - before torch and lightning
from cliprt.data.tars import write_tar
from cliprt.recipe.schema import Component, DataSection, Recipe
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob, TrainResult
from cliprt.vocabularies.nearest import mark

ROWS_PER_TAR = 6


def write_set(folder: Path, tars: int, seed: int = 0, said: bool = True) -> Path:
    """A set of the toy task, `ROWS_PER_TAR` samples a tar."""
    folder.mkdir(parents=True)
    table = toy_table(tars * ROWS_PER_TAR, seed)
    for tar in range(tars):
        rows = range(tar * ROWS_PER_TAR, (tar + 1) * ROWS_PER_TAR)
        samples = ((f"{tar:05d}-{row}", sample_of(table, row, said)) for row in rows)
        write_tar(folder / f"shard-{tar:05d}-of-{tars:05d}.tar", samples)
    return folder


def sample_of(table, row: int, said: bool) -> dict[str, bytes]:
    primitive = ToyVocabulary.primitives[table.labels[row]]
    facts = {
        "instruction": table.instructions[row],
        "label": primitive.label,
        "phrase": primitive.phrase,
        "motion": primitive.motion,
        "gripper": None,
        "vocabulary": mark(ToyVocabulary()),
        "episode": table.episodes[row],
    }
    if said:
        facts["supervision"] = f"{'please ' * (row % 3)}go {primitive.phrase.split(' ', 3)[3]}"
    picture = io.BytesIO()
    Image.fromarray(table.images["wrist"][row]).save(picture, "PNG")
    return {"json": json.dumps(facts).encode(), "wrist.png": picture.getvalue()}


def recipe_of(*folders: Path, **trainer: object) -> Recipe:
    """Learns from each folder, the second one twice as often."""
    sources = tuple(
        Component("shards", {"path": str(folder), "weight": float(n)})
        for n, folder in enumerate(folders, 1)
    )
    policy = Component("clip_rt", {"loss": "in_batch_bce"})
    recipe = toy_recipe(**{"holdout": 0.2, **trainer})
    return replace(recipe, policy=policy, data=DataSection(sources=sources, memory_gb=0.0))


def train_sets(folders: Path, run_dir: Path, **trainer: object) -> TrainResult:
    """Train on every set below a folder, whose rows stay on the disk."""
    recipe = recipe_of(*sorted(folders.iterdir()), **trainer)
    return train_policy(TrainingJob(recipe, run_dir / "none", run_dir), ToyVocabulary())


if __name__ == "__main__":
    stand_still(18)
    train_sets(Path(sys.argv[1]), Path(sys.argv[2]))
