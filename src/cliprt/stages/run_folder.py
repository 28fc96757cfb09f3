"""Where a run keeps what it makes.

``runs/<name>/``: ``recipe.yaml`` (resolved), ``episodes/`` (the store), ``policies/<key>/``,
``evaluations/<key>/``, ``run.json`` (what each stage cost), ``report.html`` and ``report.json``.
One process at a time works on a run.
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
from cliprt.errors import CheckpointError, StoreError
from cliprt.recipe.load import save_recipe
from cliprt.recipe.schema import Recipe

RUNS = Path("runs")
DESCRIPTION = "policy.json"
"""What tells a checkpoint folder from others (:mod:`cliprt.policies.checkpoint`)."""

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
    def times(self) -> dict[str, float]:
        """Seconds of work by stage, over all calls; empty before the first stage ends."""
        return dict(load_record(self.path / "run.json").get("wall_s", {}))

    def policy(self, key: str) -> Path:
        """Folder of one trained policy, its checkpoints and logs."""
        return self.path / "policies" / key

    def evaluation(self, key: str) -> Path:
        """Folder of one policy's trials and videos."""
        return self.path / "evaluations" / key

    def store(self) -> EpisodeStore:
        """The episode store, opened."""
        return EpisodeStore(self.episodes)

    def add_time(self, stage: str, wall_s: float) -> None:
        """Add to the seconds of work that a stage cost."""
        times = self.times
        times[stage] = round(times.get(stage, 0.0) + wall_s, 1)
        save_record({"wall_s": times}, self.path / "run.json")


def find_checkpoint(path: Path) -> Path:
    """The checkpoint that `path` means: itself, a policy's folder, or a run's latest policy.

    Raises:
        CheckpointError: There is none.
    """
    candidates = [path, path / "checkpoint", *path.glob("policies/*/checkpoint")]
    found = [folder for folder in candidates if (folder / DESCRIPTION).is_file()]
    if not found:
        raise CheckpointError(
            f"{path} holds no trained policy: give a run folder, for example runs/finetune_novel,"
            " or a checkpoint folder in it. Train one: cliprt train --recipe NAME"
        )
    return max(found, key=lambda folder: (folder / DESCRIPTION).stat().st_mtime)


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
