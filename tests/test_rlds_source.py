"""Rows straight from an RLDS data set: those that converting it gives, found without converting."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from fuzzing import damaged, fuzz, nothing_outside, only_refusals
from hypothesis import given
from rlds_samples import TOY
from training_toy import toy_recipe

from cliprt.cli import main
from cliprt.data.columns import Needs
from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.errors import CliprtError, StoreError, UnknownNameError, UsageError, VocabularyError
from cliprt.oxe.paraphrases import paraphrases
from cliprt.recipe.load import load_recipe
from cliprt.registry import load
from cliprt.sources.rlds import RldsSource
from cliprt.sources.shards import ShardsSource
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob

OXE = load("vocabulary", "oxe_50")()
SCENE = Needs(("scene",))
SET = "fractal20220817_data"


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(TOY, tmp_path / "toy_arm" / "1.0.0")


def shard_of(copy, number=0):
    return copy / f"toy_arm-train.tfrecord-{number:05d}-of-00003"


def open_rows(copy, **options):
    return RldsSource(str(copy), set=SET, **options).open(SCENE, OXE)


def read_all(rows):
    return [rows.read(index) for index in range(len(rows))]


@pytest.mark.parametrize("rule", ["observed", "reference"])
def test_the_rows_are_those_that_converting_gives(copy, tmp_path, rule):
    out = tmp_path / "out"
    command = ["data", "convert", str(copy), "--rule", rule, "--set", SET, "--to", str(out)]
    assert main([*command, "workers=1"]) == 0
    tars = ShardsSource(str(out / SET)).open(SCENE, OXE)
    rows = open_rows(copy.parent, rule=rule)
    for found, expected in zip(rows.split(0.2, 0), tars.split(0.2, 0), strict=True):
        assert found.tolist() == expected.tolist()
    converted, straight = read_all(tars), read_all(rows)
    assert len(straight) == 44
    for one, other in zip(straight, converted, strict=True):
        assert (one.label, one.instruction) == (other.label, other.instruction)
        assert one.supervision == other.supervision
        difference = one.images["scene"].astype(int) - other.images["scene"]
        assert np.abs(difference).mean() < 4, "a JPEG of it"


def test_images_lie_where_they_are_remembered(copy):
    (shard, *_), image = open_rlds(copy).splits["train"], "steps/observation/image"
    (*_, whole), (*_, placed) = (
        read_records(shard, (image,)),
        read_records(shard, (image,), located=(image,)),
    )
    content = shard.path.read_bytes()
    spans = placed.columns[image].tolist()
    assert [content[start : start + size] for start, size in spans] == whole.columns[image]
    assert placed.steps == whole.steps


def test_only_bytes_are_located(copy):
    (shard, *_) = open_rlds(copy).splits["train"]
    with pytest.raises(StoreError, match="it is a list of floats, not of bytes"):
        next(read_records(shard, ("steps/reward",), located=("steps/reward",)))


def test_what_was_found_is_kept_beside_the_shard(copy, monkeypatch):
    first = read_all(open_rows(copy))
    kept = shard_of(copy).with_name(f"{shard_of(copy).name}.observed.index")
    assert kept.is_file()
    with monkeypatch.context() as patch:
        patch.setattr("cliprt.oxe.steps.read_records", None)  # nothing is parsed again
        again = read_all(open_rows(copy))
    assert [row.where for row in again] == [row.where for row in first]
    os.utime(shard_of(copy))
    kept.write_bytes(kept.read_bytes().replace(b"NUMPY", b"NUMPI"))
    assert [row.where for row in read_all(open_rows(copy))] == [row.where for row in first]


def test_an_identity_is_of_the_sentences_too(copy, monkeypatch):
    source = RldsSource(str(copy), set=SET)
    identity = source.identity
    ours = [paraphrases(label) for label in range(50)]
    more = (*ours[:7], (*ours[7], "go there, please"), *ours[8:])
    monkeypatch.setattr("cliprt.oxe.paraphrases._sentences", lambda: more)
    assert source.identity != identity


def test_an_identity_is_of_what_the_rows_hold(copy, tmp_path):
    identity = RldsSource(str(copy), set=SET).identity
    other = shutil.copytree(copy, tmp_path / "elsewhere")
    assert RldsSource(str(other), set=SET).identity == identity
    assert RldsSource(str(other), set=SET, rule="reference").identity != identity
    assert RldsSource(str(other), set=SET, split="val").identity != identity
    assert RldsSource(str(other), set=SET, seed=1).identity != identity
    shard_of(other, 2).unlink()
    assert RldsSource(str(other), set=SET).identity != identity


def test_missing_shards_are_told_and_the_others_read(copy):
    shard_of(copy, 1).unlink()
    rows = open_rows(copy)
    assert rows.remarks == (
        f"1 shards of {copy} are not on this machine",
        f"'observed' has no label for 4 of 37 steps in {copy}",
    )
    assert len(read_all(rows)) == 33
    for number in (0, 2):
        shard_of(copy, number).unlink()
    with pytest.raises(StoreError, match=r"none of the 3 shards of .*, split 'train', is on this"):
        open_rows(copy)


def test_a_damaged_shard_is_named(copy):
    content = bytearray(shard_of(copy).read_bytes())
    content[5000] ^= 1
    shard_of(copy).write_bytes(content)
    with pytest.raises(
        StoreError, match=f"{shard_of(copy)} cannot be read: record 0: its checksum"
    ):
        open_rows(copy)


def test_a_shard_that_changed_under_a_training_is_named(copy):
    rows = open_rows(copy)
    os.utime(shard_of(copy), ns=(0, 0))
    with pytest.raises(StoreError, match="record 0, step 0 cannot be read: it changed since"):
        rows.read(0)


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"set": "viola"}, StoreError, "has no column 'steps/observation/agentview_rgb'"),
        ({"set": ""}, UnknownNameError, "no set is called 'toy_arm'"),
        ({"set": SET, "rule": "observd"}, UsageError, "Did you mean 'observed'"),
        ({"set": SET, "split": "vall"}, UnknownNameError, "Did you mean 'val'"),
        ({"set": SET, "camera": "wrist"}, UnknownNameError, "has no camera 'scene'"),
        ({"set": SET, "sets": "nowhere.yaml"}, VocabularyError, "nowhere.yaml"),
    ],
)
def test_what_does_not_fit_is_named(copy, options, kind, text):
    with pytest.raises(CliprtError) as error:
        RldsSource(str(copy), **options).open(SCENE, OXE)
    assert isinstance(error.value, kind)
    assert text in str(error.value)


def test_a_vocabulary_gets_its_own_labels(copy):
    known = load("vocabulary", "clip_rt_58")()
    ours = read_all(open_rows(copy))
    theirs = read_all(RldsSource(str(copy), set=SET).open(SCENE, known))
    said = {OXE.primitives[row.label].motion for row in ours}
    assert {known.primitives[row.label].motion for row in theirs} == said
    rows = RldsSource(str(copy), set=SET).open(Needs(()), known)
    assert rows.read(0).images == {}


def test_a_recipe_trains_on_it(copy, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(RECIPE.format(path=copy, set=SET))
    recipe = replace(load_recipe(path), trainer=toy_recipe(max_steps=3).trainer)
    result = train_policy(TrainingJob(recipe, tmp_path / "none", tmp_path / "run"), OXE)
    assert result.metrics["steps"] == 3


RECIPE = """
tasks: [pick]
vocabulary: oxe_50
encoder: {{name: small_cnn, image_size: 32, width: 8}}
policy: {{name: clip_rt, cameras: [scene]}}
data: {{sources: [{{name: rlds, path: {path}, set: {set}}}]}}
"""


@fuzz
def test_fuzz_what_was_kept(go_on, tmp_path):
    path = shutil.copytree(TOY, tmp_path / "toy")
    open_rows(path)
    kept = shard_of(path).with_name(f"{shard_of(path).name}.observed.index")
    content = kept.read_bytes()

    @given(damaged(content))
    def check(data):
        kept.write_bytes(data)
        with nothing_outside(tmp_path, path), only_refusals():
            assert open_rows(path).read(0).instruction

    go_on(check)
