"""Converting 10 GB takes no more memory than converting a part of it; and how fast it is."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from convert_samples import SET, STEPS, encoded, episode, shard_name
from rlds_samples import framed, write_dataset

from cliprt.engines.local import LocalEngine
from cliprt.stages.convert import convert
from cliprt.stages.convert_plan import plan_conversion
from cliprt.stages.portion import Portion
from cliprt.stages.verify_shards import verify

SHARDS, EPISODES, STEPS_EACH = 20, 140, 140
GROWTH_KB = 40_000
"""Of the memory, from the third shard on; a shard has 500,000."""


def pictures() -> list[bytes]:
    """Some of 256 px, of the size that cameras' have."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
    made = []
    for shift in range(64):
        smooth = np.kron(np.roll(coarse, shift, axis=0), np.ones((16, 16, 1)))
        noisy = smooth + rng.normal(0, 5, (256, 256, 1))
        made.append(encoded(noisy.clip(0, 255).astype(np.uint8), quality=95))
    return made


def resident_kb() -> int:
    """Of this process, now."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in x)
    return int(line.split()[1])


@pytest.mark.slow
def test_memory_is_flat_over_10_gb(tmp_path):
    rows = itertools.cycle(pictures())
    source = write_dataset(tmp_path / "in", STEPS, [[b""] * EPISODES] * SHARDS)
    read, kept, spent_s, resident = 0, 0, 0.0, []
    for number in range(SHARDS):  # one at a time, as for who has no room for all
        shard = source / shard_name(number, SHARDS)
        with shard.open("wb") as file:
            for one in range(EPISODES):
                file.write(framed(episode(number, one, STEPS_EACH, lambda *_: next(rows))))
        read += shard.stat().st_size
        begun_s = time.process_time()
        plans = plan_conversion([source], tmp_path / "out", "observed", SET)
        portion = Portion(number + 1, SHARDS)
        (made,) = convert(plans, LocalEngine(1), portion)
        spent_s += time.process_time() - begun_s
        kept = made.to_dict()["kept"]
        shard.unlink()
        shard.touch()
        resident.append(resident_kb())
        print(f"{number + 1}: {read / 1e9:.2f} GB, {resident[-1] / 1000:.1f} MB resident")
    print(f"{kept} frames, {kept / spent_s:.0f} a CPU second")
    assert read > 9.9e9
    assert max(resident[2:]) - resident[2] < GROWTH_KB
    found = verify(tmp_path / "out", LocalEngine(1))
    assert (found["shards"], found["kept"], found["problems"]) == (SHARDS, kept, [])
