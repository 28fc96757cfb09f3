"""A training as it is commonly written, as the yardstick for ours."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

from cliprt.data.rows import RememberedRows, Rows
from cliprt.data.samples import load_samples
from cliprt.data.store import EpisodeStore
from cliprt.policies.acting import choose_device
from cliprt.policies.contrastive import ContrastivePolicy
from cliprt.policies.losses import LOSSES, sentences_bce
from cliprt.policies.scoring import context, scores
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.bench.machine import clock_of
from cliprt.training.augmentation import ImageAugmentation, augment
from cliprt.training.optimiser import OptimiserSettings, learning_rate_factor

Example = tuple[list[Tensor], str, int]
"""Preprocessed images, one per camera; the instruction; the primitive's label."""


class Examples(Dataset[Example]):
    """Rows of a store: an image is decoded, preprocessed and varied when its row is drawn.

    Args:
        rows: To learn from.
        policy: Says which cameras, and how images are preprocessed.
        recipe: Says how they are varied.
    """

    def __init__(self, rows: Rows, policy: ContrastivePolicy, recipe: Recipe) -> None:
        trainer = recipe.trainer
        self._rows = rows
        self._cameras = policy.cameras
        self._encoder = policy.encoder
        self._variation = ImageAugmentation(
            trainer.crop_scale, trainer.shift_px, trainer.colour_jitter
        )

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        row = self._rows.read(index)
        assert row.label is not None
        images = (torch.from_numpy(row.images[name]).permute(2, 0, 1) for name in self._cameras)
        return [self._varied(image) for image in images], row.instruction, row.label

    def _varied(self, image: Tensor) -> Tensor:
        seen = self._encoder.preprocess(image[None])
        return augment(seen, self._variation, torch.default_generator)[0]


def plain_loss(
    policy: ContrastivePolicy, loss: str, views: list[Tensor], asked: list[str], labels: Tensor
) -> Tensor:
    """The policy's loss of b rows, the text of each row encoded whatever the others say.

    Args:
        policy: Reads phrases.
        loss: A name of `LOSSES`.
        views: Preprocessed images (b, 3, s, s), one batch per camera.
        asked: Instructions (b).
        labels: Of the right primitives (b,).
    """
    encoder = policy.encoder
    texts = encoder.encode_text([policy.prompt.format(instruction) for instruction in asked])
    contexts = context(policy.fusion(encoder, views, texts), texts, policy.normalisation)
    if LOSSES[loss].candidates == "batch":
        phrases = encoder.encode_text([policy.phrases[label] for label in labels.tolist()])
        return sentences_bce(scores(contexts, phrases, policy.log_scale), labels, labels)
    ranking = scores(contexts, encoder.encode_text(policy.phrases), policy.log_scale)
    answer: Tensor = LOSSES[loss].compute(ranking, labels)
    return answer


def plain_steps(
    policy: ContrastivePolicy, rows: Rows, recipe: Recipe, device: torch.device
) -> Iterator[float]:
    """Steps of a training without end; the loss of each.

    PyTorch's DataLoader, autocast and AdamW as they come; the recipe's batch, precision, learning
    rate, schedule, clipping and variation of images.
    """
    policy = policy.to(device).train()
    trainer = recipe.trainer
    loss_name = recipe.policy.options.get("loss", "vocabulary_softmax")
    examples: Any = Examples(rows, policy, recipe)
    loader = DataLoader(examples, trainer.batch_size, shuffle=True, drop_last=True)
    rate, decay = trainer.learning_rate, trainer.weight_decay
    optimiser = torch.optim.AdamW(policy.parameters(), rate, trainer.betas, trainer.eps, decay)
    settings = OptimiserSettings(warmup_steps=trainer.warmup_steps, max_steps=trainer.max_steps)
    schedule = LambdaLR(optimiser, lambda step: learning_rate_factor(step, settings))
    width, _, kind = trainer.precision.partition("-")
    dtype = {"16": torch.float16, "bf16": torch.bfloat16}.get(width, torch.float32)
    if kind == "true":
        policy.to(dtype)
    computing = partial(torch.autocast, device.type, dtype, enabled=kind == "mixed")
    while True:
        for views, asked, labels in loader:
            optimiser.zero_grad()
            views = [view.to(device) for view in views]
            with computing():
                loss = plain_loss(policy, loss_name, views, asked, labels.to(device))
            loss.backward()  # type: ignore[no-untyped-call]
            if trainer.gradient_clip:
                nn.utils.clip_grad_norm_(policy.parameters(), trainer.gradient_clip)
            optimiser.step()
            schedule.step()
            policy.after_step()
            yield loss.item()


class PlainTraining:
    """The plain loop in a process of its own, which nothing of cliprt's training has tuned.

    Within a ``with`` block, each call takes some steps there, and says what one took in seconds.

    Args:
        recipe: What is learned, and how.
        store: The episodes' folder.
        kept: All rows are decoded before the first step.
    """

    def __init__(self, recipe: Recipe, store: Path, kept: bool) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        arguments = (theirs, recipe, store, kept)
        self._process = spawning.Process(target=_take_steps, args=arguments, daemon=True)
        self._theirs = theirs

    def __enter__(self) -> PlainTraining:
        self._process.start()
        self._theirs.close()
        return self

    def __call__(self, steps: int) -> float:
        """Take so many steps, and wait for them.

        Raises:
            EOFError: The process has ended; its traceback is on stderr.
        """
        self._pipe.send(steps)
        return float(self._pipe.recv())

    def __exit__(self, *error: object) -> None:
        self._pipe.close()
        self._process.join()


def _take_steps(pipe: Connection, recipe: Recipe, store: Path, kept: bool) -> None:
    torch.set_num_threads(recipe.trainer.threads)
    vocabulary = build_vocabulary(recipe)
    policy = build_policy(recipe, vocabulary)
    assert isinstance(policy, ContrastivePolicy)
    rows: Rows = load_samples(EpisodeStore(store), policy.needs)
    device = device_of(recipe)
    taken = plain_steps(policy, RememberedRows(rows) if kept else rows, recipe, device)
    clock = clock_of(device)
    with suppress(EOFError):  # nobody asks for more
        while steps := pipe.recv():
            begin = clock()
            for _ in range(steps):
                next(taken)
            pipe.send((clock() - begin) / steps)


def device_of(recipe: Recipe) -> torch.device:
    """Where the recipe's trainer learns."""
    return choose_device(
        {"gpu": "cuda"}.get(recipe.trainer.accelerator, recipe.trainer.accelerator)
    )
