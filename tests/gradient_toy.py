"""Notes the gradients of trainings of the toy task; a script, because Lightning starts it again.

python gradient_toy.py STORE FOLDER DEVICES
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch
from policy_toy import ToyVocabulary, toy_table
from training_toy import toy_recipe

from cliprt.data.batches import to_batch
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.policies.contrastive import gather
from cliprt.recipe.schema import Component
from cliprt.training.callbacks import Callback
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob

POLICIES = {
    "in_batch": Component("clip_rt", {"loss": "in_batch_bce", "fusion": "additive"}),
    "softmax": Component("clip_rt", {"loss": "vocabulary_softmax"}),
}


class GradientNote(Callback):
    """Keeps every step's gradients."""

    def __init__(self) -> None:
        self.steps = []

    def on_before_optimizer_step(self, trainer, pl_module, optimizer) -> None:
        named = pl_module.policy.named_parameters()
        self.steps.append({n: p.grad.clone() for n, p in named if p.grad is not None})


def note_gradients(store: Path, folder: Path, devices: int, **trainer: object) -> dict[str, list]:
    """The gradients of two steps from the first weights, by policy."""
    noted = {}
    for name, policy in POLICIES.items():
        options = {"learning_rate": 1e-12, "crop_scale": 0.8, "holdout": 0.0, **trainer}
        options["precision"] = "64-true"  # so that only a mistake makes a difference
        recipe = toy_recipe(max_steps=2, devices=devices, **options)
        job = TrainingJob(replace(recipe, policy=policy), store, folder / f"{name}-{devices}")
        note = GradientNote()
        train_policy(job, ToyVocabulary(), [note])
        noted[name] = note.steps
    return noted | {"gathered": note_gathered(), "sentences": note_sentences()}


def note_gathered() -> list[dict[str, torch.Tensor]]:
    """The gradients of a loss that compares features across all rows, twice."""
    devices, rank = gather(torch.ones(1)).numel(), 0
    if devices > 1:
        rank = torch.distributed.get_rank()
    rows = torch.randn(8, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weight = torch.eye(5, dtype=torch.float64, requires_grad=True)
    own = rows[rank * 8 // devices : (rank + 1) * 8 // devices] @ weight
    loss = (own @ gather(own).T).logsumexp(1).mean()
    loss.backward()
    gradient = weight.grad / devices
    if devices > 1:
        torch.distributed.all_reduce(gradient)
    return [{"weight": gradient}] * 2


def note_sentences() -> list[dict[str, torch.Tensor]]:
    """The gradients of the loss over what was said of half of the rows, twice."""
    devices, rank = gather(torch.ones(1)).numel(), 0
    if devices > 1:
        rank = torch.distributed.get_rank()
    table = toy_table(8, seed=0, cameras=("wrist",))
    own = range(rank * 8 // devices, (rank + 1) * 8 // devices)
    rows = [replace(table.read(row), supervision=f"go {row % 3}" * (row < 4)) for row in own]
    torch.manual_seed(0)
    encoder = SmallCnnEncoder(image_size=32, width=8)
    policy = ClipRtPolicy(ToyVocabulary(), encoder, loss="in_batch_bce").double()
    policy.loss(to_batch(rows), lambda images: images)["loss"].backward()
    found = {n: p.grad / devices for n, p in policy.named_parameters() if p.grad is not None}
    for gradient in found.values() if devices > 1 else ():
        torch.distributed.all_reduce(gradient)
    return [found] * 2


if __name__ == "__main__":
    given = note_gradients(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    if not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0:
        torch.save(given, Path(sys.argv[2]) / "gradients.pt")
