"""Stops a training at its first number that is none, before it spoils what was learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim import Optimizer

from cliprt.errors import UsageError
from cliprt.training.state_files import BEFORE


class NotFiniteError(UsageError):
    """A loss, gradient or weight that is infinite or not a number."""


class StayFinite(Callback):
    """Looks at the loss and the gradients before every step of the optimiser, at the weights after.

    A state on the disk is good once the loss of its weights was finite; until then the one before
    it is kept beside it (see :func:`cliprt.training.state_files.fall_back`).

    Args:
        state: Where states are saved.
    """

    def __init__(self, state: Path) -> None:
        self._before = state.with_name(BEFORE)
        self._losses: list[Tensor] = []
        self._moved: list[Tensor] = []

    def on_before_backward(
        self, trainer: Trainer, pl_module: LightningModule, loss: Tensor
    ) -> None:
        """Remember the loss of a piece of the batch."""
        self._losses.append(loss.detach())

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        """Raise before a step that would spoil the weights.

        Raises:
            NotFiniteError: In every process, if it is so in one.
        """
        loss = torch.stack(self._losses).sum()
        self._losses.clear()
        step = trainer.global_step + 1
        _check(trainer, loss, f"the loss of step {step}")
        if trainer.is_global_zero:
            self._before.unlink(missing_ok=True)
        # What is never trained may never have been filled, such as the decoder of a CoCa.
        self._moved = [p for p in pl_module.parameters() if p.grad is not None]
        if getattr(trainer.precision_plugin, "scaler", None) is None:  # it passes over such steps
            gradients = [p.grad for p in self._moved if p.grad is not None]
            _check(trainer, _size(gradients), f"a gradient of step {step}")

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Raise before spoilt weights are saved.

        Raises:
            NotFiniteError: A weight is infinite or not a number.
        """
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            weights = [weight.detach() for weight in self._moved]
            _check(trainer, _size(weights), f"a weight after step {trainer.global_step}")


def _size(tensors: list[Tensor]) -> Tensor:
    """One number that is finite where all of them are, and none is beyond use."""
    norms = torch._foreach_norm(tensors) if tensors else [torch.zeros(())]
    return torch.stack([norm.float() for norm in norms]).sum()


def _check(trainer: Trainer, number: Tensor, what: str) -> None:
    is_wrong = not bool(number.isfinite())
    if trainer.strategy.reduce_boolean_decision(is_wrong, all=False):
        raise NotFiniteError(f"the training was stopped, because {what} is not a finite number. ")
