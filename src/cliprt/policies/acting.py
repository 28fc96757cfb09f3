"""A trained policy as a plain function: of an observation, or of many recorded ones at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cliprt.data.batches import Batch, Row, to_batch, to_row
from cliprt.errors import UsageError
from cliprt.policies.int8 import narrow_bytes
from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.policies.modes import Mode, computing, convert
from cliprt.types import Observation, Proposal

BATCH = 256
"""Rows that are scored at once."""


class Actor:
    """A policy that acts: (observation, instruction) -> what it would do.

    It is in evaluation mode, in which nothing about an instruction is computed twice.

    Args:
        policy: Is moved to the device.
        device: ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda:1"`` ...
        precision, compiled: See :class:`cliprt.policies.modes.Mode`.
        weights: File with the policy's weights (``.safetensors``), so that `prepare` can release
            some; None = they stay.
        understand: Says what is meant by an instruction in a person's words, as a
            :class:`cliprt.runtime.instructions.Understanding`; by default what it says.

    Raises:
        UsageError: This machine does not have the device, or it does not compute so.
    """

    def __init__(
        self,
        policy: Policy,
        device: str = "cpu",
        precision: str = "32-true",
        weights: Path | None = None,
        compiled: bool = False,
        understand: Callable[[str], str] = str,
    ) -> None:
        self.device = choose_device(device)
        self.mode = Mode(precision, compiled)
        self.policy = convert(policy, self.mode, self.device)
        self.understand = understand
        self._weights = weights

    def __call__(self, observation: Observation, instruction: str) -> Proposal:
        """What to do now.

        Raises:
            UsageError: The observation lacks one of the policy's cameras.
            UnclearError: The instruction is in words of which a person has to say what they mean.
        """
        return self.propose([observation], [instruction])[0]

    def propose(
        self, observations: Sequence[Observation], instructions: Sequence[str]
    ) -> list[Proposal]:
        """What each of n robots should do now, in one pass.

        A robot alone and the same robot among others agree but for the last bits of its scores.

        Args:
            observations: Of n robots whose cameras have one size, and as many joints.
            instructions: What each was asked for (n).

        Raises:
            UsageError: An observation lacks one of the policy's cameras.
            UnclearError: An instruction is in words of which a person has to say what they mean.
        """
        instructions = [self.understand(asked) for asked in instructions]
        pairs = zip(observations, instructions, strict=True)
        batch = to_batch([to_row(seen, asked, self.policy.needs) for seen, asked in pairs])
        batch["images"] = {name: _as_seen(images) for name, images in batch["images"].items()}
        with computing(self.mode, self.device):
            if len(instructions) > 1:
                self.policy.prepare(instructions)
            return self.policy.propose(self._move(batch))

    def prepare(self, instructions: Sequence[str]) -> None:
        """Do now what the first decisions about these instructions would wait for.

        Texts are encoded, what is to be compiled is compiled, a GPU is warmed up.  Then the weights
        that only new instructions need are given back, where the policy can: they are read again
        when one comes, which that decision waits for.

        Raises:
            UnclearError: As `propose`.
        """
        instructions = [self.understand(asked) for asked in instructions]
        with computing(self.mode, self.device):
            self.policy.prepare(instructions)
        is_cold = self.mode.compiled or self.device.type != "cpu"
        if is_cold and self.policy.memory_bytes and not self.policy.needs.state:
            self(_blank(self.policy.needs.cameras), next(iter(instructions), ""))
        if self._weights:
            self.policy.release(self._weights)

    @property
    def memory_bytes(self) -> int:
        """What the policy holds on its device between decisions: weights and features of texts."""
        return self.policy.memory_bytes + narrow_bytes(self.policy)

    def restart(self) -> None:
        """A new episode begins."""
        self.policy.restart()

    def score(self, rows: Iterable[Row]) -> np.ndarray:
        """Scores (n, k) of a ranking policy's k primitives for n rows."""
        assert isinstance(self.policy, RankingPolicy)
        left, parts = iter(rows), []
        while some := list(islice(left, BATCH)):
            with computing(self.mode, self.device):
                scores = self.policy.score(self._move(to_batch(some)))
            parts.append(scores.double().cpu().numpy())
        return np.concatenate(parts)

    def _move(self, batch: Batch) -> Batch:
        images = {name: pixels.to(self.device) for name, pixels in batch["images"].items()}
        return {**batch, "images": images, "state": batch["state"].to(self.device)}


def _blank(cameras: Iterable[str]) -> Observation:
    """What is seen in the dark."""
    image = np.zeros((64, 64, 3), np.uint8)
    nowhere = (0.0,) * 6
    return Observation(dict.fromkeys(cameras, image), nowhere, nowhere, (), "open", 0.0, 0.0)


def _as_seen(images: Tensor) -> Tensor:
    """Images (b, 3, h, w) with their colours side by side in memory, as cameras give them.

    The numbers stay; a network's last bits follow from the order in which it adds them.
    """
    return images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


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
