"""Samples: which steps become rows, their images, and the split by demonstrations."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from data_samples import make_episode, make_step
from hypothesis import given
from hypothesis import strategies as st

from cliprt.data.columns import Needs
from cliprt.data.rows import ChosenRows, JoinedRows, RememberedRows, remember
from cliprt.data.samples import SampleTable, holdout, load_samples
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UnknownNameError


def make_table(origins: list[str], instructions: list[str]) -> SampleTable:
    n = len(origins)
    return SampleTable(
        images={"scene": np.arange(n, dtype=np.uint8).reshape(n, 1, 1, 1).repeat(3, axis=3)},
        instructions=tuple(instructions),
        labels=np.arange(n, dtype=np.int64),
        episodes=tuple(f"{o}-{i}" for i, o in enumerate(origins)),
        origins=tuple(origins),
        sources=("test",) * n,
        steps=np.zeros(n, dtype=np.int64),
    )


def test_only_executed_labelled_train_steps_become_rows(tmp_path):
    store = EpisodeStore(tmp_path)
    steps = (
        make_step(0, level=1),
        make_step(1, train=False),
        make_step(2, label=None),
        make_step(3, refused="workspace: too low"),
        make_step(4, level=5, label=9),
        make_step(5, stopped_after_s=0.4),
    )
    store.write_episode(dataclasses.replace(make_episode("a"), steps=steps))
    needs = Needs(("wrist", "scene"))
    table = load_samples(store, needs)
    assert tuple(table.images) == needs.cameras
    assert table.steps.tolist() == [0, 4]
    assert table.labels.tolist() == [3, 9]
    assert table.instructions == ("pick it",) * 2
    for rows in (table, remember(table, 1e6)[0]):
        assert [rows.read(i).images["wrist"][0, 0].tolist() for i in (0, 1)] == [
            [1, 0, 7],
            [5, 4, 7],
        ]


def test_rows_keep_the_columns_together(tmp_path):
    store = EpisodeStore(tmp_path)
    for i in range(3):
        store.write_episode(make_episode(f"e-{i}", 4, level=i, instruction=f"do {i}"))
    table = load_samples(store, Needs(("scene",)), ids=["e-2", "e-0"])
    assert table.episodes == ("e-2",) * 4 + ("e-0",) * 4
    rows = JoinedRows([ChosenRows(table, [5, 0]), ChosenRows(table, []), ChosenRows(table, [5])])
    read = [rows.read(i) for i in range(len(rows))]
    assert [row.instruction for row in read] == ["do 0", "do 2", "do 0"]
    assert [row.images["scene"][0, 0].tolist() for row in read[:2]] == [[0, 1, 7], [2, 0, 7]]


def test_rows_beyond_the_budget_stay_on_the_disk(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode())
    table = load_samples(store, Needs(("scene",)))
    kept, left = remember(table, 1000)
    assert (type(kept), left) == (RememberedRows, 1000 - 3 * 8 * 8 * 3)
    assert remember(table, left) == (table, left)
    assert np.array_equal(kept.order(1, 2), table.order(1, 2))


@given(
    rows=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), min_size=1, max_size=40),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_a_demonstration_and_its_variants_stay_on_one_side(rows, share, seed):
    table = make_table([f"o{o}" for o, _ in rows], [f"i{i}" for _, i in rows])
    split = holdout(table, share, seed)
    assert sorted([*split.train, *split.validation]) == list(range(len(rows)))
    sides = [{table.origins[i] for i in side} for side in split]
    assert not sides[0] & sides[1]
    again = holdout(table, share, seed)
    assert all(np.array_equal(a, b) for a, b in zip(split, again, strict=True))
    if share == 0:
        assert not len(split.validation)


def test_every_instruction_gives_its_share():
    table = make_table([f"o{i}" for i in range(40)], ["a"] * 20 + ["b"] * 20)
    split = holdout(table, 0.1, seed=1)
    held = [table.instructions[i] for i in split.validation]
    assert held == ["a", "a", "b", "b"]
    assert not np.array_equal(split.validation, holdout(table, 0.1, seed=2).validation)


def test_a_small_share_of_few_demonstrations_is_one():
    table = make_table(["a", "b", "c"], ["x"] * 3)
    assert len(holdout(table, 0.1, 0).validation) == 1
    assert len(holdout(make_table(["a"], ["x"]), 0.1, 0).validation) == 0


def test_no_instruction_loses_its_only_demonstration():
    table = make_table(["a", "b", "c"], ["x", "y", "z"])
    assert len(holdout(table, 0.9, 0).validation) == 0
    lopsided = make_table(["a", "b", "c"], ["x", "y", "y"])
    for seed in range(9):
        assert [lopsided.instructions[i] for i in holdout(lopsided, 0.1, seed).validation] == ["y"]
    assert [lopsided.instructions[i] for i in holdout(lopsided, 0.9, 0).validation] == ["y"]


def test_variants_follow_their_origin(tmp_path):
    store = EpisodeStore(tmp_path)
    for i in range(4):
        store.write_episode(make_episode(f"e-{i}", 1))
        store.write_episode(make_episode(f"e-{i}-std", 2, origin=f"e-{i}"))
    split = holdout(load_samples(store, Needs(("scene",))), 0.25, 0)
    assert (len(split.train), len(split.validation)) == (9, 3)


def test_an_unknown_camera_is_explained(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode())
    with pytest.raises(UnknownNameError, match=r"Did you mean 'wrist'.* Allowed: scene, wrist"):
        load_samples(store, Needs(("wrst",)))


def test_images_of_two_sizes_are_refused(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode("a"))
    store.write_episode(make_episode("b", size=16))
    with pytest.raises(StoreError, match=r"'b', step 0 is 16 x 16 px, others are 8 x 8 px"):
        remember(load_samples(store, Needs(("scene",))), 1e9)


def test_nothing_to_learn_from_is_an_error(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode("a", train=False))
    with pytest.raises(StoreError, match=r"no step to learn from \(1 episodes.*episodes ls"):
        load_samples(store, Needs(("scene",)))


def test_a_damaged_image_is_named(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode("a"))
    (tmp_path / "episodes" / "a" / "images" / "0001-wrist.png").write_bytes(b"no image")
    with pytest.raises(StoreError, match=r"0001-wrist.png.*cliprt episodes repair"):
        load_samples(
            store,
            Needs(
                (
                    "scene",
                    "wrist",
                )
            ),
        )


def test_motions_ahead_end_where_nothing_is_learned_from(tmp_path):
    """Steps without a label are rows then; refused ones are passed over, deviations never made."""
    steps = (
        make_step(0),
        make_step(1, refused="workspace: too low"),
        make_step(2, label=None),
        make_step(3, train=False),
        make_step(4),
    )
    store = EpisodeStore(tmp_path)
    store.write_episode(dataclasses.replace(make_episode("a"), steps=steps))
    table = load_samples(store, Needs((), ("tcp_pose", "gripper"), horizon=3))
    assert table.steps.tolist() == [0, 2, 4]
    assert table.labels.tolist() == [3, -1, 3]
    assert table.chunks is not None
    assert table.chunks[:, :, 8].tolist() == [[0, 0, 1], [0, 1, 1], [0, 1, 1]]
    assert table.chunks[0, :, 1] == pytest.approx([0, 0.02, 0])
    row = table.read(1)
    assert row.state == pytest.approx([*steps[2].observation.tcp_pose, 1.0])
    assert row.chunk is not None
    assert row.chunk.dtype == np.float32
