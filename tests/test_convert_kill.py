"""A conversion that is killed at any moment goes on, and nothing shows that it was."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from convert_samples import SET, shard_name, write_moving

from cliprt.cli.main import main

SHARDS = 20
SCRIPT = Path(__file__).parent / "convert_held.py"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill") / "in"
    return write_moving(folder, shards=SHARDS, episodes=2, steps=12)


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    """What nobody killed."""
    out = tmp_path_factory.mktemp("whole")
    assert main(["data", "convert", *words(source, out), "workers=1"]) == 0
    return contents(out)


def words(source, out):
    return [str(source), "--set", SET, "--rule", "observed", "--to", str(out)]


def contents(out):
    return {p.name: p.read_bytes() for p in (out / SET).iterdir() if p.name != ".lock"}


def last_held(source):
    """While it is there, the last shard is not converted, so that no conversion ends."""
    return source.parent / "held" / shard_name(SHARDS - 1, SHARDS)


def begun(source, out, tars):
    """A conversion by two workers that has written so many tars, and cannot end."""
    held = last_held(source)
    held.parent.mkdir(exist_ok=True)
    held.touch()
    out.mkdir(exist_ok=True)
    with (out / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, held.parent, *words(source, out), "workers=2"],
            stderr=log,
            stdout=log,
        )
    while len(list(out.glob(f"{SET}/*.tar"))) < tars:
        assert process.poll() is None, (out / "log").read_text()
        time.sleep(0.002)
    return process


def workers_of(process):
    """Their ids."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    commands = {pid: Path(f"/proc/{pid}/cmdline") for pid in children}
    return [int(p) for p, c in commands.items() if c.exists() and b"spawn_main" in c.read_bytes()]


def gone_on(source, out, whole, capsys):
    """Type the command again, and look at what is there."""
    capsys.readouterr()
    assert main(["data", "convert", *words(source, out), "workers=1", "--format", "json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)["sets"]
    assert contents(out) == whole
    assert main(["data", "verify", str(out), "workers=1", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["shards"], found["records"], found["problems"]) == (SHARDS, 2 * SHARDS, [])
    return facts


def kill_driver(source, out, tars):
    process = begun(source, out, tars)
    workers = workers_of(process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    last_held(source).unlink()
    for pid in workers:  # they leave by themselves
        while Path(f"/proc/{pid}/stat").exists():
            time.sleep(0.01)


def kill_worker(source, out, tars):
    process = begun(source, out, tars)
    for pid in workers_of(process)[:1]:
        os.kill(pid, signal.SIGKILL)
    last_held(source).unlink()  # where it had none yet
    process.wait()


def test_interrupted_and_killed_it_goes_on(tmp_path, source, whole, capsys):
    process = begun(source, tmp_path, 2)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    said = (tmp_path / "log").read_text()
    assert re.search(r"To go on, type: \S*cliprt data convert ", said)
    assert json.loads((tmp_path / SET / "manifest.json").read_text())["shards"]
    kill_worker(source, tmp_path, 6)
    kill_driver(source, tmp_path, 10)
    assert gone_on(source, tmp_path, whole, capsys)["done_before"] >= 9


@pytest.mark.slow
@pytest.mark.parametrize("kill", [kill_driver, kill_worker])
def test_after_many_kills_all_is_as_if_there_had_been_none(tmp_path, source, whole, capsys, kill):
    for number in range(20):
        out = tmp_path / f"{number}"
        chance = random.Random(number)
        for _ in range(2):
            kill(source, out, chance.randrange(SHARDS))
        gone_on(source, out, whole, capsys)
