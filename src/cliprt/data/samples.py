"""Training rows from recorded episodes, and the split by demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.columns import Needs, chunk_of, is_learned, state_of
from cliprt.data.rows import Holdout, Rows
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UnknownNameError, VocabularyError, did_you_mean
from cliprt.types import Episode, Primitive, Step

LabelOf = Callable[[Primitive, "str | None"], "int | None"]
"""The label of a recorded primitive, told the fingerprint of the vocabulary that it was said in."""

_NO_STATE = np.empty(0, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SampleTable(Rows):
    """n training rows, column by column.

    Attributes:
        images: Camera -> n images uint8 (h, w, 3), RGB, decoded when they are looked at.
        instructions: The task in words (n).
        labels: Index of the primitive in the vocabulary, int64 (n,); -1 where it has none.
        episodes: Id of the episode (n).
        origins: Id of the demonstration that the episode was made from, or its own (n).
        sources: Who decided (n).
        steps: Index of the step in its episode, int64 (n,).
        state: Columns of `Needs.state`, float32 (n, k); None where k = 0.
        chunks: Motions ahead, float32 (n, horizon, 9); None where the horizon is 0.
        remarks: See `Rows`.
    """

    images: Mapping[str, Sequence[np.ndarray] | np.ndarray]
    instructions: tuple[str, ...]
    labels: np.ndarray
    episodes: tuple[str, ...]
    origins: tuple[str, ...]
    sources: tuple[str, ...]
    steps: np.ndarray
    state: np.ndarray | None = None
    chunks: np.ndarray | None = None
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, index: int) -> Row:
        """Row `index`."""
        return Row(
            images={camera: pictures[index] for camera, pictures in self.images.items()},
            instruction=self.instructions[index],
            state=_NO_STATE if self.state is None else self.state[index],
            label=int(self.labels[index]),
            chunk=None if self.chunks is None else self.chunks[index],
            where=f"episode {self.episodes[index]!r}, step {self.steps[index]}",
        )

    def split(self, share: float, seed: int) -> Holdout:
        """By whole demonstrations; see `holdout`."""
        return holdout(self, share, seed)


class Recorded(NamedTuple):
    """Some episodes of a store; `ids` None = all."""

    store: EpisodeStore
    ids: Sequence[str] | None = None


class _Sample(NamedTuple):
    episode: Episode
    step: Step
    label: int | None


def recorded_label(primitive: Primitive, mark: str | None) -> int | None:
    """The label as it was recorded, whichever vocabulary it was said in."""
    return primitive.label


def load_samples(
    store: EpisodeStore,
    needs: Needs,
    ids: Sequence[str] | None = None,
    label_of: LabelOf = recorded_label,
) -> SampleTable:
    """The steps of a store that may be learned from, as one table.

    Args:
        store: Where the episodes are.
        needs: What to load of each.
        ids: Which episodes; None = all.
        label_of: What a primitive is called in the vocabulary in use.

    Raises:
        StoreError: An episode is missing or damaged, or there is nothing to learn from.
        UnknownNameError: A camera that the episodes do not have.
        VocabularyError: The vocabulary in use can say none of the steps.
    """
    chosen = store.ids() if ids is None else ids
    return tabulate((store.load(i) for i in chosen), needs, label_of, str(store.path))


def tabulate(
    episodes: Iterable[Episode], needs: Needs, label_of: LabelOf, place: str
) -> SampleTable:
    """The steps of episodes that may be learned from, as one table.

    They are those with a label; where motions are foreseen, those without one too.

    Args:
        episodes: In order.
        needs: What to keep of each step.
        label_of: What a primitive is called in the vocabulary in use.
        place: Where they are kept, for errors.

    Raises:
        StoreError, UnknownNameError, VocabularyError: As `load_samples`.
    """
    samples, chunks, count = [], [], 0
    for count, episode in enumerate(episodes, start=1):  # noqa: B007 - counted for the error
        mark = mark_of(episode)
        for step in filter(is_learned, episode.steps):
            check_cameras(episode, step, needs.cameras)
            where = f"{place}, episode {episode.id!r}, step {step.index}"
            label = find_label(label_of, step.primitive, mark, where)
            samples.append(_Sample(episode, step, label))
            if needs.horizon:
                chunks.append(chunk_of(episode.steps, step.index, needs.horizon))
    if not samples:
        raise StoreError(
            f"{place} holds no step to learn from ({count} episodes were asked for)."
            f" Record some, or look at what is there: cliprt episodes ls {place}"
        )
    rows = samples if needs.horizon else [s for s in samples if s.label is not None]
    if not rows:
        raise no_labels(place, len(samples))
    images = [row.step.observation.images for row in rows]
    seen = [row.step.observation for row in rows]
    return SampleTable(
        images={camera: _Pictures(images, camera) for camera in needs.cameras},
        instructions=tuple(row.episode.instruction for row in rows),
        labels=np.array([-1 if r.label is None else r.label for r in rows], dtype=np.int64),
        episodes=tuple(row.episode.id for row in rows),
        origins=tuple(origin_of(row.episode) for row in rows),
        sources=tuple(row.step.source for row in rows),
        steps=np.array([row.step.index for row in rows], dtype=np.int64),
        state=np.stack([state_of(one, needs.state) for one in seen]) if needs.state else None,
        chunks=np.stack(chunks) if needs.horizon else None,
        remarks=left_out(place, len(samples) - len(rows), len(samples)),
    )


def is_sample(step: Step) -> bool:
    """Whether a step's label is learned from: it has one, and the step `is_learned` from."""
    return is_learned(step) and step.primitive.label is not None


def mark_of(episode: Episode) -> str | None:
    """Fingerprint of the vocabulary that an episode's labels are of; None where it is not known."""
    vocabulary = episode.meta.get("vocabulary")
    mark = vocabulary.get("fingerprint") if isinstance(vocabulary, Mapping) else None
    return None if mark is None else str(mark)


def find_label(label_of: LabelOf, primitive: Primitive, mark: str | None, where: str) -> int | None:
    """What `label_of` says.

    Raises:
        VocabularyError: It is not right; says where.
    """
    try:
        return label_of(primitive, mark)
    except VocabularyError as error:
        raise VocabularyError(f"{where}: {error}") from error


def origin_of(episode: Episode) -> str:
    """Id of the demonstration that an episode was made from, or its own."""
    return str(episode.meta.get("origin", episode.id))


def left_out(place: str, unsaid: int, steps: int) -> tuple[str, ...]:
    """The remark that steps are not learned from, if any are not."""
    if not unsaid:
        return ()
    return (
        f"{unsaid} of {steps} steps in {place} are not learned from: the vocabulary in use has no"
        " entry near their motions",
    )


def no_labels(place: str, steps: int) -> VocabularyError:
    """The error for steps of which the vocabulary in use can say none."""
    return VocabularyError(
        f"the vocabulary in use has no entry near any motion of the {steps} steps in {place}: they"
        " were recorded with another vocabulary. Use that one (vocabulary=NAME), or record again."
    )


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


class _Pictures(Sequence[np.ndarray]):
    """One camera's images of many observations."""

    def __init__(self, images: Sequence[Mapping[str, np.ndarray]], camera: str) -> None:
        self._images = images
        self._camera = camera

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]
        return self._images[index][self._camera]


def check_cameras(episode: Episode, step: Step, cameras: Iterable[str]) -> None:
    """Raise unless a step has an image of each camera.

    Raises:
        UnknownNameError: It has not.
    """
    images = step.observation.images
    for camera in cameras:
        if camera not in images:
            raise UnknownNameError(
                f"episode {episode.id!r}, step {step.index} has no camera {camera!r}."
                f"{did_you_mean(camera, images)} Allowed: {', '.join(images) or 'none'}."
            )
