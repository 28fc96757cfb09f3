"""Batches: order by (seed, epoch), and exact resume in the middle of an epoch under Lightning."""

from __future__ import annotations

import json
from dataclasses import replace

import lightning
import numpy as np
import pytest
import torch
from data_samples import make_episode, make_step
from hypothesis import given, settings
from hypothesis import strategies as st
from lightning.pytorch.callbacks import ModelCheckpoint

from cliprt.data.columns import Needs
from cliprt.data.loader import EpochLoader, ResumableLoader, Share
from cliprt.data.mixture import MixtureLoader
from cliprt.data.rows import ChosenRows, Rows
from cliprt.data.samples import SampleTable
from cliprt.data.shards import ShardRows, write_shards
from cliprt.errors import CheckpointError, UsageError


def make_table(n: int = 23) -> SampleTable:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 4, 6, 3), dtype=np.uint8)
    return SampleTable(
        images={"scene": images, "wrist": 255 - images},
        instructions=tuple(f"do {i}" for i in range(n)),
        labels=np.arange(n, dtype=np.int64),
        episodes=tuple(f"e-{i // 5}" for i in range(n)),
        origins=tuple(f"e-{i // 5}" for i in range(n)),
        sources=("test",) * n,
        steps=np.arange(n, dtype=np.int64) % 5,
    )


def keep_label(primitive, mark):
    return primitive.label


NEEDS = Needs(("scene", "wrist"))


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """The table's rows as tars."""
    folder = tmp_path_factory.mktemp("shards")
    table = make_table()
    episodes = []
    for row in range(len(table)):
        step = make_step(0, label=row)
        seen = replace(step.observation, images={c: table.images[c][row] for c in table.images})
        episode = make_episode(f"e-{row}", 0, f"do {row}")
        episodes.append(replace(episode, steps=(replace(step, observation=seen),)))
    assert len(write_shards(episodes, NEEDS.cameras, folder, samples_per_shard=6)) == 4
    return ShardRows(str(folder / "train-{000000..000003}.tar"), NEEDS, keep_label, 23)


@pytest.fixture(params=["memory", "shards"])
def make_loader(request, shards):
    def make(batch_size: int = 4, seed: int = 7, **options: object) -> ResumableLoader:
        rows: Rows = make_table() if request.param == "memory" else shards
        return EpochLoader(rows, batch_size, seed, **options)

    return make


def labels(loader: ResumableLoader) -> list[list[int]]:
    return [batch["label"].tolist() for batch in loader]


def test_a_batch_is_what_a_policy_takes(make_loader):
    table = make_table()
    batch = next(iter(make_loader()))
    assert set(batch) == {"images", "instruction", "label", "state", "step"}
    assert batch["label"].dtype == torch.int64
    for camera, images in batch["images"].items():
        assert images.dtype == torch.uint8
        assert images.shape == (4, 3, 4, 6)
        assert images.is_contiguous()
        expected = table.images[camera][batch["label"].numpy()].transpose(0, 3, 1, 2)
        assert np.array_equal(images.numpy(), expected)
    assert batch["instruction"] == [f"do {i}" for i in batch["label"]]


def test_epochs_differ_and_follow_from_the_seed(make_loader):
    loader = make_loader()
    first, second = labels(loader), labels(loader)
    assert len(loader) == len(first) == 5
    assert first != second
    again = make_loader()
    assert [labels(again), labels(again)] == [first, second]
    assert labels(make_loader(seed=8)) != first
    assert len({i for batch in first for i in batch}) == 20


def test_steps_count_over_all_epochs(make_loader):
    loader = make_loader()
    assert [b["step"] for _ in range(2) for b in loader] == list(range(10))


def test_validation_sees_every_row_once_in_order(make_loader):
    loader = make_loader(shuffle=False, drop_last=False)
    assert len(loader) == 6
    assert [i for batch in labels(loader) for i in batch] == list(range(23))


@pytest.mark.parametrize(("processes", "pieces"), [(2, 1), (4, 1), (1, 2), (2, 4)])
def test_processes_and_pieces_deal_out_the_same_batches(processes, pieces):
    table = make_table()
    parts = [(table, 1.0), (ChosenRows(table, range(9)), 2.0)]
    for make in (
        lambda *share: EpochLoader(table, 8, 7, *share),
        lambda *share: MixtureLoader(parts, 8, 7, *share),
    ):
        whole = labels(make())
        dealt = [labels(make(Share(rank, processes, pieces))) for rank in range(processes)]
        size = 8 // pieces
        assert [list(at_once) for at_once in zip(*dealt, strict=True)] == [
            [batch[first : first + size][rank::processes] for rank in range(processes)]
            for batch in whole
            for first in range(0, 8, size)
        ]
    with pytest.raises(UsageError, match=rf"is 9. Allowed: multiples of {processes * pieces}"):
        EpochLoader(table, 9, 7, Share(0, processes, pieces))
    with pytest.raises(UsageError, match=r"1 rows are too few for . parts"):
        EpochLoader(make_table(1), 8, 7, Share(0, processes, pieces))


def test_a_batch_larger_than_the_data_is_all_of_it(make_loader):
    loader = make_loader(batch_size=100)
    assert [sorted(batch) for batch in labels(loader)] == [list(range(23))]


@pytest.mark.parametrize("weights", [(1.0, 0.3, 0.1), (5, 3, 2), (0.98, 0.01, 0.01)])
def test_parts_give_their_share(weights):
    """Over 10,000 draws within 1 %, and in every batch to less than one row."""
    table = make_table()
    loader = MixtureLoader(
        [(ChosenRows(table, range(9 * i, 9 * i + 4)), w) for i, w in enumerate(weights)], 16, 3
    )
    counts, steps = np.zeros(3), 10_000 // 16
    exact = np.array(weights) / sum(weights)
    for keys in loader.keys(0, steps):
        share = np.bincount([part for part, _ in keys], minlength=3)
        assert (abs(share - 16 * exact) < 1).all()
        counts += share
    assert counts / counts.sum() == pytest.approx(exact, rel=0.01)


def test_a_part_of_a_mixture_comes_whole_before_it_comes_again():
    table = make_table()
    parts = [(ChosenRows(table, range(5)), 1), (ChosenRows(table, range(5, 23)), 1)]
    loader = MixtureLoader(parts, 4, 1)
    seen = [i for _ in range(4) for batch in labels(loader) for i in batch]
    for own in (range(5), range(5, 23)):
        drawn = [i for i in seen if i in own]
        for start in range(0, len(drawn) - len(own), len(own)):
            assert sorted(drawn[start : start + len(own)]) == list(own)


@settings(max_examples=12, deadline=None)
@given(stop=st.integers(1, 14), seed=st.integers(0, 3))
def test_a_loader_resumes_anywhere(shards, stop, seed):
    """The mixture in the middle of three sources, too."""
    table = make_table()
    parts = [(ChosenRows(table, range(3)), 1), (table, 5), (shards, 0.5)]
    for make in (
        lambda: EpochLoader(table, 4, seed),
        lambda: EpochLoader(shards, 4, seed),
        lambda: MixtureLoader(parts, 9, seed),
        lambda: MixtureLoader(parts, 9, seed, Share(2, 3, 3)),
    ):
        whole, cut = make(), make()
        expected = [b["label"].tolist() for _ in range(3) for b in whole]
        seen = []
        while len(seen) < stop:
            for batch in cut:
                seen.append(batch["label"].tolist())
                if len(seen) == stop:
                    break
        resumed = make()
        resumed.load_state_dict(json.loads(json.dumps(cut.state_dict())))
        while len(seen) < len(expected):
            seen += labels(resumed)
        assert seen == expected


def test_a_state_of_other_data_is_refused(make_loader):
    state = make_loader().state_dict()
    with pytest.raises(CheckpointError, match=r"batches=5 an epoch, now it is 11.*Resume with"):
        make_loader(batch_size=2).load_state_dict(state)
    with pytest.raises(CheckpointError, match=r"seed=7"):
        make_loader(seed=8).load_state_dict(state)


@pytest.mark.parametrize(("size", "text"), [(0, "batch_size is 0"), (-1, "Allowed: 1 or more")])
def test_bad_batch_sizes_are_refused(make_loader, size, text):
    with pytest.raises(UsageError, match=text):
        make_loader(batch_size=size)


def test_an_empty_table_is_refused():
    with pytest.raises(UsageError, match=r"no row to make batches of"):
        EpochLoader(ChosenRows(make_table(), []), 4)


class Recorder(lightning.LightningModule):
    """Learns something from every batch and remembers which ones it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.seen: list[tuple[int, list[int]]] = []

    def training_step(self, batch, index):
        self.seen.append((batch["step"], batch["label"].tolist()))
        return self.layer(batch["label"].float()[:, None] / 23).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


@pytest.mark.parametrize("stop", [5, 7])
def test_lightning_resumes_exactly(make_loader, tmp_path, stop):
    """At an epoch's end (5) and in its middle (7): same batches, bit-identical weights."""

    def fit(steps: int, **options: object) -> Recorder:
        torch.manual_seed(0)
        module = Recorder()
        checkpoint = ModelCheckpoint(tmp_path, filename="{step}", every_n_train_steps=stop)
        trainer = lightning.Trainer(
            max_steps=steps,
            accelerator="cpu",
            callbacks=[checkpoint],
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, make_loader(), **options)
        return module

    whole = fit(13)
    for path in tmp_path.glob("*.ckpt"):
        path.unlink()
    fit(stop)
    resumed = fit(13, ckpt_path=tmp_path / f"step={stop}.ckpt")
    assert [step for step, _ in whole.seen] == list(range(13))
    assert resumed.seen == whole.seen[stop:]
    assert torch.equal(resumed.layer.weight, whole.layer.weight)
