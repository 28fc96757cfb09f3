"""Where a run keeps what it makes.

``runs/<name>/``: ``recipe.yaml`` (resolved), ``episodes/`` (the store), ``policies/<key>/``,
``evaluations/<key>/``, ``run.json`` (which of them are current, and what each stage cost),
``report.html`` and ``report.json``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.recipe.load import save_recipe
from cliprt.recipe.schema import Recipe

RUNS = Path("runs")


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run; `open_run` makes the folder."""

    path: Path

    @property
    def episodes(self) -> Path:
        """The episode store."""
        return self.path / "episodes"

    @property
    def facts(self) -> dict[str, Any]:
        """What ``run.json`` says; empty before the first stage ends."""
        file = self.path / "run.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def policy(self, key: str) -> Path:
        """Folder of one trained policy, its checkpoints and logs."""
        return self.path / "policies" / key

    def evaluation(self, key: str) -> Path:
        """Folder of one policy's trials and videos."""
        return self.path / "evaluations" / key

    def store(self) -> EpisodeStore:
        """The episode store, opened."""
        return EpisodeStore(self.episodes)

    def note(self, stage: str, facts: dict[str, Any]) -> None:
        """Keep what a stage made; the time of a stage is that of the run that did the work."""
        known = self.facts
        before = known.get(stage, {})
        if "wall_s" in before and not facts.pop("worked", True):
            facts["wall_s"] = before["wall_s"]
        known[stage] = facts
        scratch = self.path / f".run.json.{os.getpid()}"
        scratch.write_text(json.dumps(known, indent=1))
        scratch.replace(self.path / "run.json")


def open_run(recipe: Recipe, folder: Path | None = None) -> RunFolder:
    """Make the run folder and keep the resolved recipe in it.

    Raises:
        StoreError: The folder cannot be written.
    """
    run = RunFolder(folder or RUNS / recipe.name)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        save_recipe(recipe, run.path / "recipe.yaml")
    except OSError as error:
        raise StoreError(
            f"the run folder {run.path} cannot be written ({error.strerror});"
            " choose another with --out"
        ) from error
    return run
