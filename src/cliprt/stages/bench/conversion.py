"""How fast somebody else's data becomes training samples."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from cliprt.data.rlds.dataset import Record, Shard
from cliprt.data.tars import write_tar
from cliprt.oxe.sets import find_set
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.convert_plan import to_target
from cliprt.stages.convert_shard import Converter, Tally, samples_of

SIZE_PX = 256
STEPS = 128


def measure_conversion() -> Measured:
    """Turn steps that were read already into samples in a tar."""
    target = to_target(find_set("cmu_stretch"), "observed", Path())
    converter, record = Converter((target,)), Record(0, STEPS, _columns())
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        shard = Shard(Path(folder) / "bench", "train", 0, 1, {})

        def convert() -> None:
            tally.labels.clear()
            write_tar(shard.path, samples_of(converter, target, shard, record, tally))

        (all_s,) = in_turn([convert])
    what = f"convert a step of another robot's data, {SIZE_PX} px"
    return Measured(what, all_s / tally.labels.total())


def _columns() -> dict[str, np.ndarray | list[bytes]]:
    """Of an arm that moves forward."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
    picture = io.BytesIO()
    coarse.resize((SIZE_PX, SIZE_PX)).save(picture, "JPEG", quality=95)
    return {
        "steps/observation/image": [picture.getvalue()] * STEPS,
        "steps/language_instruction": [b"pick up the cube"] * STEPS,
        "steps/observation/state": np.cumsum(np.full((STEPS, 8), 0.02), axis=0),
    }
