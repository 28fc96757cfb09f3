"""Rows straight from an RLDS data set, as those of Open X-Embodiment are: nothing is converted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.boundary import is_file, open_plain
from cliprt.data.columns import Needs
from cliprt.data.rlds.dataset import Shard, open_rlds
from cliprt.data.rows import Holdout, Rows, hold_out_last, order_nearby
from cliprt.data.samples import left_out, no_labels
from cliprt.errors import StoreError, UnknownNameError, did_you_mean
from cliprt.oxe.paraphrases import draw_paraphrase, sentences_digest
from cliprt.oxe.pictures import to_square
from cliprt.oxe.sets import check_rule, find_set
from cliprt.oxe.steps import LabelledSteps, load_steps, stem_of
from cliprt.registry import load
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import fingerprint, label_view

_NO_STATE = np.empty(0, dtype=np.float32)


class RldsSource(Source):
    """Labelled steps of an RLDS data set on this machine; shards that are not there are left out.

    Args:
        path: Folder with ``features.json``, or the one above it.
        set: Which data set it is, as `cliprt data inspect` lists them; "" = the one of its name.
        rule: How steps become labels.
        sets: File with sets of one's own, in YAML.
        split: Of the data set.
        camera: What the image is called.
        seed: Of the sentences that are drawn for the steps.
    """

    def __init__(
        self,
        path: str,
        set: str = "",
        rule: Literal["observed", "reference"] = "observed",
        sets: str = "",
        split: str = "train",
        camera: str = "scene",
        seed: int = 0,
    ) -> None:
        self.path, self.set, self.rule = path, set, rule
        self.sets, self.split, self.camera, self.seed = sets, split, camera, seed

    @property
    def identity(self) -> str:
        """Of the content of the shards that are there, and of what was made of it and is said."""
        found = hashlib.sha256(f"{self.seed} {sentences_digest()}".encode())
        for _, steps in self._load()[0]:
            found.update(steps.digest.encode())
        return found.hexdigest()

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> RldsRows:
        """See `Source.open`."""
        if needs.state or needs.horizon:
            raise StoreError(
                f"{self.path} gives images, instructions and labels of single steps only. Train a"
                " policy that needs no state and foresees no motions, such as clip_rt."
            )
        for camera in needs.cameras:
            if camera != self.camera:
                raise UnknownNameError(
                    f"{self.path} has no camera {camera!r}. Allowed: {self.camera!r}; set the"
                    f" policy's cameras to it, or the source's `camera` to {camera!r}."
                )
        loaded, missing = self._load()
        return RldsRows(self, loaded, needs.cameras, vocabulary, missing)

    def _load(self) -> tuple[list[tuple[Shard, LabelledSteps]], int]:
        """The shards that are there, with their steps; and how many are not."""
        dataset = open_rlds(self.path)
        one = find_set(self.set or dataset.name, self.sets or None)
        check_rule(one, self.rule)
        if self.split not in dataset.splits:
            hint = did_you_mean(self.split, dataset.splits)
            raise UnknownNameError(
                f"{self.path} has no split {self.split!r}.{hint} Allowed:"
                f" {', '.join(dataset.splits) or 'none'}."
            )
        shards = dataset.splits[self.split]
        there = [shard for shard in shards if is_file(shard.path)]
        if not there:
            raise StoreError(
                f"none of the {len(shards)} shards of {self.path}, split {self.split!r}, is on this"
                " machine. Download some of them."
            )
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                steps = list(pool.map(partial(load_steps, one=one, rule=self.rule), there))
            finally:
                pool.shutdown(cancel_futures=True)  # the first damage is told at once
        return list(zip(there, steps, strict=True)), len(shards) - len(there)


class RldsRows(Rows):
    """The labelled steps of some shards, read from where their images lie.

    Args:
        source: Whose rows they are.
        loaded: Its shards, and their steps.
        cameras: None, or the only one.
        vocabulary: What labels are of.
        missing: Shards that are not there.

    Raises:
        VocabularyError: The vocabulary can say none of the steps.
    """

    def __init__(
        self,
        source: RldsSource,
        loaded: Sequence[tuple[Shard, LabelledSteps]],
        cameras: tuple[str, ...],
        vocabulary: ActionVocabulary,
        missing: int,
    ) -> None:
        self._loaded, self._cameras, self._seed = loaded, cameras, source.seed
        place, rule = source.path, source.rule
        found = [_labels_in(vocabulary)[steps.labels] for _, steps in loaded]
        kept = [np.flatnonzero(labels >= 0) for labels in found]
        self._label = np.concatenate([x[rows] for x, rows in zip(found, kept, strict=True)])
        self._shard = np.repeat(np.arange(len(kept), dtype=np.int32), list(map(len, kept)))
        self._row = np.concatenate(kept).astype(np.int64)
        total, labelled = sum(steps.total for _, steps in loaded), sum(map(len, found))
        dropped = total - labelled
        if not labelled:
            raise StoreError(
                f"the rule {rule!r} has no label for any of the {total} steps in {place}. Use the"
                " other rule, or name the set that the data is of (cliprt data inspect)."
            )
        if not len(self._label):
            raise no_labels(place, labelled)
        self.remarks = (
            *left_out(place, labelled - len(self._label), labelled),
            *_remark(missing, f"{missing} shards of {place} are not on this machine"),
            *_remark(dropped, f"{rule!r} has no label for {dropped} of {total} steps in {place}"),
        )

    def __len__(self) -> int:
        return len(self._label)

    def read(self, index: int) -> Row:
        """Row `index`, from the disk."""
        row = int(self._row[index])
        shard, steps = self._loaded[self._shard[index]]
        episode = int(steps.episodes[row])
        where = f"{shard.path}, record {episode}, step {steps.steps[row]}"
        try:
            images = {camera: _read_image(shard, steps, row) for camera in self._cameras}
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{where} cannot be read: {error}. Download the shard again, or convert the data"
                " set, which leaves out such images (cliprt data convert)."
            ) from error
        key = f"{stem_of(shard.path.name)}-{episode:05d}-{steps.steps[row]:05d}"
        return Row(
            images,
            steps.instructions[episode],
            _NO_STATE,
            int(self._label[index]),
            supervision=draw_paraphrase(int(steps.labels[row]), key, self._seed),
            where=where,
        )

    def split(self, share: float, seed: int) -> Holdout:
        """The last shards are held out."""
        return hold_out_last(self._shard, len(self._loaded), share)

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """The shards in a shuffled order, their rows shuffled nearby."""
        return order_nearby(self._shard, len(self._loaded), seed, epoch)


def _read_image(shard: Shard, steps: LabelledSteps, row: int) -> np.ndarray:
    offset, size = steps.spans[row].tolist()
    with open_plain(shard.path, shard.path.parent) as file:
        status = os.fstat(file.fileno())
        if (status.st_size, status.st_mtime_ns) != steps.seen:
            raise ValueError("it changed since training began")
        file.seek(offset)
        return np.asarray(to_square(file.read(size)))


def _labels_in(vocabulary: ActionVocabulary) -> np.ndarray:
    """What each entry of `oxe_50` is called in a vocabulary, -1 where it has none, int64 (50,)."""
    known = load("vocabulary", "oxe_50")()
    label_of, mark = label_view(vocabulary), fingerprint(known)
    labels = (label_of(primitive, mark) for primitive in known.primitives)
    return np.array([-1 if label is None else label for label in labels], dtype=np.int64)


def _remark(count: int, text: str) -> tuple[str, ...]:
    return (text,) if count else ()
