"""An interrupted training goes on exactly: same batches, same weights, to the last bit."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from policy_toy import ToyVocabulary, toy_table
from training_toy import fill_store, train_toy

from cliprt.data.batches import Row
from cliprt.errors import CheckpointError, StoreError
from cliprt.policies.acting import Actor
from cliprt.policies.checkpoint import load_policy
from cliprt.recipe.schema import Precision
from cliprt.training.fit import RESUME
from cliprt.training.fitting import Fitting
from cliprt.training.state_files import BEFORE, WholeFileIO

SCRIPT = Path(__file__).parent / "training_toy.py"
WEIGHTS = Path("checkpoint") / "weights.safetensors"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    """The weights of a training that nobody interrupted."""
    run = tmp_path_factory.mktemp("whole")
    train_toy(store, run)
    return (run / WEIGHTS).read_bytes()


class Spy:
    """Counts training steps, and does something in one of them."""

    def __init__(self, monkeypatch, at=None, act=None):
        self.labels = []
        step = Fitting.training_step

        def watched(fitting, batch, batch_idx):
            if len(self.labels) == at:
                act()
            self.labels.append(batch["label"].tolist())
            return step(fitting, batch, batch_idx)

        monkeypatch.setattr(Fitting, "training_step", watched)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_every_precision_that_a_recipe_may_name_trains_and_acts(store, tmp_path, precision):
    trained = train_toy(store, tmp_path, precision=precision, max_steps=2)
    actor = Actor(load_policy(trained.checkpoint, ToyVocabulary()), precision=precision)
    table = toy_table(2, seed=0)
    pictures = {"wrist": np.repeat(table.images["wrist"][0], 2, axis=0)}  # of another size
    row = Row(pictures, table.instructions[0], np.empty(0, np.float32))
    assert np.isfinite(actor.score([row])).all()


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def fail():
    raise RuntimeError("the disk is on fire")


def test_ctrl_c_finishes_the_step_and_resumes_in_the_next(store, whole, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        first = Spy(patch, at=12, act=press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            train_toy(store, tmp_path)
    assert len(first.labels) == 13
    assert signal.getsignal(signal.SIGINT) is before
    with monkeypatch.context() as patch:
        rest = Spy(patch)
        result = train_toy(store, tmp_path)
    assert result.resumed_at == 13
    assert (tmp_path / WEIGHTS).read_bytes() == whole
    with monkeypatch.context() as patch:
        uninterrupted = Spy(patch)
        train_toy(store, tmp_path / "again")
    assert first.labels + rest.labels == uninterrupted.labels


def test_an_error_in_a_step_resumes_from_the_last_saved_step(store, whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        Spy(patch, at=17, act=fail)
        with pytest.raises(RuntimeError, match="on fire"):
            train_toy(store, tmp_path)
    assert train_toy(store, tmp_path).resumed_at == 15
    assert (tmp_path / WEIGHTS).read_bytes() == whole


def test_a_killed_process_loses_nothing_that_matters(store, whole, tmp_path):
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    process = subprocess.Popen([sys.executable, SCRIPT, store.path, tmp_path], env=environment)
    while not (tmp_path / RESUME).exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / WEIGHTS).exists()
    assert train_toy(store, tmp_path).resumed_at >= 5
    assert (tmp_path / WEIGHTS).read_bytes() == whole


def test_a_damaged_state_is_refused_with_what_to_do(store, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        Spy(patch, at=7, act=fail)
        with pytest.raises(RuntimeError):
            train_toy(store, tmp_path)
    state = tmp_path / RESUME
    content = state.read_bytes()
    state.write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=r"resume\.ckpt cannot be resumed from.*remove it"):
        train_toy(store, tmp_path)
    state.write_bytes(content)
    with pytest.raises(CheckpointError, match="batches=3 an epoch, now it is 7"):
        train_toy(store, tmp_path, batch_size=4)


def test_what_a_training_leaves_behind(store, tmp_path):
    result = train_toy(store, tmp_path)
    assert result.metrics["steps"] == 24
    assert 0 <= result.metrics["val/accuracy"] <= result.metrics["val/direction_accuracy"] <= 1
    description = json.loads((result.checkpoint / "policy.json").read_text())
    assert description["metrics"] == result.metrics
    assert description["recipe"]["encoder"]["options"] == {"image_size": 32, "width": 8}
    table = next((tmp_path / "logs").rglob("metrics.csv")).read_text()
    assert "train/loss" in table
    assert list((tmp_path / "logs" / "tensorboard").glob("events*"))


def test_a_full_disk_leaves_the_last_state_whole(tmp_path):
    state = tmp_path / RESUME
    files = WholeFileIO()
    files.save_checkpoint({"global_step": 1}, state)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(StoreError, match="everything committed is safe"):
            files.save_checkpoint({"weights": torch.zeros(10_000)}, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert torch.load(state, weights_only=True) == {"global_step": 1}
    assert {path.name for path in tmp_path.iterdir()} == {RESUME, BEFORE}
