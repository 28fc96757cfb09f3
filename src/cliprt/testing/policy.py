"""The contract of :class:`cliprt.policies.interface.Policy` as code."""

from __future__ import annotations

import torch

from cliprt.policies.interface import Policy
from cliprt.vocabularies.interface import ActionVocabulary

INSTRUCTIONS = ("open the cabinet", "close the laptop", "open the cabinet")


def check_policy(policy: Policy, vocabulary: ActionVocabulary, image_size: int = 64) -> None:
    """Raise AssertionError, saying what is wrong, unless the policy keeps its contract.

    Args:
        policy: Freshly built with `vocabulary`.
        vocabulary: What it chooses from.
        image_size: Edge of the random images it is shown [px].
    """
    assert policy.cameras, "the policy names no camera"
    n, b = len(vocabulary.primitives), len(INSTRUCTIONS)
    generator = torch.Generator().manual_seed(0)
    images = {
        name: torch.randint(
            0, 256, (b, 3, image_size, image_size), dtype=torch.uint8, generator=generator
        )
        for name in policy.cameras
    }
    policy.eval()
    with torch.no_grad():
        scores = policy.score(images, INSTRUCTIONS)
        again = policy.score(images, INSTRUCTIONS)
        alone = policy.score({name: x[1:2] for name, x in images.items()}, INSTRUCTIONS[1:2])
    assert scores.shape == (b, n), f"scores are {tuple(scores.shape)}, not ({b}, {n})"
    assert scores.isfinite().all(), "scores are not finite"
    assert torch.equal(scores, again), "the same question has two answers in evaluation mode"
    close = torch.allclose(alone, scores[1:2], atol=1e-3, rtol=1e-3)
    assert close, "a sample's scores depend on the other samples of its batch"
    _check_training(policy, images, n)


def _check_training(policy: Policy, images: dict[str, torch.Tensor], n: int) -> None:
    policy.train()
    batch = {
        "images": images,
        "instruction": list(INSTRUCTIONS),
        "label": torch.arange(len(INSTRUCTIONS)) % n,
    }
    loss = policy.training_step(batch, 0)
    assert isinstance(loss, torch.Tensor), f"training_step answers {type(loss).__name__}, no loss"
    assert loss.ndim == 0, f"the loss has the shape {tuple(loss.shape)}; it must be one number"
    assert loss.isfinite(), f"the loss is {loss.item()}"
    torch.autograd.backward(loss)
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in policy.parameters()), (
        "the loss moves no weight"
    )
    policy.zero_grad()
    assert policy.configure_optimizers() is not None, "configure_optimizers names no optimiser"
    policy.eval()
