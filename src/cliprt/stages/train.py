"""Stage 3: fit the policy to the taught and generated episodes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.keys import policy_key
from cliprt.stages.run_folder import RunFolder


@dataclass(frozen=True)
class Trained:
    """A policy on disk."""

    key: str
    folder: Path
    metrics: dict[str, Any]
    wall_s: float
    worked: bool

    @property
    def checkpoint(self) -> Path:
        """Folder with the weights (safetensors) and what they belong to."""
        return self.folder / "checkpoint"


def train(recipe: Recipe, run: RunFolder, episode_ids: Sequence[str]) -> Trained:
    """Have the policy trained; an interrupted training goes on where it was."""
    from cliprt.training.fit import train_policy

    key = policy_key(recipe, episode_ids)
    folder = run.policy(key)
    finished = folder / "finished.json"
    if finished.exists():
        facts = json.loads(finished.read_text())
        return Trained(key, folder, facts["metrics"], facts["wall_s"], False)
    start = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    result = train_policy(
        recipe, run.store(), folder, build_vocabulary(recipe), episode_ids=tuple(episode_ids)
    )
    wall_s = time.monotonic() - start
    finished.write_text(json.dumps({"metrics": result.metrics, "wall_s": wall_s}))
    return Trained(key, folder, dict(result.metrics), wall_s, True)
