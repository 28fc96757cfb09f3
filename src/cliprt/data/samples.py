"""Training rows from a store: every step that may be learned from, its images decoded once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.columns import Needs, chunk_of, is_learned, state_of
from cliprt.data.rows import Rows
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UnknownNameError, did_you_mean
from cliprt.types import Episode, Step

Progress = Callable[[int, int], None]
"""Called with (images decoded, images in all)."""


_NO_STATE = np.empty(0, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SampleTable(Rows):
    """n training rows, column by column.

    Attributes:
        images: Camera -> uint8 (n, h, w, 3), RGB.
        instructions: The task in words (n).
        labels: Index of the primitive in the vocabulary, int64 (n,); -1 where it has none.
        episodes: Id of the episode (n).
        origins: Id of the demonstration that the episode was made from, or its own (n).
        sources: Who decided (n).
        steps: Index of the step in its episode, int64 (n,).
        state: Columns of `Needs.state`, float32 (n, k); None where k = 0.
        chunks: Motions ahead, float32 (n, horizon, 9); None where the horizon is 0.
    """

    images: Mapping[str, np.ndarray]
    instructions: tuple[str, ...]
    labels: np.ndarray
    episodes: tuple[str, ...]
    origins: tuple[str, ...]
    sources: tuple[str, ...]
    steps: np.ndarray
    state: np.ndarray | None = None
    chunks: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, index: int) -> Row:
        """Row `index`; its images are views."""
        return Row(
            images={camera: pictures[index] for camera, pictures in self.images.items()},
            instruction=self.instructions[index],
            state=_NO_STATE if self.state is None else self.state[index],
            label=int(self.labels[index]),
            chunk=None if self.chunks is None else self.chunks[index],
        )

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
            state=None if self.state is None else self.state[index],
            chunks=None if self.chunks is None else self.chunks[index],
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
    needs: Needs,
    ids: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> SampleTable:
    """The steps that may be learned from, as one table.

    They are those with a label (`is_sample`); where motions are foreseen, those without one too.

    Args:
        store: Where the episodes are.
        needs: What to load of each.
        ids: Which episodes; None = all.
        progress: Told now and then how far it is.

    Raises:
        StoreError: An episode is missing or damaged, its images differ in size, or there is
            nothing to learn from.
        UnknownNameError: A camera that the episodes do not have.
    """
    episodes = [store.load(i) for i in (store.ids() if ids is None else ids)]
    learned = is_learned if needs.horizon else is_sample
    rows = [_Row(e, s) for e in episodes for s in e.steps if learned(s)]
    if not rows:
        raise StoreError(
            f"{store.path} holds no step to learn from ({len(episodes)} episodes were asked for)."
            f" Record some, or look at what is there: cliprt episodes ls {store.path}"
        )
    return SampleTable(
        images=_decode(rows, needs.cameras, progress),
        instructions=tuple(row.episode.instruction for row in rows),
        labels=np.array([_label(row.step) for row in rows], dtype=np.int64),
        episodes=tuple(row.episode.id for row in rows),
        origins=tuple(str(row.episode.meta.get("origin", row.episode.id)) for row in rows),
        sources=tuple(row.step.source for row in rows),
        steps=np.array([row.step.index for row in rows], dtype=np.int64),
        state=np.stack([state_of(row.step.observation, needs.state) for row in rows])
        if needs.state
        else None,
        chunks=np.stack([chunk_of(r.episode.steps, r.step.index, needs.horizon) for r in rows])
        if needs.horizon
        else None,
    )


def is_sample(step: Step) -> bool:
    """Whether a step's label is learned from: it has one, and the step `is_learned` from."""
    return is_learned(step) and step.primitive.label is not None


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


def _label(step: Step) -> int:
    return -1 if step.primitive.label is None else step.primitive.label


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
