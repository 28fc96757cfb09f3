"""How fast this machine is at what cliprt does, with ratios against named baselines."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

import numpy as np
import torch

from cliprt.data.store import EpisodeStore
from cliprt.policies.interface import Policy, RankingPolicy
from cliprt.recipe.build import (
    build_actor,
    build_interpreter,
    build_policy,
    build_robot,
    build_task,
    build_vocabulary,
    check_simulated,
)
from cliprt.recipe.schema import Recipe
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene
from cliprt.stages.convert_bench import time_conversion
from cliprt.stages.exchange_bench import time_formats
from cliprt.stages.rlds_bench import time_rlds
from cliprt.types import Attempt, Observation, Primitive, Step

SENTENCES = (
    "move the arm to the left by five centimeters",
    "a bit to the right please",
    "could you go down three inches and then forward a little",
    "pick up the red cube",
    "rotate the gripper a quarter turn clockwise",
)
BATCH = 128
"""CLIP-RT's pretraining batch, for the labels of the in-batch loss."""


@dataclass(frozen=True)
class Measurement:
    """One figure.

    Attributes:
        name: What was measured.
        ms: Milliseconds of wall clock per call, median.
        baseline: What it is compared with; "" = nothing.
        baseline_ms: The same for the baseline, in the same run.
    """

    name: str
    ms: float
    baseline: str = ""
    baseline_ms: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the baseline."""
        return self.baseline_ms / self.ms if self.baseline_ms else None


def measure_all(recipe: Recipe) -> Iterator[Measurement]:
    """Measure one thing after the other, on the recipe's own parts."""
    check_simulated(recipe, "it would be moved unattended", "Measure a recipe of a simulated one")
    vocabulary = build_vocabulary(recipe)
    interpreter = build_interpreter(recipe, vocabulary)
    yield Measurement(
        "read a sentence", _time(lambda: [interpreter.read(s) for s in SENTENCES]) / len(SENTENCES)
    )
    yield _label_matrix(len(vocabulary.primitives))
    with build_robot(recipe) as robot:
        task = build_task(recipe.tasks[0])
        yield Measurement("build a scene", _time(lambda: prepare_scene(task, robot, 0), 10))
        yield Measurement("look with all cameras", _time(robot.observe, 20))
        yield _primitive(robot)
        observation = robot.observe()
    yield _decision(recipe, observation)
    yield _journal(observation, vocabulary.primitives[0])
    yield from starmap(Measurement, time_formats(observation))
    yield from starmap(Measurement, time_rlds())
    yield Measurement("convert a step of another robot's data, 256 px", time_conversion())


def _time(call: Callable[[], object], repeats: int = 30) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def _label_matrix(classes: int) -> Measurement:
    labels = torch.from_numpy(np.random.default_rng(0).integers(classes, size=BATCH))
    rows = labels.tolist()

    def by_loop() -> torch.Tensor:
        matrix = torch.zeros(BATCH, BATCH)
        for i in range(BATCH):
            for j in range(BATCH):
                if rows[i] == rows[j]:
                    matrix[i, j] = 1
        return matrix

    fast = _time(lambda: (labels[:, None] == labels[None, :]).float())
    name = f"label matrix of a batch of {BATCH}"
    return Measurement(name, fast, "a Python loop over pairs, as released", _time(by_loop, 3))


def _primitive(robot: Gate) -> Measurement:
    there, back = (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0), (0.0, -0.05, 0.0, 0.0, 0.0, 0.0, 0.0)

    def both() -> None:
        robot.execute(there, None)
        robot.execute(back, None)

    return Measurement("execute a 5 cm primitive", _time(both, 10) / 2)


def _decision(recipe: Recipe, observation: Observation) -> Measurement:
    torch.set_num_threads(1)  # as when evaluating, where processes fill the cores
    policy = build_policy(recipe, build_vocabulary(recipe))
    actor = build_actor(recipe, policy)
    name, fast = "decide the next primitive", _time(lambda: actor(observation, "Close the laptop"))
    if not isinstance(policy, RankingPolicy):
        return Measurement(name, fast)

    def all_again() -> None:
        forget_texts(policy)
        actor(observation, "Close the laptop")

    baseline = "instruction and phrases encoded again at every step, as released"
    return Measurement(name, fast, baseline, _time(all_again))


def forget_texts(policy: Policy) -> None:
    """Empty the cache of texts' features: it holds for the weights as they were last written."""
    for weight in policy.parameters():
        weight.detach().view(-1)[:1].add_(0)


def _journal(observation: Observation, primitive: Primitive) -> Measurement:
    from cliprt.types import Outcome

    outcome = Outcome(primitive.motion, None, observation.tcp_pose, observation.tcp_pose)

    def record(folder: str, durable: bool) -> float:
        store = EpisodeStore(Path(folder) / str(durable), durable=durable)
        journal = store.begin(Attempt("bench", "", "", 0, "bench"))
        steps = iter(range(1000))
        return _time(
            lambda: journal.append(Step(next(steps), observation, "", primitive, outcome, "bench"))
        )

    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        return Measurement(
            "journal a step, safe against a killed process",
            record(folder, False),
            "safe against a power cut too",
            record(folder, True),
        )
