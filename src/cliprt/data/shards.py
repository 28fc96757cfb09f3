"""Training rows as WebDataset tars: written byte for byte the same, read in any order.

A sample is ``<key>.json`` beside one image a camera, ``<key>.<camera>.png`` (or ``.jpg``).  The
json keeps what was done (``motion``, ``gripper``, ``phrase``, ``label`` and whose label it is,
``vocabulary``; in data of others ``supervision``, too, words of its own for it), what was sensed
(``state``), the motions ahead (``ahead``, up to ``horizon``) and where it comes from
(``instruction``, ``episode``, ``origin``, ``source``, ``step``): one export serves every
vocabulary, and policies that foresee motions.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.boundary import decode_picture
from cliprt.data.codec import StoredImages, to_png
from cliprt.data.columns import STATE, Needs, ahead, is_learned, numbers_of, padded
from cliprt.data.disk import writing
from cliprt.data.rows import Holdout, Rows, hold_out_last, order_nearby
from cliprt.data.samples import (
    LabelOf,
    check_cameras,
    find_label,
    left_out,
    no_labels,
    origin_of,
)
from cliprt.data.shard_index import (
    Facts,
    ShardIndex,
    damaged,
    expand_pattern,
    load_index,
    primitive_of,
    read_facts,
    said_in,
)
from cliprt.data.tars import Sample, write_tar
from cliprt.errors import StoreError, UsageError, VocabularyError
from cliprt.types import Episode, Step

HORIZON = 32
"""Motions ahead that a sample keeps; 32 take about 1 kB."""

# WebDataset splits a file's name at its first dot and lowers the rest.
_SAFE_CAMERA = re.compile(r"[a-z0-9_-]+")


def write_shards(
    episodes: Iterable[Episode],
    cameras: Sequence[str],
    folder: str | Path,
    samples_per_shard: int = 1000,
    image_format: Literal["png", "jpg"] = "png",
    horizon: int = HORIZON,
) -> tuple[Path, ...]:
    """Write the steps to learn from as ``train-000000.tar``, ``train-000001.tar`` ...; the paths.

    The same episodes give the same bytes: times, owners and order are fixed.

    Raises:
        UsageError: A camera's name that cannot be part of a file name in a tar.
        StoreError: The folder cannot be written, or an image cannot be read.
    """
    for camera in cameras:
        if not _SAFE_CAMERA.fullmatch(camera):
            raise UsageError(
                f"the camera {camera!r} cannot be stored in shards."
                " Allowed: a-z, 0-9, '_' and '-'; rename the camera."
            )
    folder = Path(folder)
    paths: list[Path] = []
    samples = _samples(episodes, cameras, image_format, horizon)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        while some := next(samples, None):
            path = folder / f"train-{len(paths):06d}.tar"
            write_tar(path, chain((some,), islice(samples, samples_per_shard - 1)))
            paths.append(path)
    return tuple(paths)


class ShardRows(Rows):
    """The samples of tars on this machine.

    Args:
        pattern: Paths, with braces for many: ``"data/train-{000000..000003}.tar"``, or a folder.
        needs: What to read of each.
        label_of: What a primitive is called in the vocabulary in use.

    Raises:
        StoreError: A tar is missing, cut off, or lacks what is needed.
        VocabularyError: The vocabulary in use can say none of the steps.
    """

    def __init__(self, pattern: str, needs: Needs, label_of: LabelOf, labels: int) -> None:
        self._paths, self._is_folder = expand_pattern(pattern), os.path.isdir(pattern)
        self._needs = needs
        self._indices = load_indices(self._paths)
        found = [self._labels_of(tar, label_of, labels) for tar in range(len(self._paths))]
        kept = [np.flatnonzero(x >= 0) if not needs.horizon else np.arange(len(x)) for x in found]
        self._label = np.concatenate([x[rows] for x, rows in zip(found, kept, strict=True)])
        self._tar = np.repeat(np.arange(len(kept), dtype=np.int32), [len(rows) for rows in kept])
        self._sample = np.concatenate(kept).astype(np.int32)
        total = sum(map(len, found))
        if total and not len(self._label):
            raise no_labels(pattern, total)
        self.remarks = (*left_out(pattern, total - len(self._label), total), *self._unmarked())

    def __len__(self) -> int:
        return len(self._label)

    def read(self, index: int) -> Row:
        """Row `index`, from the disk."""
        tar, sample = int(self._tar[index]), int(self._sample[index])
        where = f"{self._paths[tar]}, sample {sample}"
        try:
            json_text, *images = self._read_parts(tar, sample)
            facts, known = read_facts(json_text), self._indices[tar]
            if said_in(facts) != known.said[known.primitive[sample]]:
                raise ValueError("it says another primitive than its index")
            return Row(
                dict(zip(self._needs.cameras, map(decode_picture, images), strict=True)),
                facts.instruction,
                _to_state(facts, self._needs.state),
                int(self._label[index]),
                padded(list(map(_numbers, facts.ahead)), self._needs.horizon)
                if self._needs.horizon
                else None,
                where,
                facts.supervision or "",
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{where} cannot be read: {error}. The shard changed since training began, or is"
                " damaged; write it again."
            ) from error

    def split(self, share: float, seed: int) -> Holdout:
        """Of a folder, the last tars are held out; a pattern names what is learned from."""
        return hold_out_last(self._tar, len(self._paths), share if self._is_folder else 0)

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """The tars in a shuffled order, their rows shuffled nearby."""
        return order_nearby(self._tar, len(self._paths), seed, epoch)

    def _read_parts(self, tar: int, sample: int) -> list[bytes]:
        index = self._indices[tar]
        with self._paths[tar].open("rb") as file:
            parts = []
            for part in ("json", *self._needs.cameras):
                offset, size = index.spans[sample, index.parts.index(part)].tolist()
                file.seek(offset)
                parts.append(file.read(size))
        return parts

    def _labels_of(self, tar: int, label_of: LabelOf, labels: int) -> np.ndarray:
        """The label of each sample of a tar, -1 where there is none, int64 (n,)."""
        path, index = self._paths[tar], self._indices[tar]
        _check_needs(path, index, self._needs)
        found = []
        for number, said in enumerate(index.said):
            where = f"{path}, sample {int(np.argmax(index.primitive == number))}"
            label = find_label(label_of, *primitive_of(said), where)
            if label is not None and label not in range(labels):
                raise VocabularyError(
                    f"the shard {path} holds the label {label}, but the vocabulary in use ends at"
                    f" {labels - 1}: it was written with another vocabulary. Use that one"
                    " (vocabulary=NAME), or export the episodes again."
                )
            found.append(-1 if label is None else label)
        labels_of_said: np.ndarray = np.array(found, dtype=np.int64)
        return np.take(labels_of_said, index.primitive)

    def _unmarked(self) -> tuple[str, ...]:
        bare = [p for p, i in zip(self._paths, self._indices, strict=True) if _is_bare(i)]
        if not bare:
            return ()
        return (
            f"{bare[0]} and {len(bare) - 1} more shards do not say whose their labels are: they"
            " count as those of clip_rt_58; export the episodes again to be sure",
        )


def load_indices(paths: Sequence[Path]) -> list[ShardIndex]:
    """The index of each tar; what is missing is made by several threads."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(load_index, paths))


def _check_needs(path: Path, index: ShardIndex, needs: Needs) -> None:
    for part in needs.cameras:
        missing = part not in index.parts
        number = 0 if missing else index.parts.index(part)
        lacks = len(index) if missing else int((index.spans[:, number, 0] < 0).sum())
        if lacks:
            have = ", ".join(index.parts)
            text = f"{part!r} is in {len(index) - lacks} of {len(index)} samples; it has {have}"
            raise damaged(path, text)
    for column in needs.state:
        if column not in index.columns:
            have = ", ".join(index.columns) or "none"
            raise damaged(path, f"its samples have no state column {column!r}; they have {have}")
    if needs.horizon > index.horizon:
        raise damaged(
            path,
            f"the policy foresees {needs.horizon} motions, its samples know {index.horizon}"
            f" (cliprt episodes export --horizon {needs.horizon})",
        )


def _is_bare(index: ShardIndex) -> bool:
    return any(said[1:] == ("", None, None, None) for said in index.said)


def _samples(
    episodes: Iterable[Episode], cameras: Sequence[str], image_format: str, horizon: int
) -> Iterator[Sample]:
    row = 0
    for episode in episodes:
        for step in filter(is_learned, episode.steps):
            check_cameras(episode, step, cameras)
            images = {f"{c}.{image_format}": _encoded(step, c, image_format) for c in cameras}
            facts = json.dumps(to_facts(episode, step, horizon), sort_keys=True, ensure_ascii=False)
            yield f"{row:08d}", {"json": facts.encode(), **images}
            row += 1


def to_facts(episode: Episode, step: Step, horizon: int) -> dict[str, Any]:
    """A sample's json."""
    return {
        "instruction": episode.instruction,
        "label": step.primitive.label,
        "phrase": step.primitive.phrase,
        "motion": _short(step.primitive.motion),
        "gripper": step.primitive.gripper,
        "vocabulary": episode.meta.get("vocabulary"),
        "state": {name: _short(read(step.observation)) for name, read in STATE.items()},
        "ahead": [_short(numbers_of(s)) for s in ahead(episode.steps, step.index, horizon)],
        "horizon": horizon,
        "episode": episode.id,
        "origin": origin_of(episode),
        "source": step.source,
        "step": step.index,
    }


def _short(numbers: Iterable[float]) -> list[float | int | None]:
    """Numbers as JSON has them: whole ones without a point, those that are not numbers as null."""
    kept = (x if math.isfinite(x) else None for x in map(float, numbers))
    return [int(x) if x is not None and x == int(x) else x for x in kept]


def _to_state(facts: Facts, columns: Sequence[str]) -> np.ndarray:
    numbers = [x for name in columns for x in _numbers(facts.state[name])]
    return np.array(numbers, dtype=np.float32)


def _numbers(stored: Iterable[float | None]) -> list[float]:
    """The opposite of `_short`."""
    return [math.nan if x is None else x for x in stored]


def _encoded(step: Step, camera: str, image_format: str) -> bytes:
    images = step.observation.images
    if isinstance(images, StoredImages) and image_format == "png":
        return images.files[camera].read()
    if image_format == "png":
        return to_png(images[camera])
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(images[camera]).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()
