"""How much a decision computes: counted on tensors without numbers, so that it takes no time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from cliprt.data.batches import Batch
from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Recipe
from cliprt.vocabularies.interface import ActionVocabulary


class DecisionFlops(NamedTuple):
    """Floating-point operations of one decision, a multiplication and an addition counted as two.

    Attributes:
        first: In which image, instruction and all phrases are encoded, as in the release's every
            decision.
        next: With the same instruction.
    """

    first: int
    next: int

    @property
    def bound(self) -> float:
        """How many times faster a decision can be where nothing about texts is done again."""
        return self.first / self.next


def count_flops(call: Callable[[], object]) -> int:
    """Of everything that a call has torch compute.

    >>> left, right = torch.empty(2, 3, device="meta"), torch.empty(3, 5, device="meta")
    >>> count_flops(lambda: left @ right)
    60
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def count_decision(recipe: Recipe, vocabulary: ActionVocabulary) -> DecisionFlops:
    """Of a decision of the recipe's policy, which ranks phrases, about images of its own size."""
    policy = without_numbers(recipe, vocabulary)
    assert isinstance(policy, RankingPolicy)
    batch = empty_batch(policy, recipe, ["what to do"])
    with torch.no_grad():
        return DecisionFlops(*(count_flops(lambda: policy.score(batch)) for _ in range(2)))


def without_numbers(recipe: Recipe, vocabulary: ActionVocabulary) -> Policy:
    """The recipe's policy on torch's meta device, in evaluation mode: shapes, and no memory."""
    with torch.device("meta"):
        return build_policy(recipe, vocabulary).eval()


def empty_batch(policy: Policy, recipe: Recipe, instructions: Sequence[str]) -> Batch:
    """What such a policy may be given for these instructions; none of it has numbers."""
    size = recipe.robot.options.get("image_size", 64)
    shape = (len(instructions), 3, size, size)
    return Batch(
        images={
            name: torch.empty(shape, dtype=torch.uint8, device="meta")
            for name in policy.needs.cameras
        },
        instruction=list(instructions),
        state=torch.empty(len(instructions), 0, device="meta"),
    )
