"""One shard of an RLDS data set becomes one tar of training samples, and a sidecar beside it."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.disk import writing
from cliprt.data.rlds.dataset import Record, Shard, read_records
from cliprt.data.tars import Sample, write_tar
from cliprt.errors import StoreError
from cliprt.oxe.labels import image_of, instruction_of, label_episode
from cliprt.oxe.paraphrases import draw_paraphrase
from cliprt.oxe.pictures import to_square
from cliprt.oxe.sets import DatasetSet, wanted_columns
from cliprt.oxe.steps import stem_of
from cliprt.stages.manifest import TAR, Made, Sidecar, find_done, write_sidecar
from cliprt.vocabularies.grid import Oxe50Vocabulary
from cliprt.vocabularies.nearest import mark

QUALITY = 90
"""Of the images that are written."""

CAMERA = "scene"

_MOST_CHARACTERS = 10_000
"""Of an instruction, which each sample repeats."""

_MOST_PROBLEMS = 20
"""Damaged images of a shard that are named; all are counted."""


@dataclass(frozen=True)
class Target:
    """Where the tars of one set go, and how they are made."""

    one: DatasetSet
    made: Made
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What became of one shard.

    Attributes:
        target: Number of its target.
        name: Of the shard.
        sidecar: None where it could not be converted.
        problem: Why.
        was_done: Whether it had been converted before.
    """

    target: int
    name: str
    sidecar: Sidecar | None
    problem: str = ""
    was_done: bool = False


class Converter:
    """What a worker keeps between shards: where they go, and what is said of each label."""

    def __init__(self, targets: tuple[Target, ...]) -> None:
        self.targets = targets
        vocabulary = Oxe50Vocabulary()
        whose = mark(vocabulary)
        self.facts: tuple[dict[str, Any], ...] = tuple(
            {
                "label": p.label,
                "phrase": p.phrase,
                "motion": p.motion,
                "gripper": p.gripper,
                "vocabulary": whose,
                "horizon": 0,
            }
            for p in vocabulary.primitives
        )


def convert_shard(converter: Converter, number: int, source: str, shard: Shard) -> Outcome:
    """Convert a shard, unless that was done before.

    Args:
        converter: The worker's.
        number: Of the target.
        source: Name and version of the data set.
        shard: To be read.

    Raises:
        StoreError: The output cannot be written; damage of the input is an outcome.
    """
    target, name = converter.targets[number], shard.path.name
    found = find_done(target.folder, name, source, target.made)
    if found:
        return Outcome(number, name, found, was_done=True)
    tally = Tally()
    tar = target.folder / f"{name}{TAR}"
    try:
        with writing(tar):
            sha256 = write_tar(tar, _samples(converter, target, shard, tally))
    except _DamagedError as damage:
        return Outcome(number, name, None, str(damage))
    sidecar = tally.to_sidecar(sha256, source, target.made.key)
    write_sidecar(target.folder, name, sidecar)
    return Outcome(number, name, sidecar)


def to_jpeg(data: bytes) -> bytes:
    """PNG or JPEG bytes as a JPEG of one size, see `to_square`.

    Raises:
        ValueError: They are not a whole image, or one of too many pixels.
    """
    buffer = io.BytesIO()
    to_square(data).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


class _DamagedError(Exception):
    """The input cannot be read; told apart from an output that cannot be written."""


@dataclass
class Tally:
    """What a shard became, so far."""

    records: int = 0
    steps: int = 0
    unreadable: int = 0
    labels: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def leave_out(self, record: int, step: int, reason: object) -> None:
        """Count a step whose image is damaged, and name it."""
        self.unreadable += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(f"record {record}, step {step}: {reason}")

    def to_sidecar(self, sha256: str, source: str, made: str) -> Sidecar:
        """Of the tar that was written."""
        histogram = {str(label): count for label, count in sorted(self.labels.items())}
        kept = self.labels.total()
        return Sidecar(
            self.records,
            self.steps,
            kept,
            histogram,
            sha256,
            tuple(self.problems),
            self.unreadable,
            source,
            made,
        )


def _samples(converter: Converter, target: Target, shard: Shard, tally: Tally) -> Iterator[Sample]:
    try:
        for record in read_records(shard, wanted_columns(target.one, target.made.rule)):
            tally.records += 1
            tally.steps += record.steps
            yield from samples_of(converter, target, shard, record, tally)
    except StoreError as error:
        raise _DamagedError(str(error).replace(str(shard.path), shard.path.name)) from error


def samples_of(
    converter: Converter, target: Target, shard: Shard, record: Record, tally: Tally
) -> Iterator[Sample]:
    """The samples of one episode, counted in `tally`.

    Raises:
        StoreError: It does not hold what the set says.
    """
    one, made = target.one, target.made
    labels = label_episode(one, made.rule, record.columns)
    instruction = instruction_of(one, record.columns)
    if len(instruction) > _MOST_CHARACTERS:
        raise StoreError(
            f"{shard.path}: the instruction of record {record.number} has {len(instruction)}"
            f" characters; at most {_MOST_CHARACTERS} are kept with each step. Correct the set's"
            " row, if it is another column."
        )
    episode = f"{stem_of(shard.path.name)}-{record.number:05d}"
    about = {
        "instruction": instruction,
        "episode": episode,
        "origin": episode,
        "source": f"oxe/{made.set}/{made.rule}",
    }
    for step in np.flatnonzero(labels >= 0).tolist():
        label, key = int(labels[step]), f"{episode}-{step:05d}"
        try:
            image = to_jpeg(image_of(one, record.columns, step))
        except ValueError as error:
            tally.leave_out(record.number, step, error)
            continue
        tally.labels[label] += 1
        said = draw_paraphrase(label, key, made.seed)
        facts = {**converter.facts[label], **about, "step": step, "supervision": said}
        text = json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()
        yield key, {"json": text, f"{CAMERA}.jpg": image}
