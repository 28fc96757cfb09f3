"""Every registered source keeps the contract; a broken one is caught, a stranger's trained on."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from array_source import ArraySource
from data_samples import RAW_CLOSE, RAW_LEFT, make_episode, write_raw
from rlds_samples import TOY
from test_data_shards import CLIP_RT, episodes_of
from training_toy import ToyVocabulary, toy_recipe

from cliprt import registry
from cliprt.data.batches import Row
from cliprt.data.columns import Needs
from cliprt.data.rows import Rows
from cliprt.data.shards import write_shards
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.registry import load, names
from cliprt.testing import check_source

NEEDS = Needs(("scene",), ("tcp_pose", "gripper"), 2)


def make_source(name, folder):
    """A registered source of a few rows."""
    if name == "store":
        store = EpisodeStore(folder / "episodes")
        for episode in episodes_of():
            store.write_episode(episode)
        return load("source", name)(path=str(folder))
    if name == "shards":
        (path,) = write_shards(episodes_of(), ("scene", "wrist"), folder)
        return load("source", name)(str(path))
    if name == "raw":
        write_raw(folder)
        return load("source", name)(str(folder))
    if name == "rlds":
        copy = shutil.copytree(TOY, folder / "toy")
        return load("source", name)(str(copy), set="fractal20220817_data")
    pytest.skip("a plugin's own tests check it")


@pytest.mark.parametrize("name", names("source"))
@pytest.mark.parametrize("needs", [NEEDS, Needs(())], ids=["motions", "labels"])
def test_registered_sources_conform(name, needs, tmp_path):
    source = make_source(name, tmp_path)
    if name == "rlds" and needs == NEEDS:  # as the tars that are converted from it
        with pytest.raises(StoreError, match="labels of single steps only"):
            source.open(needs, CLIP_RT)
        needs = Needs(("scene",))
    check_source(source, CLIP_RT, needs)


@pytest.mark.parametrize("name", ["store", "raw"])
def test_an_identity_is_of_the_content(name, tmp_path):
    sources = [make_source(name, tmp_path / place) for place in ("a", "b")]
    assert sources[0].identity == sources[1].identity
    if name == "store":
        EpisodeStore(tmp_path / "b" / "episodes").write_episode(make_episode("more"))
    else:
        (path,) = list((tmp_path / "b").glob("task_0/episode_0/9.json"))
        facts = json.loads(path.read_text())
        path.write_text(json.dumps({**facts, "supervision": "another"}))
    assert sources[0].identity != sources[1].identity


class FaultySource(ArraySource):
    """It, with a fault."""

    def __init__(self, path: str, fault: str) -> None:
        super().__init__(path)
        self.fault = fault
        self.looks = 0

    @property
    def identity(self):
        self.looks += 1
        return str(self.looks) if self.fault == "identity" else super().identity

    def open(self, needs, vocabulary):
        rows = super().open(needs, vocabulary)
        return FaultyRows(rows, self.fault)


class FaultyRows(Rows):
    def __init__(self, rows, fault):
        self.rows, self.fault = rows, fault

    def __len__(self):
        return len(self.rows)

    def read(self, index):
        row = self.rows.read(index)
        image = row.images["wrist"]
        if self.fault == "chance":
            image = image + np.uint8(id(self) // 16 % 251)
        image = image / 255 if self.fault == "image" else image
        label = 99 if self.fault == "label" else row.label
        state = np.zeros(0, np.float64 if self.fault == "state" else np.float32)
        return Row({"wrist": image}, "go", state, label)

    def order(self, seed, epoch):
        return np.zeros(len(self), int) if self.fault == "order" else super().order(seed, epoch)


@pytest.fixture
def arrays(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "rows.npz"
    images = rng.integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
    said = [primitive.phrase for primitive in ToyVocabulary.primitives]
    np.savez(path, images=images, phrases=[*said, "dance"] * 10)
    return str(path)


def test_a_strangers_source_passes_over_what_the_vocabulary_cannot_say(arrays):
    rows = ArraySource(arrays).open(Needs(("wrist",)), ToyVocabulary())
    assert [rows.read(index).label for index in range(len(rows))] == [0, 1, 2, 3] * 10
    assert (rows.read(4).images["wrist"] == np.load(arrays)["images"][5]).all()
    with pytest.raises(StoreError, match="has pictures and phrases only"):
        ArraySource(arrays).open(NEEDS, ToyVocabulary())


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("identity", "another at each look"),
        ("chance", "is another when it is read again"),
        ("image", "not uint8"),
        ("label", "no label 99"),
        ("state", "state is float64"),
        ("order", "not every row once"),
    ],
)
def test_broken_sources_are_caught(fault, text, arrays):
    check_source(ArraySource(arrays), ToyVocabulary(), Needs(("wrist",)))
    with pytest.raises(AssertionError, match=text):
        check_source(FaultySource(arrays, fault), ToyVocabulary(), Needs(("wrist",)))


def test_a_strangers_source_is_trained_on(arrays, tmp_path, monkeypatch):
    """Through a recipe, beside another source; the policy is named by what the source holds."""
    from cliprt.recipe.build import source_marks
    from cliprt.recipe.load import load_recipe
    from cliprt.training.fit import train_policy
    from cliprt.training.job import TrainingJob

    info = tmp_path / "site" / "strange-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: strange\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cliprt.sources]\narrays = array_source:ArraySource\n")
    monkeypatch.syspath_prepend(info.parent)
    registry.refresh()
    try:
        path = tmp_path / "mine.yaml"
        path.write_text(RECIPE.format(path=arrays))
        recipe = replace(load_recipe(path), trainer=toy_recipe(max_steps=6).trainer)
        job = TrainingJob(recipe, tmp_path / "none", tmp_path / "run")
        result = train_policy(job, ToyVocabulary())
        assert result.metrics["steps"] == 6
        marks = source_marks(recipe)
        assert [mark.split()[:2] for mark in marks] == [["arrays", "1"], ["arrays", "0.5"]]
        assert marks == source_marks(recipe)
    finally:
        registry.refresh()


RECIPE = """
tasks: [pick]
encoder: {{name: small_cnn, image_size: 32, width: 8}}
data:
  sources: [{{name: arrays, path: {path}}}, {{name: arrays, path: {path}, weight: 0.5}}]
"""


def test_a_raw_row_keeps_its_motion(tmp_path):
    row = make_source("raw", tmp_path).open(NEEDS, CLIP_RT).read(0)
    assert row.chunk is not None
    assert row.chunk[:, :8].tolist() == [
        pytest.approx([*RAW_LEFT[:7], 0]),
        pytest.approx([*RAW_CLOSE[:7], -1]),
    ]
