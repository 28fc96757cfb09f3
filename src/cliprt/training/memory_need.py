"""How much memory a training takes: found out by one step in tensors that have no numbers.

The policy is built on torch's meta device, where nothing is allocated, and one step is taken in
fake tensors, which know their shapes and their device and compute nothing.  Every block of memory
that the step would ask for is counted as long as something refers to it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from cliprt.data.batches import Batch, Row, to_batch
from cliprt.data.columns import STATE, Needs
from cliprt.policies.interface import Policy
from cliprt.policies.modes import WIDTHS
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Recipe, TrainerSection
from cliprt.registry import load
from cliprt.training.freezing import choose_weights
from cliprt.training.optimiser import state_bytes
from cliprt.types import Observation
from cliprt.vocabularies.interface import ActionVocabulary

LOST = 0.15
"""Share beside what is asked for that allocators and libraries take, about."""

IMAGE_SIZE = 256
"""Edge of a camera's image [px] where the robot does not say."""

_POSE = (0.0,) * 6
_SEEN = Observation({}, _POSE, _POSE, _POSE, "open", 0.0, 0.0)


@dataclass(frozen=True)
class MemoryNeed:
    """The memory of one process of a training, when it takes most [bytes].

    Attributes:
        weights: With buffers.
        gradients: Of the weights that learn; of several processes, what they exchange too.
        optimiser: What it remembers of them.
        activations: What layers keep for the way back and pass on, beyond the room that gradients
            take later.
        saving: The bytes of the checkpoint, on the CPU; a GPU leaves them to the machine.
    """

    weights: int
    gradients: int
    optimiser: int
    activations: int
    saving: int

    @property
    def parts(self) -> dict[str, int]:
        """All of it by name, with what allocators and libraries take beside, about."""
        told = {name: part for name, part in vars(self).items() if part}
        return {**told, "allocator": round(LOST * sum(told.values()))}

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return sum(self.parts.values())


def find_need(recipe: Recipe, vocabulary: ActionVocabulary) -> MemoryNeed:
    """What a training of this recipe takes on its device, without taking it here.

    Raises:
        UsageError: Its encoder cannot be frozen, changed or computed again as it says.
        Exception: Whatever a policy raises that looks at numbers of tensors that have none.
    """
    section, here = recipe.trainer, device_of(recipe.trainer)
    policy = _without_numbers(recipe, vocabulary)
    batch = to_batch(_rows(recipe, policy.needs, len(vocabulary.primitives)))
    with FakeTensorMode(allow_non_fake_inputs=True), _LiveBytes() as live:
        policy.to_empty(device=here)
        weights = live.bytes
        for _ in range(min(2, section.accumulate)):  # from the second piece on, gradients are kept
            _go_there_and_back(policy, recipe, batch)
    learning = [weight for weight in policy.parameters() if weight.requires_grad]
    gradients = sum(weight.nbytes for weight in learning)
    activations = max(0, live.peak - weights - gradients)
    if section.devices * section.num_nodes > 1:
        gradients *= 2
    saving = weights if section.accelerator in ("cpu", "auto") and here == "cpu" else 0
    return MemoryNeed(weights, gradients, state_bytes(learning), activations, saving)


def _without_numbers(recipe: Recipe, vocabulary: ActionVocabulary) -> Policy:
    """The recipe's policy on the meta device, as it is when a training begins."""
    sources = load("encoder", recipe.encoder.name).weight_sources
    options = {k: v for k, v in recipe.encoder.options.items() if k not in sources}
    bare = replace(recipe, encoder=replace(recipe.encoder, options=options))
    with torch.device("meta"):
        policy = build_policy(bare, vocabulary)
    choose_weights(policy, recipe.trainer)
    width, _, kind = recipe.trainer.precision.partition("-")
    return policy.to(WIDTHS.get(width) if kind == "true" else None).train()


def device_of(section: TrainerSection) -> str:
    """Whose kernels are asked; the CPU's where a GPU is not here."""
    wants_gpu = section.accelerator in ("gpu", "cuda", "auto")
    return "cuda" if wants_gpu and torch.cuda.is_available() else "cpu"


def _rows(recipe: Recipe, needs: Needs, labels: int) -> list[Row]:
    """What one process learns from at once, as different from each other as it may be."""
    section = recipe.trainer
    count = section.batch_size // (section.devices * section.num_nodes * section.accumulate)
    size = recipe.robot.options.get("image_size", IMAGE_SIZE)
    image = np.zeros((size, size, 3), np.uint8)
    width = sum(len(STATE[name](_SEEN)) for name in needs.state)
    chunk = np.zeros((needs.horizon, 9), np.float32) if needs.horizon else None
    return [
        Row(
            dict.fromkeys(needs.cameras, image),
            f"task {i % max(1, len(recipe.tasks))}",
            np.zeros(width, np.float32),
            i % labels,
            chunk,
        )
        for i in range(count)
    ]


def _go_there_and_back(policy: Policy, recipe: Recipe, batch: Batch) -> None:
    width, _, kind = recipe.trainer.precision.partition("-")
    is_mixed = kind == "mixed"
    device = device_of(recipe.trainer)
    with torch.autocast(device, WIDTHS.get(width) if is_mixed else None, enabled=is_mixed):
        loss = policy.loss(batch, torch.clone)["loss"]  # how far images move is a number
    torch.autograd.backward(loss)


class _LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes behind all tensors that are made within the block and still there."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = self.peak = 0
        self._sizes: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                self._count(tensor.untyped_storage())
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._sizes:
            self._sizes[key] = storage.nbytes()
            self.bytes += storage.nbytes()
            self.peak = max(self.peak, self.bytes)
            weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.bytes -= self._sizes.pop(key)
