"""How fast a policy learns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from cliprt.recipe.build import build_vocabulary
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting

BATCH = 128
"""CLIP-RT's pretraining batch, for the labels of the in-batch loss."""


def measure_train(setting: Setting) -> Iterator[Measured]:
    """What a step of a training is made of."""
    yield label_matrix(len(build_vocabulary(setting.recipe).primitives))


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
