"""How often a faster way to compute chooses as float32 does: measured, kept, and asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.disk import replace_file, writing
from cliprt.data.schema import build
from cliprt.data.shard_index import file_digest
from cliprt.policies.acting import Actor, choose_device
from cliprt.policies.description import WEIGHTS
from cliprt.policies.modes import EXACT, Mode
from cliprt.types import Observation

AGREEMENTS = "agreement.json"
"""Beside ``checkpoint/`` in a policy's folder."""

ENOUGH = 0.995
"""Share of equal choices below which a mode is never taken by itself."""

DECISIONS = 200
"""Recorded observations that are decided about; with fewer, a mode is never taken by itself."""


@dataclass(frozen=True)
class Place:
    """Where an agreement holds: another one says nothing about it.

    Attributes:
        weights: SHA-256 of the file with the policy's weights.
        device: A GPU's name, or what a CPU's instructions are called.
        torch: Its version.
    """

    weights: str
    device: str
    torch: str


@dataclass(frozen=True)
class Agreement:
    """One mode beside float32, in one run.

    Attributes:
        precision, compiled: The mode.
        decisions: How many observations were decided about.
        same: How often the same primitive was best.
        decision_s: Of one decision: CPU seconds on a CPU, seconds on a GPU; median.
        exact_s: The same for float32.
        warm_up_s: Before the first decision, once per process.
        memory_bytes: Weights and features of texts, the text tower released.
        place: Where it was measured.
    """

    precision: str
    compiled: bool
    decisions: int
    same: int
    decision_s: float
    exact_s: float
    warm_up_s: float
    memory_bytes: int
    place: Place

    @property
    def mode(self) -> Mode:
        """What was measured."""
        return Mode(self.precision, self.compiled)

    @property
    def share(self) -> float:
        """Of equal choices, 0 to 1."""
        return self.same / self.decisions

    @property
    def ratio(self) -> float:
        """How many times faster than float32."""
        return self.exact_s / self.decision_s

    @property
    def suffices(self) -> bool:
        """Whether the mode may be taken without having been asked for."""
        return self.share >= ENOUGH and self.decisions >= DECISIONS

    def __str__(self) -> str:
        return (
            f"{self.mode}: the choices of float32 in {self.same} of {self.decisions} recorded"
            f" observations, {self.ratio:.2f} times as fast"
        )


def measure(
    exact: Actor, other: Actor, seen: Sequence[tuple[Observation, str]], place: Place
) -> Agreement:
    """Have both decide about the same observations, in turns.

    Args:
        exact: In `EXACT`.
        other: The same policy in the mode to measure.
        seen: Observations and what was asked.
        place: Where this is.
    """
    clock = time.process_time if other.device.type == "cpu" else time.perf_counter
    asked = sorted({instruction for _, instruction in seen})
    exact.prepare(asked)
    exact(*seen[0])
    begin = clock()
    other.prepare(asked)
    other(*seen[0])
    warm_up_s = clock() - begin
    times, choices = np.empty((len(seen), 2)), np.empty((len(seen), 2), dtype=int)
    for row, question in enumerate(seen):
        for column, actor in enumerate((exact, other)):
            begin = clock()
            scores = actor(*question).scores
            times[row, column] = clock() - begin
            assert scores is not None
            choices[row, column] = scores.argmax()
    exact_s, decision_s = np.median(times, 0).tolist()
    return Agreement(
        other.mode.precision,
        other.mode.compiled,
        len(seen),
        int((choices[:, 0] == choices[:, 1]).sum()),
        decision_s,
        exact_s,
        warm_up_s,
        other.memory_bytes,
        place,
    )


def place_of(checkpoint: Path, device: str) -> Place:
    """Where the policy in a folder would act now."""
    with (checkpoint / WEIGHTS).open("rb") as file:
        digest = file_digest(file)
    return Place(digest, _describe(choose_device(device)), torch.__version__)


def load_agreements(checkpoint: Path) -> tuple[Agreement, ...]:
    """All that was measured of the policy in a folder, anywhere; what cannot be read was not."""
    try:
        rows = parse_json(read_plain(checkpoint.parent / AGREEMENTS, MOST_RECORD_BYTES, None))
        return tuple(build(Agreement, row) for row in rows)
    except (OSError, ValueError, TypeError):
        return ()


def save_agreement(checkpoint: Path, new: Agreement) -> None:
    """Keep what was measured, in the stead of what was kept of the same mode and place.

    Raises:
        StoreError: The folder cannot be written.
    """
    kept = {(one.place, one.mode): one for one in (*load_agreements(checkpoint), new)}
    file = checkpoint.parent / AGREEMENTS
    with writing(file):
        text = json.dumps([asdict(one) for one in kept.values()], indent=1)
        replace_file(file, text.encode(), durable=True)


def fastest(measured: Iterable[Agreement]) -> Mode:
    """The mode that decides fastest of those that may be taken unasked; else float32."""
    sound = [one for one in measured if one.suffices and one.ratio > 1]
    return max(sound, key=lambda one: one.ratio).mode if sound else EXACT


def _describe(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu {torch.backends.cpu.get_cpu_capability()}" if device.type == "cpu" else str(device)
