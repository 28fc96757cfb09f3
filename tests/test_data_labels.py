"""A label is a view of what was done: labels of another vocabulary never train as they stand."""

import os
from dataclasses import replace

import pytest
from data_samples import make_episode
from hypothesis import given
from hypothesis import strategies as st
from test_data_shards import (
    CLIP_RT,
    LEFT,
    OXE,
    SCENE,
    episodes_of,
    first_shard,
    labels_of,
    old_shard,
)
from test_registry_plugins import install  # noqa: F401
from training_toy import toy_recipe

from cliprt.data.columns import Needs
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, VocabularyError
from cliprt.recipe.schema import Component
from cliprt.sources.shards import ShardsSource
from cliprt.types import Primitive
from cliprt.vocabularies.nearest import FIRST, by_phrase, label_view, mark, nearest

CLOSE = "close the gripper"
RIGHT = "move the arm to the right by one centimeter"
TURN = "rotate the gripper ninety degrees counterclockwise"


def store_of(path, episodes, marked=True):
    store = EpisodeStore(path, durable=False)
    for episode in episodes:
        store.write_episode(episode if marked else replace(episode, meta={}))
    return store


def trained_labels(store, vocabulary):
    """What a training is given, as `fit` builds it."""
    from cliprt.training.datamodule import build_data

    recipe = replace(toy_recipe(), trainer=replace(toy_recipe().trainer, holdout=0.0))
    data = build_data(recipe, store, Needs(("scene",)), vocabulary, None)
    return [row.label for row in data.training_rows()]


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "as 0.1.0 recorded"])
def test_what_was_said_in_another_vocabulary_is_learned_as_it_was_meant(tmp_path, marked):
    """Label 48 closes the gripper in one vocabulary, and turns it in the other."""
    store = store_of(tmp_path, episodes_of(OXE, 2), marked)
    assert trained_labels(store, OXE) == [by_phrase(OXE, LEFT).label, 48] * 2
    meant = [by_phrase(CLIP_RT, LEFT).label, by_phrase(CLIP_RT, CLOSE).label]
    assert 48 not in meant
    assert trained_labels(store, CLIP_RT) == meant * 2


def test_steps_that_the_vocabulary_cannot_say_are_counted(tmp_path, capsys):
    store = store_of(tmp_path, episodes_of(CLIP_RT, 3, (LEFT, TURN)))
    assert trained_labels(store, CLIP_RT) == [13, 48] * 3
    assert capsys.readouterr().err == ""
    assert trained_labels(store, OXE) == [13] * 3
    assert "3 of 6 steps" in capsys.readouterr().err
    only = store_of(tmp_path / "turns", episodes_of(CLIP_RT, 1, (TURN,)))
    with pytest.raises(VocabularyError, match=r"no entry near any motion of the 1 steps.*=NAME"):
        trained_labels(only, OXE)


@pytest.mark.parametrize("vocabulary", [CLIP_RT, OXE], ids=lambda v: v.name)
def test_a_label_of_the_same_vocabulary_is_kept(vocabulary):
    """Also where the exact motion lies beyond what the table calls near."""
    label_of = label_view(vocabulary)
    own = mark(vocabulary)["fingerprint"]
    for entry in vocabulary.primitives:
        far = replace(entry, motion=tuple(9 * x for x in entry.motion))
        assert label_of(far, own) == entry.label
        assert label_of(entry, None) == label_of(entry, "another") == entry.label
        if nearest(vocabulary, far.motion, far.gripper) is None:
            assert label_of(far, "another") is None
            assert label_of(far, None) == entry.label
    unsaid = Primitive(None, "", (0.05, 0.05, 0, 0, 0, 0, 0))
    assert [label_of(unsaid, known) for known in (own, None, "another")] == [None] * 3


def test_a_mark_of_another_kind_is_none(tmp_path):
    from cliprt.data.samples import mark_of

    for meta in ({}, {"vocabulary": "clip_rt_58"}, {"vocabulary": None}, {"vocabulary": {}}):
        assert mark_of(replace(make_episode(), meta=meta)) is None


def relabelled(episodes, label, vocabulary=CLIP_RT):
    """Marked as said in `vocabulary`, under a label that it was not said under."""
    meta = {"vocabulary": mark(vocabulary)}
    for episode in episodes:
        said = [replace(s.primitive, label=label) for s in episode.steps]
        steps = (replace(s, primitive=p) for s, p in zip(episode.steps, said, strict=True))
        yield replace(episode, steps=tuple(steps), meta=meta)


@pytest.mark.parametrize("label", [48, 58])
def test_a_label_is_that_of_what_was_said_and_done(tmp_path, label):
    """From a store and from shards; 48 is another primitive, 58 is none."""
    episodes = list(relabelled(episodes_of(CLIP_RT, 2), label))
    where = rf"episode 'e-0', step 0: it has the label {label}, .*\(0 to 57\) .*{LEFT!r} was said"
    with pytest.raises(VocabularyError, match=where):
        trained_labels(store_of(tmp_path / "store", episodes), CLIP_RT)
    path = first_shard(tmp_path / "shards", episodes)
    with pytest.raises(VocabularyError, match=rf"{path}, sample 0: it has the label {label}"):
        labels_of(path, CLIP_RT)


def test_a_label_is_that_of_what_was_done_where_the_phrase_fits(tmp_path):
    (episode,) = episodes_of(CLIP_RT, 1)
    right = replace(episode.steps[0].primitive, motion=(0.0, -0.05, 0, 0, 0, 0, 0))
    steps = (replace(episode.steps[0], primitive=right),)
    with pytest.raises(VocabularyError, match=r"step 0: .* and \[0.0, -0.05, .*record it again"):
        trained_labels(store_of(tmp_path, [replace(episode, steps=steps)]), CLIP_RT)


@given(st.lists(st.floats(-0.4, 0.4), min_size=7, max_size=7), st.sampled_from([CLIP_RT, OXE]))
def test_whatever_an_interpreter_calls_a_motion_is_kept(motion, vocabulary):
    for only in range(7):
        alone = [x if i == only else 0.0 for i, x in enumerate(motion)]
        for asked in (motion, alone):
            found = nearest(vocabulary, asked)
            if found is not None:
                label_of = label_view(vocabulary)
                assert label_of(found, mark(vocabulary)["fingerprint"]) == found.label


def test_labels_that_nothing_is_known_of_are_those_of_clip_rt_58(tmp_path):
    path = old_shard(tmp_path / "old.tar", 48, 48)
    assert mark(CLIP_RT)["fingerprint"] == FIRST
    assert labels_of(path, CLIP_RT) == [48, 48]
    wanted = r"old.tar, sample 0: nothing says whose the label 48 is, and 'oxe_50' is not 'clip_rt"
    with pytest.raises(VocabularyError, match=wanted):
        labels_of(path, OXE)


def test_a_sample_without_an_instruction_is_refused(tmp_path):
    (episode,) = episodes_of(CLIP_RT, 1)
    path = first_shard(tmp_path, [episode])
    data = path.read_bytes().replace(b'"pick it"', b"null     ")
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"sample 00000000: .*instruction"):
        labels_of(path, CLIP_RT)


def test_an_index_of_another_shard_is_not_believed(tmp_path):
    """Neither by the size and the time of the file, nor when it takes its place in between."""
    left, right = (
        first_shard(tmp_path / name, episodes_of(CLIP_RT, 2, (phrase,)), horizon=0)
        for name, phrase in {"left": LEFT, "right": RIGHT}.items()
    )
    rows = ShardsSource(str(left)).open(SCENE, CLIP_RT)
    before = left.stat()
    content = right.read_bytes()
    assert len(content) == before.st_size
    left.write_bytes(content)
    os.utime(left, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(StoreError, match="another primitive than its index"):
        rows.read(0)
    assert labels_of(left, CLIP_RT) == [by_phrase(CLIP_RT, RIGHT).label] * 2


SOURCE = """
import numpy as np
from cliprt.data.batches import Row
from cliprt.data.rows import Rows
from cliprt.sources.interface import Source

class Beyond(Source, Rows):
    identity = "beyond"

    def open(self, needs, vocabulary):
        return self

    def __len__(self):
        return 3

    def read(self, index):
        image = np.zeros((8, 8, 3), np.uint8)
        return Row({"scene": image}, "do it", np.zeros(0, np.float32), 56 + index)
"""


def test_a_label_of_somebody_elses_source_is_one_of_the_vocabulary(tmp_path, install):  # noqa: F811
    from cliprt.training.datamodule import build_data

    install("cliprt-beyond", {"beyond": "Beyond"}, SOURCE, "cliprt.sources")
    recipe = toy_recipe()
    recipe = replace(recipe, data=replace(recipe.data, sources=(Component("beyond"),)))
    with pytest.raises(VocabularyError, match=r"row 2 has the label 58\. Allowed: 0 to 57, "):
        build_data(recipe, EpisodeStore(tmp_path), Needs(("scene",)), CLIP_RT, None)
