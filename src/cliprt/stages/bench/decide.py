"""How fast a policy decides, beside the procedure that was released with CLIP-RT."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from cliprt.errors import UsageError
from cliprt.policies.acting import Actor
from cliprt.policies.contrastive import ContrastivePolicy
from cliprt.policies.interface import Policy
from cliprt.policies.published import PublishedDecision
from cliprt.recipe.build import build_actor, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.bench.beside_openvla import compare
from cliprt.stages.bench.flops import count_decision
from cliprt.stages.bench.machine import clock_of
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting, begin_policy, look_at_scenes
from cliprt.types import Observation, Proposal

EXACT = "32-true"
SCENES = 30
PUBLISHED = "image, instruction and all phrases at every step, float32, as released"
WHAT = "decide the next primitive"


def measure_decide(setting: Setting) -> Iterator[Measured]:
    """Decide about what the recipe's robot sees, one image at a time.

    In float32, in turn with the published procedure on the same weights; then in the numbers that
    the recipe acts with, if these are others.
    """
    seen = look_at_scenes(setting.recipe, SCENES)
    for model, recipe in setting.by_model():
        yield from _with_model(model, recipe, seen, setting.openvla)


class _Chooser:
    """Decides about one scene after the other, and keeps what was chosen."""

    def __init__(
        self,
        decide: Callable[[Observation, str], Proposal | np.ndarray],
        seen: Sequence[tuple[Observation, str]],
    ) -> None:
        self.chosen: list[int] = []
        self._decide = decide
        self._seen = cycle(seen)

    def __call__(self) -> None:
        """Decide about the next one."""
        answer = self._decide(*next(self._seen))
        scores = answer.scores if isinstance(answer, Proposal) else answer
        if scores is not None:  # who makes motions chooses among nothing
            self.chosen.append(int(np.argmax(scores)))

    def agreement(self, other: _Chooser) -> float:
        """Share of the scenes, of those that both have seen, about which both chose the same."""
        pairs = zip(self.chosen, other.chosen, strict=False)
        return float(np.mean([own == theirs for own, theirs in pairs]))


def _with_model(
    model: str,
    recipe: Recipe,
    seen: Sequence[tuple[Observation, str]],
    openvla: Path | None,
) -> Iterator[Measured]:
    vocabulary = build_vocabulary(recipe)
    policy = begin_policy(recipe, vocabulary)
    exact = Actor(policy, recipe.runtime.device, EXACT)
    clock = clock_of(exact.device)
    ours = _Chooser(exact, seen)
    released = _find_published(policy)
    if released is None:
        (own_s,) = in_turn([ours], clock)
        yield Measured(WHAT, own_s, model, EXACT)
        return
    theirs = _Chooser(released, seen)
    own_s, published_s = in_turn([ours, theirs], clock)
    bound = count_decision(recipe, vocabulary).bound
    compared = (PUBLISHED, published_s, bound)
    yield Measured(WHAT, own_s, model, EXACT, *compared, ours.agreement(theirs))
    runtime = recipe.runtime
    if runtime.compile or runtime.precision not in (EXACT, "auto"):
        actor = build_actor(recipe, policy)
        other = _Chooser(actor, seen)
        (own_s,) = in_turn([other], clock)
        yield Measured(WHAT, own_s, model, str(actor.mode), *compared, other.agreement(theirs))
    if openvla and isinstance(policy, ContrastivePolicy):
        yield from compare(own_s, policy, recipe, vocabulary, seen[0], openvla)


def _find_published(policy: Policy) -> PublishedDecision | None:
    """The published procedure with a policy's weights; None where it has none for such a policy."""
    try:
        return PublishedDecision(policy)
    except UsageError:
        return None
