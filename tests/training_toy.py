"""Trains the toy task through `train_policy`; as a script, in a process that a test can kill.

python training_toy.py STORE RUN_DIR        # stands still in the 19th of 24 steps
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_samples import make_episode, make_step
from policy_toy import ToyVocabulary, toy_table

from cliprt.data.store import EpisodeStore
from cliprt.recipe.schema import Component, Recipe, TrainerSection
from cliprt.training.fit import train_policy
from cliprt.training.fitting import Fitting
from cliprt.training.job import TrainingJob, TrainResult

STEPS_PER_EPISODE = 5


def fill_store(path: Path, rows: int = 60, camera: str = "wrist") -> EpisodeStore:
    """A store of the toy table's rows, five to an episode."""
    table = toy_table(rows, seed=0, cameras=(camera,))
    store = EpisodeStore(path, durable=False)
    for first in range(0, rows, STEPS_PER_EPISODE):
        # One episode has one instruction, so it takes the rows that share its first row's.
        instruction = table.instructions[first]
        steps = []
        for row in range(first, first + STEPS_PER_EPISODE):
            if table.instructions[row] == instruction:
                step = make_step(len(steps), cameras=(camera,))
                seen = replace(step.observation, images={camera: table.images[camera][row]})
                said = ToyVocabulary.primitives[table.labels[row]]
                steps.append(replace(step, observation=seen, primitive=said))
        episode = make_episode(f"e-{first}", 0, instruction)
        store.write_episode(replace(episode, steps=tuple(steps)))
    return store


def toy_recipe(**trainer: object) -> Recipe:
    """A small recipe of several epochs."""
    options = {"max_steps": 24, "batch_size": 8, "warmup_steps": 3, "checkpoint_every": 5}
    section = TrainerSection(**{**options, "log_every": 5, "threads": 1, **trainer})  # type: ignore[arg-type]
    return Recipe(
        name="toy",
        tasks=(),
        encoder=Component("small_cnn", {"image_size": 32, "width": 8}),
        trainer=section,
    )


def train_toy(store: EpisodeStore, run_dir: Path, **trainer: object) -> TrainResult:
    """One training of the toy recipe, silent."""
    return train_policy(TrainingJob(toy_recipe(**trainer), store.path, run_dir), ToyVocabulary())


def stand_still(step: int) -> None:
    """Let trainings of this process come no further than a step: there is time to kill them."""
    train = Fitting.training_step

    def wait_and_train(fitting: Fitting, *batch: Any) -> Any:
        if fitting.global_step == step:
            time.sleep(600)
        return train(fitting, *batch)

    Fitting.training_step = wait_and_train  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    stand_still(18)
    train_toy(EpisodeStore(sys.argv[1]), Path(sys.argv[2]))
