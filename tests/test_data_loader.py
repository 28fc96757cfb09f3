"""Batches: order by (seed, epoch), and exact resume in the middle of an epoch under Lightning."""

from __future__ import annotations

import json
import tarfile

import lightning
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightning.pytorch.callbacks import ModelCheckpoint

from cliprt.data.loader import EpochLoader, ResumableLoader
from cliprt.data.samples import SampleTable
from cliprt.data.shards import ShardLoader, count_samples, write_shards
from cliprt.errors import CheckpointError, StoreError, UsageError


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


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    assert len(write_shards(make_table(), folder, samples_per_shard=6)) == 4
    return str(folder / "train-{000000..000003}.tar")


@pytest.fixture(params=["memory", "shards"])
def make_loader(request, pattern):
    def make(batch_size: int = 4, seed: int = 7, **options: object) -> ResumableLoader:
        if request.param == "memory":
            return EpochLoader(make_table(), batch_size, seed, **options)
        return ShardLoader(pattern, ["scene", "wrist"], batch_size, seed, **options)

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


@pytest.mark.parametrize("replicas", [2, 4])
def test_processes_deal_out_the_same_batches(replicas):
    whole = labels(EpochLoader(make_table(), 8, 7))
    loaders = [EpochLoader(make_table(), 8, 7, rank=r, replicas=replicas) for r in range(replicas)]
    parts = [labels(loader) for loader in loaders]
    assert [[part[i] for part in parts] for i in range(len(whole))] == [
        [batch[r::replicas] for r in range(replicas)] for batch in whole
    ]
    with pytest.raises(UsageError, match=r"is 9. Allowed: multiples of the . processes"):
        EpochLoader(make_table(), 9, replicas=replicas)
    with pytest.raises(UsageError, match=r"1 rows are too few for . processes"):
        EpochLoader(make_table(1), replicas, replicas=replicas)


def test_a_batch_larger_than_the_data_is_all_of_it(make_loader):
    loader = make_loader(batch_size=100)
    assert [sorted(batch) for batch in labels(loader)] == [list(range(23))]


@settings(max_examples=12, deadline=None)
@given(stop=st.integers(1, 14), seed=st.integers(0, 3))
def test_a_loader_resumes_anywhere(pattern, stop, seed):
    for make in (
        lambda: EpochLoader(make_table(), 4, seed),
        lambda: ShardLoader(pattern, ["scene"], 4, seed),
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
        while len(seen) < 15:
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
        EpochLoader(make_table().rows([]), 4)


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


def test_shards_are_byte_identical(tmp_path):
    for name in ("a", "b"):
        write_shards(make_table(), tmp_path / name, 10)
    files = [sorted((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert [f.name for f in files[0]] == [f"train-00000{i}.tar" for i in range(3)]
    assert [f.read_bytes() for f in files[0]] == [f.read_bytes() for f in files[1]]
    with tarfile.open(files[0][0]) as tar:
        assert tar.getnames()[:3] == ["00000000.json", "00000000.scene.png", "00000000.wrist.png"]
        facts = json.loads(tar.extractfile("00000003.json").read())
    assert facts == {
        "instruction": "do 3",
        "label": 3,
        "episode": "e-0",
        "origin": "e-0",
        "source": "test",
        "step": 3,
    }


def test_jpg_shards_are_nearly_the_same_pictures(tmp_path):
    flat = make_table(2)
    flat.images["scene"][:] = 90
    write_shards(flat, tmp_path, image_format="jpg")
    batch = next(iter(ShardLoader(str(tmp_path / "train-000000.tar"), ["scene"], 2)))
    assert (batch["images"]["scene"].int() - 90).abs().max() <= 2


def test_missing_shards_are_counted_and_named(tmp_path):
    write_shards(make_table(), tmp_path, 10)
    with pytest.raises(StoreError, match=r"2 of 5 are missing, the first is .*000003\.tar"):
        ShardLoader(str(tmp_path / "train-{000000..000004}.tar"), ["scene"], 4)
    with pytest.raises(StoreError, match=r"0 of 0 are missing.*correct data.shards"):
        ShardLoader("", ["scene"], 4)


def test_a_pattern_runs_no_command(tmp_path):
    with pytest.raises(StoreError, match=r"missing.*pipe:touch"):
        ShardLoader(f"pipe:touch {tmp_path}/ran", ["scene"], 4)
    assert not (tmp_path / "ran").exists()


def test_a_truncated_shard_is_named(tmp_path):
    (path,) = write_shards(make_table(), tmp_path)
    content = path.read_bytes()
    with tarfile.open(path) as tar:
        boundaries = [member.offset for member in tar.getmembers()]
    for size in (0, 100, len(content) // 3, len(content) // 2, boundaries[3], boundaries[-3]):
        path.write_bytes(content[:size])
        with pytest.raises(StoreError, match=r"the shard .*000000\.tar cannot be read"):
            ShardLoader(str(path), ["scene"], 4)


def test_a_shard_that_vanishes_is_an_error(tmp_path):
    (path,) = write_shards(make_table(), tmp_path)
    loader = ShardLoader(str(path), ["scene"], 4)
    path.unlink()
    with pytest.raises(StoreError, match=r"changed while it was read.*000000\.tar"):
        next(iter(loader))


def test_a_sample_that_cannot_be_read_is_named(tmp_path):
    (path,) = write_shards(make_table(1), tmp_path)
    content = path.read_bytes().replace(b'"label"', b'"lobel"')
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"sample 00000000 cannot be read: 'label'"):
        next(iter(ShardLoader(str(path), ["scene"], 1)))


def test_a_shard_without_a_camera_says_what_it_has(tmp_path):
    (path,) = write_shards(make_table(), tmp_path)
    assert count_samples(path, ["scene"]) == 23
    with pytest.raises(StoreError, match=r"'top' is in 0 of 23 samples; it has json, scene, wrist"):
        ShardLoader(str(path), ["top"], 4)


def test_a_camera_that_tars_cannot_name_is_refused(tmp_path):
    table = make_table(2)
    table.images["Top.Left"] = table.images["scene"]
    with pytest.raises(UsageError, match=r"'Top.Left' cannot be stored in shards"):
        write_shards(table, tmp_path)
