"""A label is a view of what was done: labels of another vocabulary never train as they stand."""

from dataclasses import replace

import pytest
from data_samples import make_episode
from test_data_shards import CLIP_RT, LEFT, OXE, episodes_of
from training_toy import toy_recipe

from cliprt.data.columns import Needs
from cliprt.data.store import EpisodeStore
from cliprt.errors import VocabularyError
from cliprt.types import Primitive
from cliprt.vocabularies.nearest import by_phrase, label_view, mark, nearest

CLOSE = "close the gripper"
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
