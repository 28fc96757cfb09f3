"""The contract of :class:`cliprt.policies.interface.Policy` as code."""

from __future__ import annotations

import copy

import numpy as np
import torch
from safetensors.torch import load, save

from cliprt.data.batches import Row, to_batch, to_row
from cliprt.data.columns import Needs
from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.types import Observation, Pose, Proposal
from cliprt.vocabularies.interface import ActionVocabulary

INSTRUCTIONS = ("open the cabinet", "close the laptop", "open the cabinet")


def check_policy(policy: Policy, vocabulary: ActionVocabulary, image_size: int = 64) -> None:
    """Raise AssertionError, saying what is wrong, unless the policy keeps its contract.

    Args:
        policy: Freshly built, with `vocabulary` if it takes one.
        vocabulary: What it chooses from, or learns labels of.
        image_size: Edge of the random images it is shown [px].
    """
    assert policy.needs.cameras or policy.needs.state, "the policy looks at nothing"
    n = len(vocabulary.primitives)
    rng = np.random.default_rng(0)
    rows = [_row(policy.needs, text, i % n, image_size, rng) for i, text in enumerate(INSTRUCTIONS)]
    fresh = copy.deepcopy(policy)
    policy.study(Row({}, r.instruction, r.state, r.label, r.chunk) for r in rows)
    answers = _ask(policy, rows)
    shown = [_numbers(answer, n, isinstance(policy, RankingPolicy)) for answer in answers]
    again, alone = _ask(policy, rows), _ask(policy, rows[1:2])
    same = all(np.array_equal(a, _raw(b)) for a, b in zip(shown, again, strict=True))
    assert same, "the same question has two answers in evaluation mode"
    close = np.allclose(_raw(alone[0]), shown[1], atol=1e-3, rtol=1e-3)
    assert close, "a sample's scores depend on the other samples of its batch"
    fresh.load_state_dict(load(save({k: v.contiguous() for k, v in policy.state_dict().items()})))
    kept = all(np.array_equal(a, _raw(b)) for a, b in zip(shown, _ask(fresh, rows), strict=True))
    assert kept, "the policy's state_dict does not hold all that it answers by, such as statistics"
    if policy.learns:
        _check_learning(policy, rows)


def _row(needs: Needs, text: str, label: int, size: int, rng: np.random.Generator) -> Row:
    images = {c: rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for c in needs.cameras}
    x, y, z, a, b, c = rng.uniform(-1, 1, 6).tolist()
    pose: Pose = (x, y, z, a, b, c)
    row = to_row(Observation(images, pose, pose, (*pose, x), "open", 0.08, 0.0), text, needs)
    chunk = rng.uniform(-1, 1, (needs.horizon, 9)).astype(np.float32)
    chunk[:, 8] = 0.0
    return Row(row.images, text, row.state, label, chunk if needs.horizon else None)


def _ask(policy: Policy, rows: list[Row]) -> list[Proposal]:
    policy.eval()
    with torch.no_grad():
        answers = policy.propose(to_batch(rows))
    assert len(answers) == len(rows), f"{len(answers)} proposals for {len(rows)} situations"
    return answers


def _raw(proposal: Proposal) -> np.ndarray:
    """What it says as numbers: scores, or motions one after the other."""
    motions = [step.primitive.motion for step in proposal.steps]
    return np.array(motions if proposal.scores is None else proposal.scores, dtype=float)


def _numbers(proposal: Proposal, n: int, ranks: bool) -> np.ndarray:
    numbers = _raw(proposal)
    if ranks:
        assert numbers.shape == (n,), f"a row of scores is {numbers.shape}, not ({n},)"
        assert np.isfinite(numbers).all(), "scores are not finite"
    else:
        assert proposal.steps, "a proposal has neither scores nor steps"
        assert numbers.shape[1:] == (7,), "a step's motion is not 7 numbers"
        assert np.isfinite(numbers).all(), "motions are not finite"
    return numbers


def _check_learning(policy: Policy, rows: list[Row]) -> None:
    policy.train()
    losses = policy.loss(to_batch(rows), lambda images: images)
    assert "loss" in losses, "loss() names no 'loss'"
    loss = losses["loss"]
    assert loss.ndim == 0, f"the loss has the shape {tuple(loss.shape)}; it must be one number"
    assert loss.isfinite(), f"the loss is {loss.item()}"
    torch.autograd.backward(loss)
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in policy.parameters()), (
        "the loss moves no weight"
    )
    policy.zero_grad()
    policy.after_step()
    policy.eval()
