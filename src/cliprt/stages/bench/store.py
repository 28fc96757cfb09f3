"""How fast episodes are kept, leave and come in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from cliprt.data.store import EpisodeStore
from cliprt.recipe.build import build_vocabulary
from cliprt.stages.bench.conversion import measure_conversion
from cliprt.stages.bench.exchange import measure_formats
from cliprt.stages.bench.rlds import measure_rlds
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting, look_at_scenes
from cliprt.types import Attempt, Observation, Outcome, Primitive, Step


def measure_store(setting: Setting) -> Iterator[Measured]:
    """Journal steps, and write and read every form of episodes that is installed."""
    ((observation, _),) = look_at_scenes(setting.recipe, 1)
    yield _journal(observation, build_vocabulary(setting.recipe).primitives[0])
    yield from measure_formats(observation)
    yield from measure_rlds()
    yield measure_conversion()


def _journal(observation: Observation, primitive: Primitive) -> Measured:
    outcome = Outcome(primitive.motion, None, observation.tcp_pose, observation.tcp_pose)

    def into(folder: str, durable: bool) -> Callable[[], None]:
        store = EpisodeStore(Path(folder) / str(durable), durable=durable)
        journal, numbers = store.begin(Attempt("bench", "", "", 0, "bench")), count()
        return lambda: journal.append(
            Step(next(numbers), observation, "", primitive, outcome, "bench")
        )

    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        killed_s, power_s = in_turn([into(folder, False), into(folder, True)])
    baseline = "safe against a power cut too (its waiting for the disk is not counted)"
    what = "journal a step, safe against a killed process"
    return Measured(what, killed_s, baseline=baseline, baseline_cpu_s=power_s)
