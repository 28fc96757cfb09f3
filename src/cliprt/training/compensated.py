"""AdamW for weights of 16 bits, which keeps what rounding takes from every step.

A bfloat16 number has 8 significant bits: a step of a learning rate of 5e-6 is lost on a weight of
0.02 whole, and with it all that was learned.  What a step loses is remembered beside the weight and
added to the next (Kahan 1965, "Further remarks on reducing truncation errors").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class CompensatedAdamW(Optimizer):
    """Moves weights as AdamW in float32 would; what it remembers has the weights' own width.

    Args:
        params: Weights or groups of them, each with a ``weight_decay``.
        lr, betas, eps: AdamW's.
    """

    def __init__(
        self,
        params: Iterable[dict[str, Any]],
        lr: float,
        betas: tuple[float, float],
        eps: float,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step; the closure computes the loss and its gradients."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad.float(), group)
        return loss

    def _move(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = torch.zeros(())
            for name in ("mean", "square", "lost"):
                state[name] = torch.zeros_like(weight)
        state["step"] += 1
        first, second = group["betas"]
        mean = state["mean"].float().lerp_(gradient, 1 - first)
        square = state["square"].float().lerp_(gradient.square(), 1 - second)
        for name, value in (("mean", mean), ("square", square)):
            state[name].copy_(value)
        steps, rate = float(state["step"]), group["lr"]
        scale = square.sqrt_().div_(math.sqrt(1 - second**steps)).add_(group["eps"])
        exact = weight.float() * (1 - rate * group["weight_decay"])
        exact.add_(state["lost"]).addcdiv_(mean, scale, value=-rate / (1 - first**steps))
        weight.copy_(exact)
        state["lost"].copy_(exact.sub_(weight))
