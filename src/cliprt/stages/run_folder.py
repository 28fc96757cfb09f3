"""Where a run keeps what it makes.

``runs/<name>/``: ``recipe.yaml`` (resolved), ``episodes/`` (the store), ``policies/<key>/``,
``evaluations/<key>/``, ``run.json`` (what each stage cost, and which policy was trained last),
``report.html`` and ``report.json``.  One process at a time works on a run, or several on portions
of it (:mod:`cliprt.stages.claim`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.disk import replace_file, writing
from cliprt.data.store import EpisodeStore
from cliprt.errors import CheckpointError, StoreError
from cliprt.policies.description import CHECKPOINT, DESCRIPTION, load_description
from cliprt.recipe.find import known_recipes
from cliprt.recipe.load import save_recipe, to_yaml
from cliprt.recipe.schema import Component, Recipe
from cliprt.stages.claim import claimed, is_claimed
from cliprt.stages.earlier import bring_forward
from cliprt.stages.keys import digest
from cliprt.stages.portion import WHOLE, Portion

RUNS = Path("runs")
RECIPE = "recipe.yaml"
EARLIER = "earlier_recipes"
"""Folder of the recipes that a run was made with before its present one."""


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run; `open_run` makes the folder.

    Attributes:
        path: The folder.
        portion: Which of the jobs are done here; the others are others'.
    """

    path: Path
    portion: Portion = WHOLE

    @property
    def episodes(self) -> Path:
        """The episode store."""
        return self.path / "episodes"

    @property
    def facts(self) -> dict[str, Any]:
        """What ``run.json`` says."""
        return load_record(self.path / "run.json")

    @property
    def times(self) -> dict[str, float]:
        """Seconds of work by stage, over all calls; empty before the first stage ends."""
        return dict(self.facts.get("wall_s", {}))

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
        self._note(wall_s=times)

    def choose_policy(self, key: str) -> None:
        """Make this the policy that acts where a run folder is named and no policy in it."""
        self._note(policy=key)

    def note_ready(self, key: str) -> None:
        """Remember the recipe that is found ready, unless the run is not opened yet."""
        if is_claimed(self.path):
            self._note(ready=key)

    def _note(self, **facts: Any) -> None:
        if self.portion.is_whole:  # portions would write over each other
            save_record({**self.facts, **facts}, self.path / "run.json")


def find_checkpoint(path: Path) -> Path:
    """The checkpoint that `path` means: itself, a policy's folder, or the last policy of a run.

    Raises:
        CheckpointError: There is none, or several of which none was trained last for certain.
    """
    chosen = str(RunFolder(path).facts.get("policy", ""))
    for folder in (path, path / CHECKPOINT, RunFolder(path).policy(chosen) / CHECKPOINT):
        if (folder / DESCRIPTION).is_file():
            return folder
    found = sorted(path.glob(f"policies/*/{CHECKPOINT}/{DESCRIPTION}"))
    if not found:
        recipe = path.name if path.name in known_recipes() else "NAME"
        raise CheckpointError(
            f"{path} holds no trained policy: give a run folder, for example runs/finetune_novel,"
            f" or a checkpoint folder in it. Train one: cliprt train --recipe {recipe}"
        )
    if chosen or len(found) > 1:
        last = f"{chosen}, the last one, is not there" if chosen else "does not say which was last"
        raise CheckpointError(
            f"{path} holds {len(found)} policies, and {last}. Give one of them:"
            f" {', '.join(str(file.parents[1]) for file in found)}"
        )
    return found[0].parent


def announce_policy(checkpoint: Path, tasks: Sequence[str] = ()) -> str:
    """Say on stderr which policy acts, and in which tasks untrained; its registry name."""
    recipe = load_description(checkpoint)["recipe"]
    print(f"Policy: {checkpoint}", file=sys.stderr, flush=True)
    known = [task.get("label") or task["name"] for task in recipe.get("tasks", ())]
    new = [task for task in tasks if known and task not in known]
    if new:
        print(
            f"Note: it was trained for {', '.join(known)}, not for {', '.join(new)}.",
            file=sys.stderr,
        )
    return str(recipe["policy"]["name"])


def load_record(file: Path) -> dict[str, Any]:
    """A file of `save_record`; empty if it is not there, or damaged: what it says is made again."""
    try:
        values = parse_json(read_plain(file, MOST_RECORD_BYTES, None))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def save_record(values: dict[str, Any], file: Path) -> None:
    """Write JSON, whole or not at all.

    Raises:
        StoreError: The folder cannot be written.
    """
    with writing(file):
        replace_file(file, json.dumps(values, indent=1).encode(), durable=True)


def open_run(recipe: Recipe, folder: Path | None = None, portion: Portion = WHOLE) -> RunFolder:
    """Make the run folder, keep others from working on it, and keep the resolved recipe in it.

    Args:
        recipe: What the run is made with.
        folder: None = ``runs/<recipe's name>``.
        portion: Which of the jobs are done here, beside those who do the others.

    Raises:
        StoreError: The folder cannot be written, or another process works on it.
    """
    run = RunFolder(folder or RUNS / recipe.name, portion)
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        with claimed(run.path, portion, _same_work(recipe)):
            bring_forward(recipe, run.path / RECIPE, run.store())
            _keep_recipe(recipe, run.path)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"the run folder {run.path} cannot be written ({error.strerror});"
            " choose another with --out"
        ) from error
    return run


def _same_work(recipe: Recipe) -> str:
    """What names a recipe, whoever runs its jobs."""
    data = replace(recipe.data, workers=0, engine=Component("local"))
    return digest("portions", replace(recipe, data=data))


def _keep_recipe(recipe: Recipe, folder: Path) -> None:
    """Write the recipe; another one that was there is kept beside it."""
    file, text = folder / RECIPE, to_yaml(recipe)
    before = file.read_text(encoding="utf-8") if file.is_file() else text
    if before != text:
        kept = folder / EARLIER / f"{digest(before)}.yaml"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(before, encoding="utf-8")
    save_recipe(recipe, file)
