"""Measures our loader beside others: ``python docs/make/loaders.py cliprt|litdata|streaming [N]``.

Each needs a Python that has the package (``mosaicml-streaming`` for the last).  All read the same
12,000 rows of 224 px (JPEG, sentence, label) from the disk in a shuffled order, in batches of 64,
with one worker process, or threads, and decode them to uint8 (3, h, w).  CPU seconds are those of
all processes; the peak is that of the reading process and of its largest worker.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import cliprt  # noqa: F401 - before torchvision

ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 12_000
BATCH = 64
CUT = 60
"""Batches before the training is killed and resumed."""

Batches = Iterator[list[int]]


def main(name: str) -> None:
    """Print one line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        write, read = LOADERS[name]
        write(Path(folder))
        next(iter(read(Path(folder), 0)))  # imports, and what is read once
        start, first = cpu_s(), time.monotonic()
        rows = sum(map(len, read(Path(folder), 0)))
        spent, wall = cpu_s() - start, time.monotonic() - first
        whole = list(islice(read(Path(folder), 0), CUT + 20))
        resumed = list(islice(read(Path(folder), CUT), 20))
        facts = {
            "loader": name,
            "rows": rows,
            "rows_per_cpu_s": round(rows / spent),
            "wall_s": round(wall, 1),
            "peak_mb": peak_mb(),
            "resumes_exactly": [sorted(b) for b in resumed] == [sorted(b) for b in whole[CUT:]],
        }
        print(json.dumps(facts))


def pictures() -> list[bytes]:
    """A few pictures, about 17 kB each."""
    made = []
    for seed in range(20):
        rough = np.random.default_rng(seed).integers(0, 256, (28, 28, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        smooth = Image.fromarray(rough).resize((224, 224), Image.Resampling.BICUBIC)
        smooth.save(buffer, "JPEG", quality=90)
        made.append(buffer.getvalue())
    return made


def rows() -> Iterator[dict[str, Any]]:
    """What every loader stores."""
    images = pictures()
    for number in range(ROWS):
        yield {"image": images[number % len(images)], "instruction": "pick it", "label": number}


def decode(data: bytes) -> np.ndarray:
    """uint8 (h, w, 3)."""
    return np.array(Image.open(io.BytesIO(data)))


def cpu_s() -> float:
    """Of this process and those that ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in whose)


def peak_mb() -> int:
    """Of this process, and of its largest worker."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_maxrss for who in whose) // 1024


def write_tars(folder: Path) -> None:
    """As ``cliprt episodes export`` would."""
    from webdataset import TarWriter

    from cliprt.data.shards import load_indices

    motion = {"motion": [0, 0.05, 0, 0, 0, 0, 0], "gripper": None, "phrase": "", "horizon": 0}
    every = rows()
    for shard in range(ROWS // 1000):
        path = folder / f"train-{shard:06d}.tar"
        with path.open("wb") as file, TarWriter(file, encoder=False) as tar:
            for row in islice(every, 1000):
                facts = {"instruction": row["instruction"], "label": row["label"], **motion}
                key = f"{row['label']:08d}"
                image = {"wrist.jpg": row["image"]}
                tar.write({"__key__": key, "json": json.dumps(facts).encode(), **image})
    load_indices(sorted(folder.glob("*.tar")))


def read_tars(folder: Path, skip: int) -> Batches:
    """Ours."""
    from cliprt.data.columns import Needs
    from cliprt.data.loader import EpochLoader
    from cliprt.data.shards import ShardRows

    pattern = str(folder / f"train-{{000000..{ROWS // 1000 - 1:06d}}}.tar")
    shards = ShardRows(pattern, Needs(("wrist",)), lambda primitive, mark: primitive.label, ROWS)
    loader = EpochLoader(shards, BATCH, seed=1)
    if skip:
        loader.load_state_dict({"epoch": 0, "position": skip, "batches": len(loader), "seed": 1})
    for batch in loader:
        yield batch["label"].tolist()


def write_litdata(folder: Path) -> None:
    """Its chunks, of 1000 rows."""
    from litdata.streaming.writer import BinaryWriter

    writer = BinaryWriter(str(folder), chunk_size=1000)
    for number, row in enumerate(rows()):
        writer[number] = row
    writer.done()
    writer.merge()


def read_litdata(folder: Path, skip: int) -> Batches:
    """With its own loader and one worker."""
    from litdata import StreamingDataLoader, StreamingDataset

    class Decoded(StreamingDataset):
        def __getitem__(self, index: Any) -> dict[str, Any]:
            row = super().__getitem__(index)
            return {**row, "image": decode(row["image"]).transpose(2, 0, 1).copy()}

    data = Decoded(str(folder), shuffle=True, seed=1)
    loader = StreamingDataLoader(data, batch_size=BATCH, num_workers=1)
    if skip:
        before = StreamingDataLoader(data, batch_size=BATCH, num_workers=1)
        iterator = iter(before)
        for _ in range(skip):
            next(iterator)
        loader.load_state_dict(before.state_dict())
    for batch in loader:
        yield batch["label"].tolist()


def write_mds(folder: Path) -> None:
    """Its shards, of about as many rows."""
    from streaming import MDSWriter

    columns = {"image": "bytes", "instruction": "str", "label": "int"}
    with MDSWriter(out=str(folder), columns=columns, size_limit=12_000_000) as out:
        for row in rows():
            out.write(row)


def read_mds(folder: Path, skip: int) -> Batches:
    """With its own loader and one worker."""
    from streaming import StreamingDataLoader, StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    class Decoded(StreamingDataset):
        def __getitem__(self, index: Any) -> dict[str, Any]:
            row = super().__getitem__(index)
            return {**row, "image": decode(row["image"]).transpose(2, 0, 1).copy()}

    def make() -> Any:
        clean_stale_shared_memory()
        data = Decoded(local=str(folder), shuffle=True, shuffle_seed=1, batch_size=BATCH)
        return StreamingDataLoader(data, batch_size=BATCH, num_workers=1)

    loader = make()
    if skip:
        iterator = iter(loader)
        for _ in range(skip):
            next(iterator)
        state = loader.state_dict()
        del iterator, loader
        loader = make()
        loader.load_state_dict(state)
    for batch in loader:
        yield batch["label"].tolist()


LOADERS: dict[str, tuple[Callable[[Path], None], Callable[[Path, int], Batches]]] = {
    "cliprt": (write_tars, read_tars),
    "litdata": (write_litdata, read_litdata),
    "streaming": (write_mds, read_mds),
}

if __name__ == "__main__":
    main(sys.argv[1])
