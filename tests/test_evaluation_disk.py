"""A full disk while policies are judged: one sentence, every trial kept, and it can go on."""

import os
import subprocess

import pytest

from cliprt.errors import StoreError
from cliprt.evaluation.files import append_trial, load_json, load_trials, save_json
from cliprt.evaluation.results import Trial


def append_until_it_fails(file):
    """(trials that were kept, the error)."""
    for seed in range(1000):
        try:
            append_trial(file, make_trial(seed))
        except StoreError as error:
            return seed, str(error)
    raise AssertionError("the disk never filled up")


def make_trial(seed):
    return Trial("pick", "Pick up the red cube", seed, True, 9, "success", True, f"pick-{seed}")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to mount")
def test_a_full_disk_loses_no_trial_and_no_table(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", tmp_path]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    trials, table, ballast = tmp_path / "trials.jsonl", tmp_path / "t.json", tmp_path / "ballast"
    try:
        save_json({"rows": [1]}, table)
        ballast.write_bytes(bytes(16_000))
        kept, error = append_until_it_fails(trials)
        assert "trials.jsonl: No space left" in error
        assert "The disk is full: free some space" in error
        with pytest.raises(StoreError, match=r"t\.json: No space left.*The disk is full"):
            save_json({"rows": list(range(9000))}, table)
        assert load_json(table) == {"rows": [1]}
        assert [trial.seed for trial in load_trials(trials)] == list(range(kept))
        ballast.unlink()
        append_trial(trials, make_trial(kept))
        assert [trial.seed for trial in load_trials(trials)] == list(range(kept + 1))
    finally:
        subprocess.run(["umount", tmp_path], check=True)
