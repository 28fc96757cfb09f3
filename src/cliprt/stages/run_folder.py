"""Where a run keeps what it makes.

``runs/<name>/``: ``recipe.yaml`` (resolved), ``episodes/`` (the store), ``policies/<key>/``,
``evaluations/<key>/``, ``run.json`` (which of them are current, and what each stage cost),
``report.html`` and ``report.json``.  One process at a time works on a run.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.disk import replace_file, try_lock, write_all, writing
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.recipe.load import save_recipe
from cliprt.recipe.schema import Recipe

RUNS = Path("runs")

_locks: dict[Path, io.FileIO] = {}
"""Held for as long as this process lives, by run folder."""


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
        return load_record(self.path / "run.json")

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
        save_record(known, self.path / "run.json")


def load_record(file: Path) -> dict[str, Any]:
    """A file of `save_record`; empty if it is not there, or damaged: what it says is made again."""
    try:
        values = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def save_record(values: dict[str, Any], file: Path) -> None:
    """Write JSON, whole or not at all.

    Raises:
        StoreError: The folder cannot be written.
    """
    with writing(file):
        replace_file(file, json.dumps(values, indent=1).encode(), durable=True)


def open_run(recipe: Recipe, folder: Path | None = None) -> RunFolder:
    """Make the run folder, keep others from working on it, and keep the resolved recipe in it.

    Raises:
        StoreError: The folder cannot be written, or another process works on it.
    """
    run = RunFolder(folder or RUNS / recipe.name)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        _claim(run.path.resolve())
        save_recipe(recipe, run.path / "recipe.yaml")
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"the run folder {run.path} cannot be written ({error.strerror});"
            " choose another with --out"
        ) from error
    return run


def _claim(folder: Path) -> None:
    if folder in _locks:
        return
    lock = io.FileIO(folder / ".lock", "a+")
    if not try_lock(lock):
        lock.seek(0)
        holder = lock.readall().decode(errors="replace").strip()
        raise StoreError(
            f"process {holder} works on the run folder {folder}; two at once would mix their"
            " results. Wait for it, or choose another folder with --out"
        )
    lock.truncate(0)
    write_all(lock, str(os.getpid()).encode(), durable=False)
    _locks[folder] = lock
