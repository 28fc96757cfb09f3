"""Training rows from a store: every step that may be learned from, its images decoded once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UnknownNameError, did_you_mean
from cliprt.types import Episode, Step

Progress = Callable[[int, int], None]
"""Called with (images decoded, images in all)."""


@dataclass(frozen=True, eq=False)
class SampleTable:
    """n training rows, column by column.

    Attributes:
        images: Camera -> uint8 (n, h, w, 3), RGB.
        instructions: The task in words (n).
        labels: Index of the primitive in the vocabulary, int64 (n,).
        episodes: Id of the episode (n).
        origins: Id of the demonstration that the episode was made from, or its own (n).
        sources: Who decided (n).
        steps: Index of the step in its episode, int64 (n,).
    """

    images: Mapping[str, np.ndarray]
    instructions: tuple[str, ...]
    labels: np.ndarray
    episodes: tuple[str, ...]
    origins: tuple[str, ...]
    sources: tuple[str, ...]
    steps: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the images of a row."""
        return tuple(self.images)

    def rows(self, chosen: Sequence[int] | np.ndarray) -> SampleTable:
        """The table of the chosen rows, in the chosen order (a copy)."""
        index = np.asarray(chosen, dtype=np.int64)
        return SampleTable(
            images={camera: pictures[index] for camera, pictures in self.images.items()},
            instructions=tuple(self.instructions[i] for i in index),
            labels=self.labels[index],
            episodes=tuple(self.episodes[i] for i in index),
            origins=tuple(self.origins[i] for i in index),
            sources=tuple(self.sources[i] for i in index),
            steps=self.steps[index],
        )


class Holdout(NamedTuple):
    """Row numbers of the two sides of a split, ascending, int64."""

    train: np.ndarray
    validation: np.ndarray


class _Row(NamedTuple):
    episode: Episode
    step: Step


def load_samples(
    store: EpisodeStore,
    cameras: Sequence[str],
    ids: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> SampleTable:
    """The steps that may be learned from (`is_sample`), as one table.

    Args:
        store: Where the episodes are.
        cameras: Which images to load, in this order.
        ids: Which episodes; None = all.
        progress: Told now and then how far it is.

    Raises:
        StoreError: An episode is missing or damaged, its images differ in size, or there is
            nothing to learn from.
        UnknownNameError: A camera that the episodes do not have.
    """
    episodes = [store.load(i) for i in (store.ids() if ids is None else ids)]
    rows = [_Row(e, s) for e in episodes for s in e.steps if is_sample(s)]
    if not rows:
        raise StoreError(
            f"{store.path} holds no step to learn from ({len(episodes)} episodes were asked for)."
            f" Record some, or look at what is there: cliprt episodes ls {store.path}"
        )
    return SampleTable(
        images=_decode(rows, cameras, progress),
        instructions=tuple(row.episode.instruction for row in rows),
        labels=np.array([row.step.primitive.label for row in rows], dtype=np.int64),
        episodes=tuple(row.episode.id for row in rows),
        origins=tuple(str(row.episode.meta.get("origin", row.episode.id)) for row in rows),
        sources=tuple(row.step.source for row in rows),
        steps=np.array([row.step.index for row in rows], dtype=np.int64),
    )


def join_tables(tables: Sequence[SampleTable]) -> SampleTable:
    """The rows of several tables with the same cameras, one table after the other (a copy)."""
    first = tables[0]
    return SampleTable(
        images={c: np.concatenate([t.images[c] for t in tables]) for c in first.cameras},
        instructions=tuple(i for t in tables for i in t.instructions),
        labels=np.concatenate([t.labels for t in tables]),
        episodes=tuple(e for t in tables for e in t.episodes),
        origins=tuple(o for t in tables for o in t.origins),
        sources=tuple(s for t in tables for s in t.sources),
        steps=np.concatenate([t.steps for t in tables]),
    )


def is_sample(step: Step) -> bool:
    """Whether a step is learned from: it is marked so, has a label and was executed to its end.

    A person who stops a motion says that it was not the right one.
    """
    outcome = step.outcome
    was_made = not (outcome.refused or outcome.stopped_because) and outcome.stopped_after_s is None
    return step.train and was_made and step.primitive.label is not None


def holdout(table: SampleTable, share: float, seed: int) -> Holdout:
    """Split by whole demonstrations, each with everything that was made from it.

    Every instruction gives its share (rounded), but never its last demonstration; if that comes to
    none at all, one demonstration is held out of an instruction that has two or more.

    Args:
        table: The rows.
        share: Of the demonstrations, 0..1, kept for validation.
        seed: Of the choice.
    """
    groups: dict[str, list[str]] = {}
    for origin, instruction in dict(zip(table.origins, table.instructions, strict=True)).items():
        groups.setdefault(instruction, []).append(origin)
    rng = np.random.default_rng(seed)
    held: set[str] = set()
    for _, origins in sorted(groups.items()):
        shuffled = rng.permutation(sorted(origins)).tolist()
        held.update(shuffled[: min(round(share * len(origins)), len(origins) - 1)])
    spare = sorted(origin for group in groups.values() if len(group) > 1 for origin in group)
    if share > 0 and not held and spare:
        held = {spare[int(rng.integers(len(spare)))]}
    is_held = np.array([origin in held for origin in table.origins], dtype=bool)
    return Holdout(np.flatnonzero(~is_held), np.flatnonzero(is_held))


def _decode(
    rows: Sequence[_Row], cameras: Sequence[str], progress: Progress | None
) -> dict[str, np.ndarray]:
    arrays = {camera: _allocate(rows, camera) for camera in cameras}
    jobs = [(camera, number) for camera in cameras for number in range(len(rows))]

    def fill(job: tuple[str, int]) -> None:
        camera, number = job
        image = _image(rows[number], camera)
        if image.shape != arrays[camera].shape[1:]:
            raise StoreError(
                f"the {camera!r} image of episode {rows[number].episode.id!r}, step"
                f" {rows[number].step.index} is {_size(image)}, others are"
                f" {_size(arrays[camera][0])}; choose episodes with images of one size."
            )
        arrays[camera][number] = image

    # PNG decoding lets go of the interpreter's lock, so threads use every core.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, _ in enumerate(_stop_at_error(pool.map(fill, jobs), pool), start=1):
            if progress and (done % 100 == 0 or done == len(jobs)):
                progress(done, len(jobs))
    return arrays


def _stop_at_error(results: Iterator[None], pool: ThreadPoolExecutor) -> Iterator[None]:
    try:
        yield from results
    except StoreError:
        pool.shutdown(cancel_futures=True)
        raise


def _allocate(rows: Sequence[_Row], camera: str) -> np.ndarray:
    return np.empty((len(rows), *_image(rows[0], camera).shape), dtype=np.uint8)


def _image(row: _Row, camera: str) -> np.ndarray:
    images = row.step.observation.images
    if camera not in images:
        raise UnknownNameError(
            f"episode {row.episode.id!r}, step {row.step.index} has no camera {camera!r}."
            f"{did_you_mean(camera, images)} Allowed: {', '.join(images) or 'none'}."
        )
    return images[camera]


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} x {image.shape[0]} px"
