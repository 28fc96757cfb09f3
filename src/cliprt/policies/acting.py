"""A trained policy as a plain function: of an observation, or of many recorded ones at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from cliprt.data.batches import Batch, Row, to_batch, to_row
from cliprt.errors import UsageError
from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.types import Observation, Proposal

BATCH = 256
"""Rows that are scored at once."""

WIDTHS = {"16": torch.float16, "bf16": torch.bfloat16, "32": torch.float32, "64": torch.float64}
"""First word of a precision -> the numbers that it computes with."""


class Actor:
    """A policy that acts: (observation, instruction) -> what it would do.

    It is in evaluation mode, in which nothing about an instruction is computed twice.

    Args:
        policy: Is moved to the device.
        device: ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda:1"`` ...
        precision: As Lightning names them; ``"-true"`` changes the weights, ``"-mixed"`` does not.

    Raises:
        UsageError: This machine does not have the device.
    """

    def __init__(self, policy: Policy, device: str = "cpu", precision: str = "32-true") -> None:
        self.device = choose_device(device)
        width, _, self._kind = precision.partition("-")
        self._width = WIDTHS[width]
        own = self._width if self._kind == "true" else None
        self.policy = policy.to(self.device, own).eval()

    def __call__(self, observation: Observation, instruction: str) -> Proposal:
        """What to do now.

        Raises:
            UsageError: The observation lacks one of the policy's cameras.
        """
        batch = to_batch([to_row(observation, instruction, self.policy.needs)])
        batch["images"] = {name: _as_seen(image) for name, image in batch["images"].items()}
        with self._computing():
            return self.policy.propose(self._move(batch))[0]

    def restart(self) -> None:
        """A new episode begins."""
        self.policy.restart()

    def score(self, rows: Iterable[Row]) -> np.ndarray:
        """Scores (n, k) of a ranking policy's k primitives for n rows."""
        assert isinstance(self.policy, RankingPolicy)
        left, parts = iter(rows), []
        while some := list(islice(left, BATCH)):
            with self._computing():
                scores = self.policy.score(self._move(to_batch(some)))
            parts.append(scores.double().cpu().numpy())
        return np.concatenate(parts)

    def _move(self, batch: Batch) -> Batch:
        images = {name: pixels.to(self.device) for name, pixels in batch["images"].items()}
        return {**batch, "images": images, "state": batch["state"].to(self.device)}

    @contextmanager
    def _computing(self) -> Iterator[None]:
        is_mixed = self._kind == "mixed"
        with (
            torch.inference_mode(),
            torch.autocast(self.device.type, self._width if is_mixed else None, enabled=is_mixed),
        ):
            yield


def _as_seen(image: Tensor) -> Tensor:
    """One image (1, 3, h, w) with its colours side by side in memory, as a camera gives them.

    The numbers stay; a network's last bits follow from the order in which it adds them.
    """
    return image[0].permute(1, 2, 0).contiguous().permute(2, 0, 1)[None]


def choose_device(name: str) -> torch.device:
    """The device of a name.

    Raises:
        UsageError: This machine does not have it.
    """
    has = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    has += ["mps"] if torch.backends.mps.is_available() else []
    has += ["cpu"]
    chosen = has[0] if name == "auto" else "cuda:0" if name == "cuda" else name
    if chosen not in has:
        raise UsageError(
            f"this machine cannot act with runtime.device={name}: it has {', '.join(has)}."
            " runtime.device=auto works everywhere"
        )
    return torch.device(chosen)
