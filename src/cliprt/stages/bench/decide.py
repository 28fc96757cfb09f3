"""How fast a policy decides, beside the procedure that was released with CLIP-RT."""

from __future__ import annotations

from collections.abc import Iterator

from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.recipe.build import build_actor, build_policy, build_vocabulary
from cliprt.stages.bench.machine import clock_of
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting, look_at_scenes

AS_RELEASED = "instruction and phrases encoded again at every step, as released"


def measure_decide(setting: Setting) -> Iterator[Measured]:
    """Decide about what the recipe's robot sees."""
    recipe = setting.recipe
    ((observation, instruction),) = look_at_scenes(recipe, 1)
    policy = build_policy(recipe, build_vocabulary(recipe))
    actor = build_actor(recipe, policy)
    clock = clock_of(actor.device)
    names = ("decide the next primitive", recipe.encoder.name, recipe.runtime.precision)
    if not isinstance(policy, RankingPolicy):
        (own_s,) = in_turn([lambda: actor(observation, instruction)], clock)
        yield _named(names, own_s)
        return

    def all_again() -> None:
        forget_texts(policy)
        actor(observation, instruction)

    (own_s,) = in_turn([lambda: actor(observation, instruction)], clock)
    (released_s,) = in_turn([all_again], clock)
    yield _named(names, own_s, AS_RELEASED, released_s)


def _named(
    names: tuple[str, str, str], own_s: float, baseline: str = "", baseline_s: float | None = None
) -> Measured:
    what, model, precision = names
    return Measured(what, own_s, model, precision, baseline, baseline_s)


def forget_texts(policy: Policy) -> None:
    """Empty the cache of texts' features: it holds for the weights as they were last written."""
    for weight in policy.parameters():
        weight.detach().view(-1)[:1].add_(0)
