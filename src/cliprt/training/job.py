"""What one training is told, and what it tells; plain, so that nobody waits for torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cliprt.recipe.schema import Recipe
from cliprt.training.curve import CurvePoint

PIPE = "CLIPRT_TRAINING_PIPE"
"""Environment variable: the file descriptor by which a training's process tells how it goes."""

Watch = Callable[[tuple[CurvePoint, ...], int, int], None]
"""Told the learning curve so far, the steps done and the steps in all, now and then."""


@dataclass(frozen=True)
class TrainingJob:
    """One training.

    Attributes:
        recipe: Which policy, encoder, data and trainer.
        store: The run's episodes.
        folder: Holds the state to resume from, the logs, and in the end ``checkpoint/``.
        episode_ids: Episodes to learn from; None = all of the store.
        corrections: Corrected episodes to learn from too.
        start_from: A checkpoint whose weights to begin with; None = new ones.
    """

    recipe: Recipe
    store: Path
    folder: Path
    episode_ids: tuple[str, ...] | None = None
    corrections: tuple[str, ...] = ()
    start_from: Path | None = None


@dataclass(frozen=True)
class TrainResult:
    """What a training left behind.

    Attributes:
        checkpoint: Folder for :func:`cliprt.policies.checkpoint.load_policy`.
        metrics: Last values (``train/loss``, ``val/accuracy``, ``val/accuracy/y+`` ...), and
            ``parameters``, ``steps``, ``train_s``, ``images_per_s`` of this call.
        resumed_at: The step at which this call took over; 0 = it began.
        held_out: Episodes that it did not learn from.
    """

    checkpoint: Path
    metrics: Mapping[str, float]
    resumed_at: int
    held_out: tuple[str, ...] = ()
