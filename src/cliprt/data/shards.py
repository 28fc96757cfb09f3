"""Training rows as WebDataset tars: written byte for byte the same, read like a table in memory.

A sample is ``<key>.json`` (``instruction``, ``label``, ``episode``, ``origin``, ``source``,
``step``) beside one image a camera, ``<key>.<camera>.png`` (or ``.jpg``).
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cliprt.data.batches import Batch, Row, to_batch
from cliprt.data.codec import from_png, to_png
from cliprt.data.disk import writing
from cliprt.data.loader import ResumableLoader, check_batching
from cliprt.data.samples import SampleTable
from cliprt.errors import StoreError, UsageError

_END_OF_TAR = bytes(2 * tarfile.BLOCKSIZE)
# WebDataset splits a file's name at its first dot and lowers the rest.
_SAFE_CAMERA = re.compile(r"[a-z0-9_-]+")


def write_shards(
    table: SampleTable,
    folder: str | Path,
    samples_per_shard: int = 1000,
    image_format: Literal["png", "jpg"] = "png",
) -> tuple[Path, ...]:
    """Write a table as ``train-000000.tar``, ``train-000001.tar`` ...; the paths.

    The same table gives the same bytes: times, owners and order are fixed.

    Raises:
        UsageError: A camera's name that cannot be part of a file name in a tar.
        StoreError: The folder cannot be written.
    """
    from webdataset import TarWriter

    for camera in table.cameras:
        if not _SAFE_CAMERA.fullmatch(camera):
            raise UsageError(
                f"the camera {camera!r} cannot be stored in shards."
                " Allowed: a-z, 0-9, '_' and '-'; rename the camera."
            )
    folder = Path(folder)
    paths = []
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for number, first in enumerate(range(0, len(table), samples_per_shard)):
            path = folder / f"train-{number:06d}.tar"
            unfinished = path.with_suffix(".tar.new")
            with (
                unfinished.open("wb") as file,
                TarWriter(file, user="", group="", mtime=0, encoder=False) as tar,
            ):
                for row in range(first, min(first + samples_per_shard, len(table))):
                    tar.write(_to_sample(table, row, image_format))
            unfinished.replace(path)
            paths.append(path)
    return tuple(paths)


class ShardLoader(ResumableLoader):
    """Batches from WebDataset tars on this machine, with the contract of `EpochLoader`.

    The order of the tars and, within a buffer, of the samples follows from (seed, epoch).  A
    resumed epoch reads again, without decoding, what it skips.

    Args:
        pattern: Paths, with braces for many: ``"data/train-{000000..000003}.tar"``.
        cameras: Which images to load.
        batch_size: Samples of a batch; fewer samples give one batch of all.
        seed: Of the order.
        shuffle: False keeps the order of the tars, for validation.
        drop_last: Leave out what does not fill a batch.
        buffer: Samples held for shuffling.
        rank, replicas: Which of how many processes this is; they deal the samples out in turn.

    Raises:
        StoreError: A tar is missing, cut off or not made of such samples.
    """

    def __init__(
        self,
        pattern: str,
        cameras: Sequence[str],
        batch_size: int,
        seed: int = 0,
        *,
        shuffle: bool = True,
        drop_last: bool = True,
        buffer: int = 1000,
        rank: int = 0,
        replicas: int = 1,
    ) -> None:
        self.cameras = tuple(cameras)
        self._sizes = {path: count_samples(path, cameras) for path in expand_pattern(pattern)}
        rows = sum(self._sizes.values()) // replicas
        check_batching(rows, batch_size)
        self.batch_size = min(batch_size, rows)
        self._rows = rows
        self._shuffle = shuffle
        self._buffer = buffer
        self._rank, self._replicas = rank, replicas
        batches, left = divmod(rows, self.batch_size)
        super().__init__(batches + (left > 0 and not drop_last), seed)

    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of one epoch."""
        samples = islice(self._samples(number), self._rank, None, self._replicas)
        mine = islice(samples, skip * self.batch_size, self._rows)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            while raw := list(islice(mine, self.batch_size)):
                yield _to_batch(list(pool.map(self._decode, raw)), self.cameras)

    def _samples(self, epoch: int) -> Iterator[dict[str, Any]]:
        """Undecoded samples in the epoch's order."""
        import webdataset

        paths = list(self._sizes)
        seed = int(np.random.SeedSequence([self.seed, epoch]).generate_state(1)[0])
        if self._shuffle:
            paths = [paths[i] for i in np.random.default_rng(seed).permutation(len(paths))]
        # This class deals the samples to the processes itself, hence no node splitter.
        stream = webdataset.WebDataset(
            [str(path.resolve()) for path in paths], shardshuffle=False, nodesplitter=None
        )
        if self._shuffle:
            stream = stream.compose(webdataset.detshuffle(self._buffer, self._buffer, seed=seed))
        try:
            yield from stream
        except (OSError, ValueError, tarfile.TarError) as error:
            raise StoreError(
                f"a shard changed while it was read: {error}. Write the shards again."
            ) from error

    def _decode(self, sample: dict[str, Any]) -> tuple[dict[str, np.ndarray], str, int]:
        key = f"{sample['__url__']}, sample {sample['__key__']}"
        try:
            facts = json.loads(sample["json"])
            instruction, label = str(facts["instruction"]), int(facts["label"])
            images = {c: from_png(_image_bytes(sample, c)) for c in self.cameras}
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{key} cannot be read: {error}. A sample needs a json with instruction and label"
                f" and an image of each of {', '.join(self.cameras)}; write the shards again."
            ) from error
        return images, instruction, label


def expand_pattern(pattern: str) -> tuple[Path, ...]:
    """The tars that a brace pattern names.

    Raises:
        StoreError: One of them is not there, or the pattern names none.
    """
    from webdataset.shardlists import expand_urls

    paths = tuple(Path(name) for name in expand_urls(pattern)) if pattern else ()
    missing = [str(path) for path in paths if not path.is_file()]
    if missing or not paths:
        raise StoreError(
            f"of the shards {pattern!r}, {len(missing)} of {len(paths)} are missing"
            f"{', the first is ' + missing[0] if missing else ''}. Allowed: tar files on this"
            " machine, e.g. data/train-{000000..000003}.tar; correct data.shards."
        )
    return paths


def count_samples(path: Path, cameras: Sequence[str]) -> int:
    """How many samples a tar holds, from its table of contents.

    Raises:
        StoreError: It is cut off, or a sample lacks its json or an image.
    """
    try:
        with tarfile.open(path) as tar:
            names = tar.getnames()
        with path.open("rb") as file:
            file.seek(-len(_END_OF_TAR), os.SEEK_END)
            is_whole = file.read() == _END_OF_TAR
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _damaged(path, str(error)) from error
    if not is_whole and path.suffix == ".tar":
        raise _damaged(path, "its end is missing")
    parts = [name.partition(".") for name in names]
    found = Counter(extension.rpartition(".")[0] or extension for _, _, extension in parts)
    keys = len({key for key, _, _ in parts})
    for part in ("json", *cameras):
        if found[part] != keys:
            have = ", ".join(sorted(found)) or "nothing"
            raise _damaged(path, f"{part!r} is in {found[part]} of {keys} samples; it has {have}")
    return keys


def _damaged(path: Path, reason: str) -> StoreError:
    return StoreError(f"the shard {path} cannot be read: {reason}. Write it again or leave it out.")


def _to_sample(table: SampleTable, row: int, image_format: str) -> dict[str, Any]:
    facts = {
        "instruction": table.instructions[row],
        "label": int(table.labels[row]),
        "episode": table.episodes[row],
        "origin": table.origins[row],
        "source": table.sources[row],
        "step": int(table.steps[row]),
    }
    encode = to_png if image_format == "png" else _to_jpg
    images = {f"{c}.{image_format}": encode(table.images[c][row]) for c in table.cameras}
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    return {"__key__": f"{row:08d}", "json": text.encode(), **images}


def _to_jpg(image: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def _image_bytes(sample: dict[str, Any], camera: str) -> bytes:
    for extension in ("png", "jpg", "jpeg"):
        data = sample.get(f"{camera}.{extension}")
        if isinstance(data, bytes):
            return data
    raise KeyError(f"no image of the camera {camera!r}")


def _to_batch(
    decoded: Sequence[tuple[dict[str, np.ndarray], str, int]], cameras: Sequence[str]
) -> Batch:
    for camera in cameras:
        if len(sizes := {images[camera].shape for images, _, _ in decoded}) > 1:
            raise StoreError(
                f"the {camera!r} images differ in size: {sorted(sizes)}; write the shards again"
                " with images of one size."
            )
    return to_batch([Row(i, text, np.empty(0, np.float32), label) for i, text, label in decoded])
