"""A training that diverges stops at once, and what was good before is kept."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from policy_toy import ToyVocabulary
from training_toy import fill_store, toy_recipe, train_toy

from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.policies.checkpoint import load_policy
from cliprt.policies.description import load_description
from cliprt.stages.run_folder import RunFolder, find_checkpoint
from cliprt.stages.train import train
from cliprt.stages.training_process import run_training
from cliprt.training.fit import check_device, train_policy
from cliprt.training.fitting import Fitting
from cliprt.training.job import TrainingJob

WEIGHTS = Path("checkpoint") / "weights.safetensors"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    """The weights of a training that always stayed finite."""
    run = tmp_path_factory.mktemp("whole")
    train_toy(store, run)
    return (run / WEIGHTS).read_bytes()


def spoil(patch, at, act):
    """Do something to the loss of one step, counted from 1."""
    step = Fitting.training_step

    def spoilt(fitting, batch, batch_idx):
        loss = step(fitting, batch, batch_idx)
        return act(fitting, loss) if fitting.global_step + 1 == at else loss

    patch.setattr(Fitting, "training_step", spoilt)


def no_number(fitting, loss):
    return loss * math.nan


def infinite(fitting, loss):
    return loss + math.inf


def infinite_gradient(fitting, loss):
    loss.register_hook(lambda gradient: gradient * math.inf)
    return loss


@pytest.mark.parametrize(
    ("at", "act", "what", "good"),
    [
        (18, no_number, "the loss of step 18", 15),
        (18, infinite, "the loss of step 18", 15),
        (18, infinite_gradient, "a gradient of step 18", 15),
        (16, no_number, "the loss of step 16", 10),  # of the very weights that were saved last
        (6, no_number, "the loss of step 6", 0),
        (2, no_number, "the loss of step 2", 0),
    ],
)
def test_it_stops_at_once_and_goes_on_from_the_last_good_step(
    store, whole, tmp_path, monkeypatch, at, act, what, good
):
    with monkeypatch.context() as patch:
        spoil(patch, at, act)
        with pytest.raises(UsageError, match=f"{what} is not a finite number") as stopped:
            train_toy(store, tmp_path)
    kept = "Nothing was saved before" if not good else f"weights after step {good} are kept in"
    assert kept in str(stopped.value)
    if good:
        checkpoint = find_checkpoint(tmp_path)
        assert load_description(checkpoint)["metrics"] == {"steps": good}
        weights = load_policy(checkpoint, ToyVocabulary()).state_dict()
        assert all(value.isfinite().all() for value in weights.values())
    result = train_toy(store, tmp_path)
    assert result.resumed_at == good
    assert (tmp_path / WEIGHTS).read_bytes() == whole
    assert sorted(path.name for path in tmp_path.glob("resume*")) == ["resume.ckpt"]


def test_a_state_that_proved_good_in_an_earlier_process_stays(store, whole, tmp_path, monkeypatch):
    for at in (18, 16):  # the second time right after where it goes on
        with monkeypatch.context() as patch:
            spoil(patch, at, no_number)
            with pytest.raises(UsageError, match="weights after step 15 are kept"):
                train_toy(store, tmp_path)
    train_toy(store, tmp_path)
    assert (tmp_path / WEIGHTS).read_bytes() == whole


@pytest.mark.parametrize(
    ("rate", "what", "precision"),
    [
        (1e30, "a weight after step 1", "32-true"),
        (1e8, "the loss of step 2", "32-true"),
        (1e30, "a weight after step 1", "bf16-mixed"),
        (1e4, "a weight after step 1", "16-true"),
    ],
)
def test_too_large_a_rate_is_told_with_what_to_change(store, tmp_path, rate, what, precision):
    options = {"learning_rate": rate, "gradient_clip": 0.0, "warmup_steps": 0}
    with pytest.raises(UsageError, match=what) as stopped:
        train_toy(store, tmp_path, precision=precision, **options)
    assert f"smaller trainer.learning_rate (it is {rate:g}), with trainer.gradient_clip=1" in str(
        stopped.value
    )
    assert ("trainer.precision=32-true" in str(stopped.value)) is (precision != "32-true")
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.parametrize("pieces", [1, 2])
def test_pieces_of_a_batch_are_looked_at_together(store, tmp_path, monkeypatch, pieces):
    spoil(monkeypatch, 3, no_number)
    with pytest.raises(UsageError, match="the loss of step 3 is not"):
        train_toy(store, tmp_path, accumulate=pieces)


def test_scores_that_are_no_numbers_are_noticed_without_a_step(store, tmp_path, monkeypatch):
    spoil(monkeypatch, 24, lambda fitting, loss: poison(fitting, loss))
    with pytest.raises(UsageError, match=r"a weight after step 24|a score is not a number"):
        train_toy(store, tmp_path)


def poison(fitting, loss):
    with torch.no_grad():
        next(fitting.policy.parameters()).mul_(math.nan)
    return loss


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (
            ["trainer.warmup_steps=1000"],
            "got 1000, and trainer.max_steps is 30: the training would",
        ),
        (
            ["trainer.warmup_steps=20", "collaboration.rounds=1", "collaboration.max_steps=10"],
            "got 20, and collaboration.max_steps is 10",
        ),
    ],
)
def test_a_warm_up_longer_than_the_training_is_refused(overrides, text, tmp_path, capsys):
    arguments = ["--recipe", "tiny", "--out", str(tmp_path / "run"), *overrides]
    for command in (["recipes", "validate", "tiny", *overrides], ["train", *arguments]):
        assert main(command) == 2
        assert text in capsys.readouterr().err
    assert main(["recipes", "validate", "tiny", "trainer.warmup_steps=30"]) == 0


def test_what_was_trained_with_a_long_warm_up_before_is_found(store, tmp_path, monkeypatch):
    run = RunFolder(tmp_path)
    recipe = toy_recipe(max_steps=2)
    with monkeypatch.context() as patch:  # as before it was looked at
        patch.setattr("cliprt.stages.train.check_warmup", lambda recipe: None)
        patch.setattr("cliprt.stages.train.run_training", lambda job, watch: in_process(job, store))
        assert train(recipe, run, ()).worked
    assert not train(recipe, run, ()).worked


def in_process(job, store):
    return train_policy(replace(job, store=store.path, episode_ids=None), ToyVocabulary())


def test_a_thousand_processes_are_not_started(store, tmp_path):
    recipe = toy_recipe(devices=1000, batch_size=1000)
    for accelerator in ("cpu", "auto"):
        section = replace(recipe.trainer, accelerator=accelerator)
        with pytest.raises(UsageError, match=r"devices=1000.*at most \d+ processes train on one"):
            check_device(section)
    with pytest.raises(UsageError, match="at most"):
        train_policy(TrainingJob(recipe, store.path, tmp_path / "run"), ToyVocabulary())


@pytest.mark.parametrize("devices", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_training_process_tells_it_in_one_line(store, tmp_path, capfd, devices):
    recipe = toy_recipe(learning_rate=1e30, gradient_clip=0.0, devices=devices)
    job = TrainingJob(recipe, store.path, tmp_path / "run")
    with pytest.raises(UsageError, match="a weight after step 1 is not a finite number"):
        run_training(job)
    assert "Traceback" not in capfd.readouterr().err
