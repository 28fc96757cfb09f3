"""Stage 3: fit the policy to the taught and generated episodes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cliprt.data.disk import writing
from cliprt.policies.description import CHECKPOINT, is_intact
from cliprt.recipe.schema import Recipe
from cliprt.recipe.together import check_warmup
from cliprt.stages.keys import correction_key
from cliprt.stages.naming import name_by_content, name_policy, note_content
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.stages.start import find_start
from cliprt.stages.training_process import run_training
from cliprt.training.curve import CurvePoint
from cliprt.training.job import TrainingJob, Watch

FINISHED = "finished.json"
"""What a training leaves beside its policy when it is through."""


@dataclass(frozen=True)
class Trained:
    """A policy on disk.

    Attributes:
        held_out: Episodes of the run that it did not learn from; None where nobody noted them.
    """

    key: str
    folder: Path
    metrics: dict[str, Any]
    wall_s: float
    worked: bool
    held_out: tuple[str, ...] | None = None

    @property
    def checkpoint(self) -> Path:
        """Folder with the weights (safetensors) and what they belong to."""
        return self.folder / CHECKPOINT


def train(
    recipe: Recipe,
    run: RunFolder,
    episode_ids: Sequence[str],
    corrections: Sequence[str] = (),
    earlier: Trained | None = None,
    progress: bool = True,
    watch: Watch | None = None,
) -> Trained:
    """Have the policy trained; an interrupted training goes on where it was.

    Args:
        recipe: Which policy, and how to train it.
        run: Where everything is kept.
        episode_ids: Taught and generated episodes.
        corrections: Corrected episodes, learned from too.
        earlier: The policy to begin with; it then learns for ``collaboration.max_steps`` steps.
        progress: Show it on stderr.
        watch: Told how it goes instead.
    """
    key = name_policy(recipe, run, episode_ids)
    asked = recipe
    if earlier:
        section = recipe.collaboration
        steps = replace(recipe.trainer, max_steps=section.max_steps)
        recipe = replace(recipe, trainer=steps)
        key = correction_key(key, earlier.key, corrections, section)
        key = name_by_content(run, key, corrections)
    learned_from = corrections if earlier else episode_ids
    start, folder = time.monotonic(), run.policy(key)
    if found := find_trained(run, key):
        note_content(run, key, learned_from)
        run.choose_policy(key)
        return found
    check_warmup(asked)
    if (folder / FINISHED).exists():
        print(f"  the policy in {folder} is damaged: it is made again", file=sys.stderr)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    note_content(run, key, learned_from)
    job = TrainingJob(
        recipe,
        run.episodes,
        folder,
        tuple(episode_ids),
        tuple(corrections),
        earlier.checkpoint if earlier else find_start(recipe),
    )
    with _shown(recipe) if progress and not watch else nullcontext(watch) as told:
        result = run_training(job, told)
    wall_s = time.monotonic() - start
    facts = {"metrics": dict(result.metrics), "wall_s": wall_s, "held_out": result.held_out}
    save_record(facts, folder / FINISHED)
    run.choose_policy(key)
    return Trained(key, folder, dict(result.metrics), wall_s, True, result.held_out)


@contextmanager
def _shown(recipe: Recipe) -> Iterator[Watch]:
    """Within the block, how a training goes is shown on stderr."""
    passed = 0
    with show_progress("Training", recipe.trainer.max_steps) as advance:

        def watch(curve: tuple[CurvePoint, ...], done: int, total: int) -> None:
            nonlocal passed
            if done > passed:
                advance(f"loss {curve[-1].loss:.3f}" if curve else "", done - passed)
                passed = done

        yield watch


def find_trained(run: RunFolder, key: str) -> Trained | None:
    """The policy of this key, if it is trained to the end and whole."""
    folder = run.policy(key)
    facts = load_record(folder / FINISHED)
    if not facts or not is_intact(folder / CHECKPOINT):
        return None
    held_out = tuple(facts["held_out"]) if "held_out" in facts else None  # 0.1.0 did not say
    return Trained(key, folder, facts["metrics"], facts["wall_s"], False, held_out)
