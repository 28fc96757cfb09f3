"""Conversions on Ray: the same bytes as without, also where its workers are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from convert_samples import SET, shard_name, write_moving

from cliprt.cli.main import main

SHARDS = 100
SCRIPT = Path(__file__).parent / "convert_held.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("ray"), reason="ray is not installed"),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_moving(tmp_path_factory.mktemp("ray") / "in", SHARDS, episodes=1, steps=20)


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert main(["data", "convert", *words(source, out), "workers=1"]) == 0
    return contents(out)


def words(source, out):
    return [str(source), "--set", SET, "--to", str(out)]


def contents(out):
    return {p.name: p.read_bytes() for p in (out / SET).iterdir() if p.name != ".lock"}


def workers_in(place):
    """Ids of Ray's processes that work on a job, of the cluster with its files at a place."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            works = (path / "cmdline").read_bytes().startswith(b"ray::_work")
            if works and str(place).encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("kills", [0, 3])
def test_a_hundred_shards_are_the_same(tmp_path, source, whole, kills):
    out = tmp_path / "out"
    last = tmp_path / shard_name(SHARDS - 1, SHARDS)
    last.touch()  # it is not converted, so nothing ends, before all kills are done
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="r") as place:  # sockets need a short name
        path = os.pathsep.join(entry for entry in sys.path if entry)
        process = subprocess.Popen(
            [sys.executable, SCRIPT, tmp_path, *words(source, out), "engine=ray", "workers=2"],
            env={**os.environ, "TMPDIR": place, "PYTHONPATH": path},
        )
        killed = 0
        while killed < kills:
            assert process.poll() is None
            done = len(list(out.glob(f"{SET}/*.tar")))
            if done > 10 + 20 * killed and (workers := workers_in(place)):
                os.kill(workers[0], signal.SIGKILL)
                killed += 1
            time.sleep(0.002)
        last.unlink()
        assert process.wait() == 0
    assert len(whole) == 2 * SHARDS + 1
    assert contents(out) == whole
