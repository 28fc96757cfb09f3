"""Learning from converted sets: what is held out, what is measured by set, exact resume."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from convert_samples import SET, write_moving
from hypothesis import given
from hypothesis import strategies as st
from policy_toy import ToyVocabulary
from set_samples import ROWS_PER_TAR, recipe_of, train_sets, write_set
from test_training_resume import WEIGHTS
from training_toy import fill_store

from cliprt.cli.main import main
from cliprt.data import shards
from cliprt.data.columns import Needs
from cliprt.data.rows import ChosenRows, RememberedRows, Rows
from cliprt.errors import StoreError
from cliprt.policies.checkpoint import load_policy
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.schema import Component, DataSection
from cliprt.sources.shards import ShardsSource
from cliprt.stages.start import check_start, find_start
from cliprt.training.fit import RESUME, train_policy
from cliprt.training.job import TrainingJob

SCRIPT = Path(__file__).parent / "set_samples.py"
WRIST = Needs(("wrist",))


def opened(path) -> shards.ShardRows:
    return ShardsSource(str(path)).open(WRIST, ToyVocabulary())


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    write_set(folder / "kuka", 5)
    write_set(folder / "viola", 7, seed=1)
    return folder


@pytest.fixture(scope="module")
def whole(sets, tmp_path_factory):
    """A training on both that nobody interrupted."""
    run = tmp_path_factory.mktemp("whole")
    return run, train_sets(sets, run)


def test_a_folder_is_its_tars_by_name(sets, tmp_path):
    folder = sets / "kuka"
    names = "shard-{00000..00004}-of-00005.tar"
    pattern = ShardsSource(str(folder / names))
    assert ShardsSource(str(folder)).identity == pattern.identity
    assert [row.where for row in read(opened(folder))] == [
        row.where for row in read(opened(folder / names))
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(StoreError, match=r"empty has no tars in it\. Allowed: .*a folder of them"):
        opened(empty)


def read(rows: Rows):
    return [rows.read(index) for index in range(len(rows))]


def test_the_last_tars_of_a_folder_are_held_out_and_of_a_pattern_none(sets):
    train, held = opened(sets / "kuka").split(0.2, seed=0)
    assert train.tolist() == list(range(4 * ROWS_PER_TAR))
    assert held.tolist() == list(range(4 * ROWS_PER_TAR, 5 * ROWS_PER_TAR))
    _, held = opened(sets / "kuka").split(0.9, seed=0)
    assert len(held) == 4 * ROWS_PER_TAR, "one tar is learned from at least"
    _, held = opened(sets / "kuka").split(0.001, seed=0)
    assert len(held) == ROWS_PER_TAR, "one is held out at least"
    for share, place in ((0.0, ""), (0.2, "shard-{00000..00004}-of-00005.tar")):
        train, held = opened(sets / "kuka" / place).split(share, seed=0)
        assert (len(train), len(held)) == (5 * ROWS_PER_TAR, 0)


def test_of_a_large_set_some_rows_of_the_last_tars_are_looked_at(sets, monkeypatch):
    monkeypatch.setattr("cliprt.data.rows._MOST_HELD_OUT", 4)
    _, held = opened(sets / "kuka").split(0.4, seed=0)
    first = 3 * ROWS_PER_TAR
    assert held.tolist() == [first, first + 3, first + 7, first + 11]


class Numbered(Rows):
    """Rows that are read in an order of their own."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def read(self, index: int):
        raise NotImplementedError

    def order(self, seed: int, epoch: int) -> np.ndarray:
        return np.roll(np.arange(self.count)[::-1], seed)


@given(st.integers(1, 30), st.integers(0, 9), st.data())
def test_chosen_rows_keep_an_order_that_reads_well(count, seed, data):
    rows = Numbered(count)
    chosen = np.array(data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=40)))
    order = ChosenRows(rows, chosen).order(seed, 0)
    assert sorted(order.tolist()) == list(range(len(chosen)))
    turn = {row: place for place, row in enumerate(rows.order(seed, 0).tolist())}
    places = [turn[row] for row in chosen[order].tolist()]
    assert places == sorted(places)


def test_rows_in_memory_are_read_in_that_order_too(sets):
    rows = opened(sets / "viola")
    kept = ChosenRows(RememberedRows(rows), np.arange(len(rows)))
    assert kept.order(3, 1).tolist() == rows.order(3, 1).tolist()


def test_validation_is_told_by_set(sets, whole, tmp_path):
    run, result = whole
    for name in ("kuka", "viola"):
        assert 0 <= result.metrics[f"val_accuracy/{name}"] <= 1
        assert f"val_direction_accuracy/{name}" in result.metrics
    counts = {name: ROWS_PER_TAR for name in ("kuka", "viola")}
    right = sum(result.metrics[f"val_accuracy/{name}"] * n for name, n in counts.items())
    assert result.metrics["val/accuracy"] == pytest.approx(right / sum(counts.values()))
    (file,) = run.glob("logs/csv/*/metrics.csv")
    with file.open() as lines:
        assert "val_accuracy/viola" in next(csv.reader(lines))
    recipe = recipe_of(sets / "kuka", max_steps=2)
    alone = train_policy(TrainingJob(recipe, tmp_path, tmp_path / "run"), ToyVocabulary())
    assert "val/accuracy" in alone.metrics
    assert not [name for name in alone.metrics if name.startswith("val_")], "one set is all"


def test_a_killed_training_on_a_mixture_ends_with_the_same_weights(sets, whole, tmp_path):
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    process = subprocess.Popen([sys.executable, SCRIPT, sets, tmp_path], env=environment)
    while not (tmp_path / RESUME).exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / WEIGHTS).exists()
    result = train_sets(sets, tmp_path)
    assert 5 <= result.resumed_at < 24
    assert (tmp_path / WEIGHTS).read_bytes() == (whole[0] / WEIGHTS).read_bytes()
    assert result.metrics["val/accuracy"] == whole[1].metrics["val/accuracy"]


def test_what_was_said_reaches_the_batch(sets, tmp_path):
    from cliprt.data.batches import to_batch

    rows = read(opened(sets / "kuka"))[:3]
    assert [row.supervision for row in rows][1].startswith("please go ")
    assert to_batch(rows)["supervision"] == [row.supervision for row in rows]
    bare = opened(write_set(tmp_path / "bare", 1, said=False))
    assert "supervision" not in to_batch(read(bare))
    mixed = to_batch([*rows[:1], *read(bare)[:1]])
    assert mixed["supervision"] == [rows[0].supervision, ""]


def test_a_sentence_that_is_none_is_a_damaged_sample(tmp_path):
    from cliprt.data.shard_index import read_facts

    assert read_facts(json.dumps({"instruction": "x", "label": 1}).encode()).supervision == ""
    with pytest.raises(ValueError, match="supervision"):
        read_facts(json.dumps({"instruction": "x", "label": 1, "supervision": 3}).encode())


def test_a_converted_set_is_pretrained_on_and_its_policy_taught_with_another_vocabulary(tmp_path):
    source = write_moving(tmp_path / "rlds")
    words = ["--set", SET, "--to", str(tmp_path / "oxe"), "workers=1"]
    assert main(["data", "convert", str(source), *words]) == 0
    steps = {"max_steps": 3, "batch_size": 4, "warmup_steps": 1}
    recipe = replace(
        recipe_of(tmp_path / "oxe" / SET, **steps),
        vocabulary=Component("oxe_50"),
        policy=Component("clip_rt", {"loss": "in_batch_bce", "cameras": ["scene"]}),
    )
    run = tmp_path / "run"
    job = TrainingJob(recipe, tmp_path / "none", run / "policies" / "pretrained")
    pretrained = train_policy(job, build_vocabulary(recipe))
    assert 0 <= pretrained.metrics["val/accuracy"] <= 1
    store = fill_store(tmp_path / "store", camera="scene")
    trainer = replace(recipe.trainer, start_from=str(run), max_steps=2)
    taught = replace(recipe, vocabulary=Component("clip_rt_58"), trainer=trainer)
    taught = replace(taught, data=DataSection(), policy=Component("clip_rt", {"cameras": "scene"}))
    vocabulary = build_vocabulary(taught)
    check_start(taught, vocabulary)
    job = TrainingJob(taught, store.path, tmp_path / "taught", start_from=find_start(taught))
    assert len(load_policy(train_policy(job, vocabulary).checkpoint).phrases) == 58
