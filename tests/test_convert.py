"""Data sets become training shards: what samples say, and that they are the same by anyone."""

from __future__ import annotations

import io
import json
import shutil
import tarfile

import numpy as np
import pytest
from convert_samples import SET, encoded, plain_picture, shard_name, write_moving
from PIL import Image
from rlds_samples import FIXTURE

from cliprt.cli.main import main
from cliprt.data.columns import Needs
from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.oxe.labels import image_of, label_episode
from cliprt.oxe.paraphrases import paraphrases
from cliprt.oxe.sets import RULES, find_set, wanted_columns
from cliprt.sources.shards import ShardsSource
from cliprt.stages.convert_shard import to_jpeg
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary
from cliprt.vocabularies.nearest import mark

OXE = Oxe50Vocabulary()


@pytest.fixture
def convert(capsys):
    """Run ``cliprt data convert``; its exit code and what it printed."""

    def convert(*words, rule="observed", code=0):
        words = ["--set", SET, "--rule", rule, "workers=1", *map(str, words)]
        assert main(["data", "convert", *words, "--format", "json"]) == code
        return json.loads(capsys.readouterr().out)["sets"][0]

    return convert


@pytest.fixture
def verify(capsys):
    def verify(folder, code=0):
        assert main(["data", "verify", str(folder), "--format", "json", "workers=1"]) == code
        return json.loads(capsys.readouterr().out)

    return verify


def samples_in(tar):
    """Key -> (json, image bytes)."""
    with tarfile.open(tar) as file:
        parts = {m.name: file.extractfile(m).read() for m in file.getmembers()}
    keys = [name.removesuffix(".json") for name in parts if name.endswith(".json")]
    assert len(parts) == 2 * len(keys)
    return {key: (json.loads(parts[f"{key}.json"]), parts[f"{key}.scene.jpg"]) for key in keys}


def contents(folder):
    """Path -> bytes of all that is converted, but what is made anew."""
    return {
        p.relative_to(folder): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".lock" and not p.name.endswith(".index")
    }


@pytest.mark.parametrize("rule", RULES)
def test_samples_say_what_was_seen_and_what_was_done(tmp_path, convert, rule):
    facts = convert(FIXTURE / "toy_arm", "--to", tmp_path, rule=rule)
    one, dataset = find_set(SET), open_rlds(FIXTURE / "toy_arm")
    kept = 0
    for shard in dataset.splits["train"]:
        samples = samples_in(tmp_path / SET / f"{shard.path.name}.tar")
        for record in read_records(shard, wanted_columns(one, rule)):
            labels = label_episode(one, rule, record.columns)
            for step in np.flatnonzero(labels >= 0):
                episode = f"toy_arm-train-{shard.number:05d}-of-00003-{record.number:05d}"
                said, image = samples.pop(f"{episode}-{step:05d}")
                primitive = OXE.primitives[labels[step]]
                spoken = said.pop("supervision")
                assert spoken in paraphrases(primitive.label)
                assert said == {
                    "label": primitive.label,
                    "phrase": primitive.phrase,
                    "motion": list(primitive.motion),
                    "gripper": primitive.gripper,
                    "vocabulary": mark(OXE),
                    "horizon": 0,
                    "instruction": said["instruction"],
                    "episode": episode,
                    "origin": episode,
                    "source": f"oxe/{SET}/{rule}",
                    "step": step,
                }
                texts = record.columns["steps/observation/natural_language_instruction"]
                assert said["instruction"] == " ".join(texts[0].decode().split())
                assert image == to_jpeg(image_of(one, record.columns, step))
                kept += 1
        assert not samples
    assert kept == facts["kept"] == sum(facts["histogram"].values())
    assert (facts["records"], facts["steps"], facts["problems"]) == (5, 49, [])


def test_the_image_is_that_of_the_step_and_the_reference_takes_the_next(tmp_path, convert):
    write_moving(tmp_path / "in", shards=1, episodes=1)
    grey = {}
    for rule in RULES:
        convert(tmp_path / "in", "--to", tmp_path / rule, rule=rule)
        samples = samples_in(tmp_path / rule / SET / f"{shard_name(0, 1)}.tar")
        images = (Image.open(io.BytesIO(image)) for _, image in samples.values())
        grey[rule] = [round(np.asarray(image).mean() / 3) for image in images]
        assert [facts["step"] for facts, _ in samples.values()] == grey[rule]
    assert grey["observed"][0] == 0
    assert grey["reference"] == [1, 2, 3, 4, 5, 6, 7]


def test_train_on_them_with_either_vocabulary(tmp_path, convert):
    write_moving(tmp_path / "in")
    facts = convert(tmp_path / "in", "--to", tmp_path / "out")
    for vocabulary in (OXE, ClipRt58Vocabulary()):
        rows = ShardsSource(str(tmp_path / "out" / SET)).open(Needs(("scene",)), vocabulary)
        assert len(rows) == facts["kept"] > 20
        row = rows.read(0)
        assert row.images["scene"].shape == (224, 224, 3)
        assert row.instruction == "shard 0, episode 0"
        assert vocabulary.primitives[row.label].phrase.startswith("move the arm forward")
        assert rows.remarks == ()
    (tmp_path / "out" / SET / f"{shard_name(1)}.tar").unlink()
    fewer = ShardsSource(str(tmp_path / "out" / SET)).open(Needs(("scene",)), OXE)
    assert len(fewer) < len(rows)
    assert fewer.remarks[0].startswith("1 of the 3 shards of ")
    assert shard_name(1) in fewer.remarks[0]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((256, 256, 3), "JPEG"),
        ((480, 640, 3), "PNG"),
        ((100, 30, 3), "JPEG"),
        ((224, 224, 3), "PNG"),
        ((64, 64), "PNG"),
        ((50, 60, 4), "PNG"),
    ],
)
def test_any_image_becomes_224_px_squared(shape, kind):
    down, right = np.meshgrid(*(np.linspace(0, 250, n) for n in shape[:2]), indexing="ij")
    channels = np.stack([down, right, (down + right) / 2, 255 + 0 * down], axis=-1)
    pixels = channels[..., 0] if len(shape) == 2 else channels[..., : shape[2]]
    data = encoded(pixels.astype(np.uint8), kind)
    image = Image.open(io.BytesIO(to_jpeg(data)))
    assert (image.format, image.size, image.mode) == ("JPEG", (224, 224), "RGB")
    down, right = np.meshgrid(np.linspace(0, 250, 224), np.linspace(0, 250, 224), indexing="ij")
    expected = [down] * 3 if len(shape) == 2 else [down, right, (down + right) / 2]
    differences = np.abs(np.asarray(image, float) - np.stack(expected, axis=-1))
    assert differences.mean() < 2
    assert differences.max() < 16


def test_a_damaged_image_costs_its_step_alone(tmp_path, convert, verify, capsys):
    def picture(shard, episode, step):
        return plain_picture(shard, episode, step)[: 40 if (shard, step) == (1, 3) else None]

    write_moving(tmp_path / "in", picture=picture)
    write_moving(tmp_path / "whole")
    damaged = convert(tmp_path / "in", "--to", tmp_path / "a")
    whole = convert(tmp_path / "whole", "--to", tmp_path / "b")
    assert damaged["kept"] == whole["kept"] - 2
    assert damaged["unreadable"] == 2
    assert [line.split(":")[:2] for line in damaged["problems"]] == [
        [shard_name(1), " record 0, step 3"],
        [shard_name(1), " record 1, step 3"],
    ]
    assert "not a whole image" in damaged["problems"][0]
    found = verify(tmp_path / "a")
    assert (found["kept"], found["problems"]) == (damaged["kept"], [])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-50])


def remove(path):
    path.unlink()


@pytest.mark.parametrize("damage", [flip, cut, remove])
def test_a_damaged_shard_is_named_and_the_others_go_on(tmp_path, convert, verify, damage, capsys):
    write_moving(tmp_path / "in")
    whole = convert(tmp_path / "in", "--to", tmp_path / "whole")
    shutil.copytree(tmp_path / "in", tmp_path / "kept")
    damage(tmp_path / "in" / shard_name(1))
    facts = convert(tmp_path / "in", "--to", tmp_path / "out", code=1)
    assert (facts["shards"], facts["done"], facts["records"]) == (3, 2, 4)
    (problem,) = facts["problems"]
    assert problem.startswith(f"{shard_name(1)}: ")
    found = verify(tmp_path / "out", code=1)
    assert found["problems"] == [
        f"{SET}/{shard_name(1)}.tar: not converted: {problem.partition(': ')[2]}"
    ]
    shutil.copy(tmp_path / "kept" / shard_name(1), tmp_path / "in")
    mended = convert(tmp_path / "in", "--to", tmp_path / "out")
    assert (mended["done_before"], mended["sha256"]) == (2, whole["sha256"])
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert verify(tmp_path / "out")["problems"] == []


def test_what_is_done_is_not_done_again_and_needs_no_input(tmp_path, convert):
    write_moving(tmp_path / "in")
    first = convert(tmp_path / "in", "--to", tmp_path / "out")
    for shard in (tmp_path / "in").glob("*.tfrecord*"):  # as who has no room for all at once
        shard.unlink()
    again = convert(tmp_path / "in", "--to", tmp_path / "out")
    assert again == {**first, "done_before": 3}


def test_recipes_of_ones_own_have_no_say_in_it(tmp_path, verify, convert, monkeypatch):
    convert(write_moving(tmp_path / "in"), "--to", tmp_path / "out")
    (tmp_path / "recipes").mkdir()
    for place in ("tiny.yaml", "recipes/tiny.yaml"):
        (tmp_path / place).write_text("no recipe")
    monkeypatch.chdir(tmp_path)
    assert verify("out")["problems"] == []


def test_what_was_changed_is_made_again(tmp_path, convert):
    write_moving(tmp_path / "in")
    whole = convert(tmp_path / "in", "--to", tmp_path / "out")
    before, folder = contents(tmp_path / "out"), tmp_path / "out" / SET
    flip(folder / f"{shard_name(0)}.tar")
    (folder / f"{shard_name(1)}.tar.json").write_text("{")
    (folder / f"{shard_name(2)}.tar").unlink()
    (folder / f"{shard_name(2)}.tar.0123abcd.new").write_bytes(b"of a killed worker")
    (folder / "manifest.json").unlink()
    again = convert(tmp_path / "in", "--to", tmp_path / "out")
    assert again == whole
    assert contents(tmp_path / "out") == before


def test_a_hundred_shards_are_the_same_whoever_makes_them(tmp_path, convert, verify):
    source = write_moving(tmp_path / "in", shards=100, episodes=1, steps=4)
    for workers in (1, 2, 3):
        convert(source, "--to", tmp_path / f"{workers}", f"workers={workers}")
    for portion in ("2/3", "1/3", "3/3"):
        convert(source, "--to", tmp_path / "portions", "--shard", portion)
    expected = contents(tmp_path / "1")
    assert len(expected) == 201
    for other in ("2", "3", "portions"):
        assert contents(tmp_path / other) == expected
    found = verify(tmp_path / "1")
    assert (found["shards"], found["records"], found["problems"]) == (100, 100, [])
    tars = sorted(p for p in expected if p.suffix == ".tar")
    keys = [key for tar in tars for key in samples_in(tmp_path / "1" / tar)]
    assert len(keys) == len(set(keys)) == found["kept"] > 100


def test_a_seed_draws_other_sentences_and_nothing_else(tmp_path, convert):
    source = write_moving(tmp_path / "in", shards=1)
    said = []
    for seed in (0, 1):
        convert(source, "--to", tmp_path / f"{seed}", "--seed", seed)
        samples = samples_in(tmp_path / f"{seed}" / SET / f"{shard_name(0, 1)}.tar")
        said.append([facts.pop("supervision") for facts, _ in samples.values()])
        said.append([(facts, image) for facts, image in samples.values()])
    assert said[0] != said[2]
    assert said[1] == said[3]


def test_the_bench_converts():
    from cliprt.stages.bench.conversion import measure_conversion

    assert measure_conversion().cpu_s > 0


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_a_policy_is_trained_on_what_tensorflow_datasets_wrote(tmp_path, convert, rule):
    convert(FIXTURE / "toy_arm", "--to", tmp_path, rule=rule)
    source = f"data.sources=[{{name: shards, path: {tmp_path / SET}}}]"
    words = ["vocabulary=oxe_50", "policy.cameras=[scene]", "trainer.max_steps=20"]
    out = tmp_path / "run"
    assert main(["train", "--recipe", "tiny", source, *words, "--out", str(out)]) == 0
    assert list(out.glob("policies/*/checkpoint"))
