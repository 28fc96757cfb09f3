"""Which weights of a policy learn, and how much is kept of what its layers compute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import nn

from cliprt.encoders.interface import Encoder
from cliprt.errors import UsageError
from cliprt.policies.interface import Policy
from cliprt.recipe.schema import Tower, TrainerSection
from cliprt.training.lora import add_change, matrices


def choose_weights(policy: Policy, section: TrainerSection) -> None:
    """Freeze, give low-rank changes, and recompute, as a trainer section says.

    What is not the encoder's learns as ever.

    Raises:
        UsageError: The policy has no encoder, or one that cannot do so.
    """
    if not (section.freeze or section.lora or section.recompute):
        return
    encoder = _encoder_of(policy)
    if section.recompute:
        encoder.recompute()
    if section.lora:
        _learn_low_rank(encoder, section.freeze, section.lora)
    else:
        for weight in _tower_weights(encoder, section.freeze).values():
            weight.requires_grad_(False)
    _keep_statistics(encoder)


def _learn_low_rank(encoder: Encoder, frozen: Iterable[Tower], rank: int) -> None:
    still = {id(weight) for weight in _tower_weights(encoder, frozen).values()}
    learning = [m for m in matrices(encoder) if id(m.weight) not in still]
    if not learning:
        raise UsageError(
            f"trainer.lora: {type(encoder).__name__} has no matrix that could learn by a change."
            " Leave it out"
        )
    encoder.requires_grad_(False)
    for matrix in learning:
        add_change(matrix, rank)


def _tower_weights(encoder: Encoder, towers: Iterable[Tower]) -> Mapping[str, nn.Parameter]:
    """The weights of these towers, by their names in the encoder."""
    chosen, everything = set(towers), dict(encoder.named_parameters())
    text = encoder.text_weights()
    if len(chosen) == 1 and not text:
        raise UsageError(
            f"trainer.freeze: {type(encoder).__name__} does not say which weights are whose"
            " tower's. Freeze both, or none"
        )
    return {
        name: weight
        for name, weight in everything.items()
        if ("text" if name in text else "image") in chosen
    }


def _keep_statistics(encoder: Encoder) -> None:
    """Let layers none of whose weights learn no longer count what passes through them."""
    for module in encoder.modules():
        own = list(module.parameters(recurse=False))
        has_statistics = getattr(module, "running_mean", None) is not None
        if has_statistics and own and not any(weight.requires_grad for weight in own):
            module.eval()


def _encoder_of(policy: Policy) -> Encoder:
    for module in policy.modules():
        if isinstance(module, Encoder):
            return module
    raise UsageError(
        f"trainer.freeze, lora and recompute are about an encoder, which {type(policy).__name__}"
        " does not have. Leave them out"
    )
