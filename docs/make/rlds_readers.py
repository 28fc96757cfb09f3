"""Measures our reader of RLDS beside others: ``python docs/make/rlds_readers.py READER FOLDER``.

READER is ``cliprt``, ``no_images`` (ours, all other columns), ``protobuf``, ``tfds`` or
``tfds_decoded``; the last two need a Python that has tensorflow-datasets.  The data set in FOLDER
is written where there is none, by ours; a third argument is how many GB are read (0.1), the same
shards again and again.
CPU seconds are those of all threads.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SHARDS = 4
NAME = "toy-train.tfrecord-{:05d}-of-{:05d}"


def main(reader: str, folder: Path, gigabytes: float) -> None:
    """Read and print."""
    version = folder / f"{gigabytes}" / "toy" / "1.0.0"
    if not version.exists():
        write(version, gigabytes)
    next(READERS[reader](version))  # imports
    start, wall = time.process_time(), time.perf_counter()
    steps = sum(READERS[reader](version))
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = sum(path.stat().st_size for path in version.glob("*.tfrecord-*")) / 1e9
    print(
        f"{reader}: {steps} steps, {read:.2f} GB, {steps / cpu:,.0f} steps a CPU second,"
        f" {steps / wall:,.0f} a second, peak {peak:.0f} MB"
    )


def write(version: Path, gigabytes: float) -> None:
    """A data set of so many bytes, of which only four shards take room on the disk."""
    from cliprt.stages.bench.rlds import write_sample

    write_sample(version, SHARDS)
    few = sorted(version.glob("*.tfrecord-*"))
    count = max(SHARDS, round(gigabytes * 1e9 / few[0].stat().st_size))
    for number in range(count):
        os.link(few[number % SHARDS], version / NAME.format(number, count))
    for path in few:
        if not path.name.endswith(f"{count:05d}"):
            path.unlink()
    info = json.loads((version / "dataset_info.json").read_text())
    split = info["splits"][0]
    split["shardLengths"] = split["shardLengths"][:1] * count
    (version / "dataset_info.json").write_text(json.dumps(info))


def cliprt(version: Path, with_images: bool = True) -> Iterator[int]:
    """Ours."""
    from cliprt.stages.bench.rlds import read_all, read_without_images

    for columns in (read_all if with_images else read_without_images)(version):
        yield len(columns["steps/reward"])


def protobuf(version: Path) -> Iterator[int]:
    """Protocol buffers' parser in C, into numpy."""
    from cliprt.stages.bench.rlds import read_by_protobuf

    for columns in read_by_protobuf(version):
        yield len(columns["steps/reward"])


def tfds(version: Path, decoded: bool = False) -> Iterator[int]:
    """tensorflow-datasets, step by step."""
    import tensorflow_datasets as tfds

    builder = tfds.builder_from_directory(version)
    skip = {name: tfds.decode.SkipDecoding() for name in ("image", "wrist_image")}
    decoders = None if decoded else {"steps": {"observation": skip}}
    episodes = builder.as_dataset(split="train", decoders=decoders, shuffle_files=False)
    for episode in episodes:
        yield sum(1 for _ in tfds.as_numpy(episode["steps"]))


READERS = {
    "cliprt": cliprt,
    "no_images": lambda version: cliprt(version, False),
    "protobuf": protobuf,
    "tfds": tfds,
    "tfds_decoded": lambda version: tfds(version, True),
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.1)
