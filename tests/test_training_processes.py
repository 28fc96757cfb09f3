"""Training in processes of its own: one batch for all of them, errors and Ctrl-C as in one."""

import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gradient_toy import note_gradients
from safetensors.torch import load_file
from training_toy import fill_store, toy_recipe

from cliprt.errors import RecipeError, StoreError, UsageError
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.stages import cluster
from cliprt.stages.cluster import check_launch
from cliprt.stages.training_process import run_training
from cliprt.training.fit import RESUME, train_policy
from cliprt.training.job import TrainingJob

SCRIPT = Path(__file__).parent / "gradient_toy.py"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill_store(tmp_path_factory.mktemp("store")).path


@pytest.fixture(scope="module")
def alone(store, tmp_path_factory):
    """The gradients of one process."""
    return note_gradients(store, tmp_path_factory.mktemp("alone"), 1)


def check_equal(gradients, alone):
    for name, steps in alone.items():
        assert len(steps) == len(gradients[name]) == 2
        for mine, theirs in zip(steps, gradients[name], strict=True):
            assert set(mine) <= set(theirs)
            assert max(value.abs().max() for value in mine.values()) > 0.1
            for parameter, value in theirs.items():
                expected = mine.get(parameter, torch.zeros_like(value))
                torch.testing.assert_close(value, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("devices", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_processes_have_the_gradient_of_one(store, alone, tmp_path, devices):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, SCRIPT, store, tmp_path, str(devices)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check_equal(torch.load(tmp_path / "gradients.pt", weights_only=True), alone)


def test_pieces_have_the_gradient_of_the_whole_where_rows_are_not_compared(store, alone, tmp_path):
    pieces = note_gradients(store, tmp_path, 1, accumulate=2)
    check_equal({"softmax": pieces["softmax"]}, {"softmax": alone["softmax"]})


def stop(*said):
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_here_saves_there_and_any_number_of_processes_goes_on(store, tmp_path):
    job = TrainingJob(toy_recipe(devices=2), store, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run_training(job, stop)
    assert (job.folder / RESUME).exists()
    assert not (job.folder / "checkpoint").exists()
    vocabulary = build_vocabulary(job.recipe)
    done = train_policy(replace(job, recipe=toy_recipe()), vocabulary)
    whole = train_policy(TrainingJob(toy_recipe(), store, tmp_path / "whole"), vocabulary)
    weights, expected = (load_file(t.checkpoint / "weights.safetensors") for t in (done, whole))
    for name, value in expected.items():
        torch.testing.assert_close(weights[name], value, rtol=0, atol=1e-3)


def test_an_error_of_the_process_is_the_same_here(tmp_path):
    with pytest.raises(StoreError, match="holds no step to learn from"):
        run_training(TrainingJob(toy_recipe(), tmp_path / "none", tmp_path / "run"))


def kill_child(*said):
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for child in children:
        if b"cliprt.training.process" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)


def children_of(process):
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [
        c for c in found if b"cliprt.training.process" in Path(f"/proc/{c}/cmdline").read_bytes()
    ]


def test_no_further_process_outlives_the_first(store, tmp_path):
    further = []

    def kill_first(*said):
        for first in children_of(os.getpid()):
            for child in children_of(first):
                further.append(child)
                os.kill(int(child), signal.SIGSTOP)  # it will not end by itself
            os.kill(int(first), signal.SIGKILL)

    with pytest.raises(UsageError, match="ended with code -9"):
        run_training(TrainingJob(toy_recipe(devices=2), store, tmp_path), kill_first)
    end_s = time.monotonic() + 60
    while any(state_of(child) not in "ZX" for child in further):
        assert time.monotonic() < end_s
    assert further


@pytest.mark.slow
def test_a_further_process_that_is_killed_is_explained(store, tmp_path):
    def kill_further(*said):
        for first in children_of(os.getpid()):
            for child in children_of(first):
                os.kill(int(child), signal.SIGKILL)

    with pytest.raises(UsageError, match=r"process.* ended"):
        run_training(TrainingJob(toy_recipe(devices=2), store, tmp_path), kill_further)


def state_of(process):
    """Its letter in /proc; X where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return "X"


def test_a_killed_process_is_explained(store, tmp_path):
    job = TrainingJob(toy_recipe(), store, tmp_path)
    with pytest.raises(UsageError, match="ended with code -9: was it killed"):
        run_training(job, kill_child)


def test_numbers_of_processes_that_do_not_fit_are_refused(monkeypatch):
    with pytest.raises(RecipeError, match=r"trainer.batch_size: got 32.* Allowed: multiples of 3"):
        load_recipe("tiny", ["trainer.devices=3"])
    with pytest.raises(UsageError, match="are 4 processes, but 1 were started"):
        check_launch(toy_recipe(devices=2, num_nodes=2).trainer)
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "8"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match="are 2 processes, but 8 were started"):
        check_launch(toy_recipe(devices=2).trainer)
    check_launch(toy_recipe(devices=4, num_nodes=2).trainer)


@pytest.mark.slow
def test_processes_of_torchrun_train_together_and_one_of_them_writes(tmp_path):
    pytest.importorskip("pybullet")
    command = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "cliprt", "train"]
    options = ["trainer.devices=2", "data.workers=1", "augmenters=[]"]
    recipe = ["--recipe", "tiny", *options, "--out", str(tmp_path / "run")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command, *recipe], env=environment, timeout=300)
    assert done.returncode == 0
    assert len(list((tmp_path / "run").glob("policies/*/checkpoint"))) == 1


HOLDS = """
import sys
from cliprt.data.disk import Scratch
with Scratch("cliprt-training-") as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_in_the_temporary_folder_is_removed(tmp_path):
    """Of a live one nothing is, whatever its times; nor what only has such a name."""
    (tmp_path / "cliprt-training-notes").mkdir()
    (tmp_path / "cliprt-training-link").symlink_to(tmp_path)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}

    def hold():
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", HOLDS]
        process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        return process, Path(process.stdout.readline().strip())

    killed, stale = hold()
    living, old = hold()
    os.utime(old, (0, 0))
    killed.kill()
    killed.wait()
    assert {stale, old} < set(tmp_path.iterdir())
    last, new = hold()
    assert set(tmp_path.glob("cliprt-training-*")) == {
        old,
        new,
        tmp_path / "cliprt-training-notes",
        tmp_path / "cliprt-training-link",
    }
    for process in (living, last):
        process.communicate()
    assert not {old, new} & set(tmp_path.iterdir())


def test_what_the_first_process_tells_the_others_is_no_code(monkeypatch, tmp_path):
    """Through a real board, on loopback; a pickle there is refused rather than run."""
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(port))
    cluster._board.cache_clear()
    recipe = load_recipe("tiny", ["trainer.devices=2", "augmenters=[]"])
    job = TrainingJob(recipe, tmp_path / "store", tmp_path / "run", ("a", "b"), ("c",), tmp_path)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(cluster, "_numbers", itertools.count())
            launch = cluster.prepare_launch(job)
            cluster.release_others()
            cluster._board().set("cliprt/2", pickle.dumps(print))
            patch.setattr(cluster, "_numbers", itertools.count())
            assert list(cluster.follow_others()) == [(job, launch)]
            with pytest.raises(UsageError, match="is no training that is known here"):
                next(cluster.follow_others())
    finally:
        cluster._board.cache_clear()
