"""How fast a policy learns, beside a training as it is commonly written."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import Callback, LightningModule, Trainer

from cliprt.data.store import EpisodeStore
from cliprt.policies.contrastive import ContrastivePolicy
from cliprt.policies.interface import Policy
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.registry import load
from cliprt.stages.bench.flops import count_flops, empty_batch, without_numbers
from cliprt.stages.bench.machine import clock_of, flops_per_s, one_thread
from cliprt.stages.bench.plain_loop import PlainTraining, device_of
from cliprt.stages.bench.rows import Clock, Measured, in_turn
from cliprt.stages.bench.setting import Setting, look_at_scenes
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob
from cliprt.types import Episode, Observation, Outcome, Step
from cliprt.vocabularies.interface import ActionVocabulary

BATCH = 128
"""CLIP-RT's pretraining batch, for the labels of the in-batch loss."""

SCENES, STEPS = 24, 12
"""Episodes that are learned from, and steps of each."""

BLOCK = 5
"""Steps before it is the other's turn."""

TURNS = 9
"""The first does not count."""

DECODING = "a plain loop: DataLoader over the store's rows, a text per row, AdamW as it comes"
DECODED = "the same with all rows decoded and kept before"


def measure_train(setting: Setting) -> Iterator[Measured]:
    """Label a batch, and take steps of a training, in turn with those of a plain loop."""
    yield label_matrix(len(build_vocabulary(setting.recipe).primitives))
    seen = look_at_scenes(setting.recipe, SCENES)
    for model, recipe in setting.by_model():
        with tempfile.TemporaryDirectory() as folder, one_thread():
            yield from _with_model(model, recipe, seen, Path(folder))


def label_matrix(classes: int) -> Measured:
    """Which steps of a batch carry the same primitive."""
    labels = torch.from_numpy(np.random.default_rng(0).integers(classes, size=BATCH))
    rows = labels.tolist()

    def by_loop() -> torch.Tensor:
        matrix = torch.zeros(BATCH, BATCH)
        for i in range(BATCH):
            for j in range(BATCH):
                if rows[i] == rows[j]:
                    matrix[i, j] = 1
        return matrix

    at_once_s, loop_s = in_turn([lambda: (labels[:, None] == labels[None, :]).float(), by_loop])
    what, baseline = f"label a batch of {BATCH}", "a Python loop over pairs, as released"
    return Measured(what, at_once_s, baseline=baseline, baseline_cpu_s=loop_s)


class Turns(Callback):
    """Times a training's steps, block by block, and between them those of others.

    Args:
        others: Each takes so many steps, and says how long one took [s].
        clock: What a second is.
    """

    def __init__(self, others: Sequence[Callable[[int], float]], clock: Clock) -> None:
        self._others = others
        self._clock = clock
        self._begun = 0.0
        self._taken: list[list[float]] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The first block begins."""
        self._begun = self._clock()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Let the others take as many steps, when a block is through."""
        if trainer.global_step % BLOCK:
            return
        own_s = (self._clock() - self._begun) / BLOCK
        self._taken.append([own_s, *(other(BLOCK) for other in self._others)])
        self._begun = self._clock()

    @property
    def step_s(self) -> list[float]:
        """Seconds of a step: the training's own, then each of the others', median over blocks."""
        return [statistics.median(of_one) for of_one in zip(*self._taken[1:], strict=True)]


def _with_model(
    model: str, recipe: Recipe, seen: Sequence[tuple[Observation, str]], folder: Path
) -> Iterator[Measured]:
    vocabulary = build_vocabulary(recipe)
    section = replace(
        recipe.trainer, max_steps=BLOCK * TURNS, threads=1, holdout=0.0, warmup_steps=BLOCK
    )
    recipe = replace(recipe, trainer=section)
    store = EpisodeStore(folder / "episodes", durable=False)
    for number, (observation, instruction) in enumerate(seen):
        store.write_episode(_episode(number, observation, instruction, vocabulary))
    device = device_of(recipe)
    is_plain = _reads_phrases(recipe)
    with ExitStack() as processes:
        others = [
            processes.enter_context(PlainTraining(recipe, store.path, kept))
            for kept in ((False, True) if is_plain else ())
        ]
        turns = Turns(others, clock_of(device))
        train_policy(TrainingJob(recipe, store.path, folder / "policy"), vocabulary, [turns])
    own_s, *others_s = turns.step_s
    what = f"learn from a batch of {section.batch_size}"
    computed_s = _step_flops(recipe, vocabulary) / flops_per_s(device, section.precision)
    for baseline, baseline_s in zip((DECODING, DECODED), others_s, strict=False):
        yield Measured(
            what, own_s, model, section.precision, baseline, baseline_s, baseline_s / computed_s
        )
    if not others_s:
        yield Measured(what, own_s, model, section.precision)


def _reads_phrases(recipe: Recipe) -> bool:
    kind: type[Policy] = load("policy", recipe.policy.name)
    return issubclass(kind, ContrastivePolicy) and kind.reads_phrases


def _step_flops(recipe: Recipe, vocabulary: ActionVocabulary) -> int:
    """There and back, of the recipe's tasks in turn."""
    policy = without_numbers(recipe, vocabulary).train()
    count = recipe.trainer.batch_size
    batch = empty_batch(policy, recipe, [f"task {row % 9}" for row in range(count)])
    batch["label"] = torch.arange(count) % len(vocabulary.primitives)
    return count_flops(
        lambda: torch.autograd.backward(policy.loss(batch, lambda images: images)["loss"])
    )


def _episode(
    number: int, observation: Observation, instruction: str, vocabulary: ActionVocabulary
) -> Episode:
    """Of a scene whose pictures move on, and in which primitives are taken in turn."""
    steps = []
    for index in range(STEPS):
        primitive = vocabulary.primitives[(number * STEPS + index) % len(vocabulary.primitives)]
        images = {k: np.roll(v, index, axis=1) for k, v in observation.images.items()}
        pose = observation.tcp_pose
        outcome = Outcome(primitive.motion, primitive.gripper, pose, pose, observation.joints)
        moved = replace(observation, images=images, time_s=float(index))
        steps.append(Step(index, moved, "", primitive, outcome, "bench"))
    return Episode(f"e-{number}", "", instruction, 0, "bench", tuple(steps), True)
