"""A disk that refuses: one clear sentence, nothing committed lost, and it can go on afterwards."""

from __future__ import annotations

import dataclasses
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from data_samples import make_episode, make_step

from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.types import Attempt


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(StoreError, match=r"cannot write .*everything committed is safe.*folder"):
        EpisodeStore(file / "store").write_episode(make_episode())


def fill(store: EpisodeStore) -> tuple[int, int, str]:
    """Record until the disk refuses; (episodes committed, steps of the refused one, the error)."""
    for number in range(1000):
        journal = store.begin(Attempt(f"e-{number}", "", "", 0, "x"))
        steps = 0
        try:
            while steps < 5:
                noise = np.random.default_rng(steps).integers(0, 256, (48, 48, 3), dtype=np.uint8)
                step = make_step(steps)
                look = dataclasses.replace(step.observation, images={"c": noise})
                journal.append(dataclasses.replace(step, observation=look))
                steps += 1
            journal.commit(True)
        except StoreError as error:
            journal.close()
            return number, steps, str(error)
    raise AssertionError("the disk never filled up")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to mount")
def test_a_full_disk_loses_nothing(tmp_path):
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", tmp_path], capture_output=True
    )
    if mount.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        store = EpisodeStore(tmp_path / "store")
        (tmp_path / "ballast").write_bytes(bytes(60_000))
        committed, steps, error = fill(store)
        assert "No space left on device; everything committed is safe. The disk is full" in error
        assert committed >= 2
        assert all(len(store.load(id).steps) == 5 for id in store.ids())
        with pytest.raises(StoreError, match=r"No space left.*The disk is full: free some space"):
            store.write_episode(make_episode("big", 40, size=64))
        (tmp_path / "ballast").unlink()
        store.repair()
        whole = [len(store.load(id).steps) for id in store.ids()]
        assert whole == [5] * committed + [steps] * bool(steps)
        for id in store.ids():
            for step in store.load(id).steps:
                assert dict(step.observation.images)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_failed_append_can_be_repeated(tmp_path):
    """A limit on file sizes stands for a disk that is full in the middle of a line."""
    code = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from data_samples import make_step
from cliprt.data.repair import RepairReport
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.types import Attempt

store = EpisodeStore(sys.argv[1])
journal = store.begin(Attempt("a", "", "", 0, "x"))
journal.append(make_step(0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    journal.append(make_step(1))
    journal.append(make_step(2))
except StoreError as error:
    print(error, journal.count)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
journal.append(make_step(journal.count))
journal.commit(True)
"""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("the limit cannot be lifted again")
    command = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
    said = subprocess.run(command, capture_output=True, text=True)
    assert "File too large" in said.stdout, said.stderr
    assert "raise the limit" in said.stdout
    store = EpisodeStore(tmp_path)
    count = int(said.stdout.split()[-1]) + 1
    assert [s.index for s in store.load("a").steps] == list(range(count))
    assert store.repair().quarantined == ()
