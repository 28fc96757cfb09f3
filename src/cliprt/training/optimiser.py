"""How weights move: AdamW without decay on vectors, a linear rise, then cosine or constant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from cliprt.training.compensated import CompensatedAdamW


@dataclass(frozen=True)
class OptimiserSettings:
    """Numbers of the optimiser and its schedule.

    Attributes:
        learning_rate: Peak of the schedule.
        weight_decay: On parameters of two and more dimensions.
        betas, eps: AdamW's.
        warmup_steps: Linear rise of the learning rate.
        max_steps: Where the cosine ends.
        schedule: ``"cosine"`` or ``"constant"`` after the rise.
        fused: All weights in one call; not with ``16-mixed``, whose gradients are scaled.
    """

    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-6
    warmup_steps: int = 50
    max_steps: int = 1500
    schedule: str = "cosine"
    fused: bool = True


def learning_rate_factor(step: int, settings: OptimiserSettings) -> float:
    """Share of the peak learning rate in optimiser step `step`, from 0."""
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    if settings.schedule == "constant":
        return 1.0
    span = max(1, settings.max_steps - settings.warmup_steps)
    progress = min(1.0, (step - settings.warmup_steps) / span)
    return 0.5 * (1 + math.cos(math.pi * progress))


def build_optimiser(module: nn.Module, settings: OptimiserSettings) -> tuple[Optimizer, LambdaLR]:
    """AdamW over the module's trainable parameters, and its schedule (one tick per step)."""
    trainable = [p for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim <= 1], "weight_decay": 0.0},
    ]
    how: dict[str, Any] = {
        "lr": settings.learning_rate,
        "betas": settings.betas,
        "eps": settings.eps,
    }
    optimiser: Optimizer
    if any(_is_short(weight) for weight in trainable):
        optimiser = CompensatedAdamW(groups, **how)
    else:
        # not foreach, which would take as much memory as the weights for a moment
        optimiser = torch.optim.AdamW(groups, **how, fused=settings.fused, foreach=False)
    return optimiser, LambdaLR(optimiser, lambda step: learning_rate_factor(step, settings))


def state_bytes(weights: Sequence[Tensor]) -> int:
    """What the optimiser remembers of these weights: two moments, and what rounding took."""
    return sum((3 if _is_short(weight) else 2) * weight.nbytes for weight in weights)


def _is_short(weight: Tensor) -> bool:
    return weight.dtype is torch.bfloat16
