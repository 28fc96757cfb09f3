"""One training in a process of its own, and the memory that it took.

python training_memory.py FOLDER RECIPE KEY=VALUE ...       # prints a JSON object
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from policy_toy import ToyVocabulary
from training_toy import fill_store

from cliprt.encoders.open_clip import open_clip
from cliprt.recipe.load import load_recipe
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob
from cliprt.training.memory_need import find_need

PAGE = resource.getpagesize()


def resident() -> int:
    """Bytes that this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def most_resident() -> int:
    """The most that it ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(folder: Path, name: str, *overrides: str) -> None:
    """Train, and tell."""
    recipe = load_recipe(name, overrides)
    store = fill_store(folder / "episodes", rows=20, camera="scene")
    open_clip.list_models()
    before, need = resident(), find_need(recipe, ToyVocabulary())
    begin, most = resident(), most_resident()
    job = TrainingJob(recipe, store.path, folder / "run")
    done = train_policy(job, ToyVocabulary())
    told = {
        "parts": need.parts,
        "need": need.total,
        "dry": most - before,
        "grew": most_resident() - begin,
        "steps": done.metrics["steps"],
        "loss": done.metrics["train/loss"],
        "parameters": done.metrics["parameters"],
        "cpu_s": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
