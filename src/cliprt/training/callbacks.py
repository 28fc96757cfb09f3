"""What happens around the steps of a training: a live curve, and an orderly Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from lightning import Callback, LightningModule, Trainer

from cliprt.training.curve import CurvePoint
from cliprt.training.fitting import Fitting


class InterruptedTraining(Exception):  # noqa: N818 - an event, not a mistake
    """A person pressed Ctrl-C; the step was finished and its state saved."""


class OrderlyInterrupt(Callback):
    """Ctrl-C ends the current step, saves, and leaves; a second one leaves at once.

    A state saved in the middle of a step could not be resumed exactly: some weights would have
    moved and others not.

    Args:
        path: Where to save.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requested = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block, Ctrl-C is heard by this object; only the main thread can hear it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = signal.getsignal(signal.SIGINT)

        def request(number: int, frame: FrameType | None) -> None:
            self.requested = True
            signal.signal(signal.SIGINT, previous)

        signal.signal(signal.SIGINT, request)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Leave between two steps, if that was asked for.

        Raises:
            InterruptedTraining: After saving.
        """
        if (batch_idx + 1) % trainer.accumulate_grad_batches:
            return
        if trainer.strategy.reduce_boolean_decision(self.requested, all=False):
            trainer.save_checkpoint(self.path)
            raise InterruptedTraining(f"stopped after step {trainer.global_step}")


class LearningCurve(Callback):
    """The points of the learning curve, told as they come.

    They are part of the state that is resumed from, so a training that was interrupted shows one
    curve.

    Args:
        tell: Called with (all points so far, steps done, steps in all), a few times a second at
            most, in the training's own thread.
    """

    TELL_EVERY_S = 0.5
    MOST_POINTS = 1000

    def __init__(self, tell: Callable[[tuple[CurvePoint, ...], int, int], None]) -> None:
        self._tell = tell
        self._points: list[CurvePoint] = []
        self._told = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Plain values for the state on the disk."""
        return {"points": [tuple(point) for point in self._points]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the curve of an interrupted training."""
        self._points = [CurvePoint(*point) for point in state_dict["points"]]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell what was there before."""
        self._show(trainer)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add a point where values were logged."""
        values, step = trainer.callback_metrics, trainer.global_step
        every = pl_module.log_every if isinstance(pl_module, Fitting) else 1
        if step % every == 0 and "train/loss" in values:
            self._points.append(_point(step, values))
            if len(self._points) > self.MOST_POINTS:
                self._points = _thin(self._points)
        if time.monotonic() - self._told >= self.TELL_EVERY_S or step == trainer.max_steps:
            self._show(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add what the held-out demonstrations say."""
        values, step = trainer.callback_metrics, trainer.global_step
        if "val/accuracy" not in values or "train/loss" not in values:
            return
        held_out = float(values["val/accuracy"])
        if self._points and self._points[-1].step == step:
            self._points[-1] = self._points[-1]._replace(held_out=held_out)
        else:
            self._points.append(_point(step, values)._replace(held_out=held_out))
        self._show(trainer)

    def _show(self, trainer: Trainer) -> None:
        self._told = time.monotonic()
        self._tell(tuple(self._points), trainer.global_step, int(trainer.max_steps))


def _point(step: int, values: Mapping[str, Any]) -> CurvePoint:
    right = values.get("train/accuracy")
    return CurvePoint(step, float(values["train/loss"]), None if right is None else float(right))


def _thin(points: list[CurvePoint]) -> list[CurvePoint]:
    """Every second point, and all that say something about the held-out demonstrations."""
    return [p for n, p in enumerate(points) if n % 2 == 0 or p.held_out is not None]
