"""Shards: what is written, what every vocabulary and policy reads from it, and damaged ones."""

from __future__ import annotations

import json
import math
import os
import shutil
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from data_samples import make_episode, make_step

from cliprt.data.columns import Needs, chunk_of
from cliprt.data.shard_index import load_index
from cliprt.data.shards import write_shards
from cliprt.errors import StoreError, UnknownNameError, UsageError, VocabularyError
from cliprt.registry import load
from cliprt.sources.shards import ShardsSource
from cliprt.types import Primitive
from cliprt.vocabularies.nearest import by_phrase, mark

CLIP_RT, OXE = (load("vocabulary", name)() for name in ("clip_rt_58", "oxe_50"))
CAMERAS = ("scene", "wrist")
LEFT = "move the arm to the left by five centimeters"


def episodes_of(vocabulary=CLIP_RT, count=4, phrases=(LEFT, "close the gripper"), **options):
    """Each step says the next phrase; marked as said in `vocabulary`."""
    made = []
    for number in range(count):
        said = [by_phrase(vocabulary, phrase) for phrase in phrases]
        steps = tuple(
            replace(make_step(i, level=number, **options), primitive=p) for i, p in enumerate(said)
        )
        meta = {"vocabulary": mark(vocabulary)}
        made.append(replace(make_episode(f"e-{number}", 0), steps=steps, meta=meta))
    return made


def first_shard(folder, episodes=None, **options):
    (path,) = write_shards(episodes or episodes_of(), CAMERAS, folder, **options)
    return path


def old_shard(path, *rows):
    """As 0.1.0 wrote them: a label, and nothing that says of which vocabulary."""
    from webdataset import TarWriter

    image = make_step(0).observation.images["scene"]
    with path.open("wb") as file, TarWriter(file, encoder=False) as tar:
        for number, label in enumerate(rows):
            facts = {"instruction": "do it", "label": label, "episode": "e", "origin": "e"}
            facts |= {"source": "test", "step": number}
            png = pngs(image)
            tar.write({"__key__": f"{number:08d}", "json": json.dumps(facts).encode(), **png})
    return path


def pngs(image):
    from cliprt.data.codec import to_png

    return {f"{camera}.png": to_png(image) for camera in CAMERAS}


SCENE = Needs(("scene",))


def labels_of(path, vocabulary, needs=SCENE):
    rows = ShardsSource(str(path)).open(needs, vocabulary)
    return [rows.read(i).label for i in range(len(rows))]


def test_shards_are_byte_identical(tmp_path):
    for name in ("a", "b"):
        write_shards(episodes_of(count=12), CAMERAS, tmp_path / name, samples_per_shard=10)
    files = [sorted((tmp_path / name).iterdir()) for name in ("a", "b")]
    assert [f.name for f in files[0]] == [f"train-00000{i}.tar" for i in range(3)]
    assert [f.read_bytes() for f in files[0]] == [f.read_bytes() for f in files[1]]
    with tarfile.open(files[0][0]) as tar:
        assert tar.getnames()[:3] == ["00000000.json", "00000000.scene.png", "00000000.wrist.png"]
        facts = json.loads(tar.extractfile("00000002.json").read())
    assert facts.pop("state")["gripper"] == [1]
    assert facts == {
        "instruction": "pick it",
        "label": 13,
        "phrase": LEFT,
        "motion": [0, 0.05, 0, 0, 0, 0, 0],
        "gripper": None,
        "vocabulary": mark(CLIP_RT),
        "ahead": [[0, 0.05, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, -1]],
        "horizon": 32,
        "episode": "e-1",
        "origin": "e-1",
        "source": "test",
        "step": 0,
    }


def test_a_row_is_what_was_recorded(tmp_path):
    needs = Needs(CAMERAS, ("tcp_pose", "gripper", "gripper_opening_m"), horizon=3)
    episodes = episodes_of()
    nowhere = replace(episodes[3].steps[1].observation, gripper_opening_m=math.nan)
    steps = (episodes[3].steps[0], replace(episodes[3].steps[1], observation=nowhere))
    episodes[3] = replace(episodes[3], steps=steps)
    rows = ShardsSource(str(first_shard(tmp_path, episodes))).open(needs, CLIP_RT)
    assert len(rows) == 8
    row = rows.read(7)
    assert row.label == by_phrase(CLIP_RT, "close the gripper").label
    assert np.array_equal(row.images["wrist"], nowhere.images["wrist"])
    assert np.array_equal(row.chunk, chunk_of(steps, 1, 3))
    assert row.state[:6] == pytest.approx(nowhere.tcp_pose)
    assert np.isnan(row.state[7])
    assert sorted(rows.order(0, 1)) == list(range(8))


def test_one_export_serves_every_vocabulary(tmp_path):
    """Label 48 of one vocabulary closes the gripper, of the other it turns it."""
    path = first_shard(tmp_path, episodes_of(OXE))
    own = by_phrase(CLIP_RT, "close the gripper").label
    assert by_phrase(OXE, "close the gripper").label == 48 != own
    assert labels_of(path, OXE) == [by_phrase(OXE, LEFT).label, 48] * 4
    assert labels_of(path, CLIP_RT) == [by_phrase(CLIP_RT, LEFT).label, own] * 4


def test_what_a_vocabulary_cannot_say_is_told(tmp_path):
    diagonal = Primitive(None, "", (0.05, 0.05, 0, 0, 0, 0, 0))
    episodes = episodes_of()
    steps = (episodes[0].steps[0], replace(episodes[0].steps[1], primitive=diagonal))
    path = first_shard(tmp_path, [replace(episodes[0], steps=steps), *episodes[1:]])
    rows = ShardsSource(str(path)).open(Needs(()), CLIP_RT)
    assert len(rows) == 7
    assert "1 of 8 steps" in rows.remarks[0]
    assert len(ShardsSource(str(path)).open(Needs((), horizon=2), CLIP_RT)) == 8
    only = [replace(episodes[0], steps=(steps[1],))]
    only = [replace(only[0], steps=(replace(steps[1], index=0),))]
    alone = first_shard(tmp_path / "alone", only)
    with pytest.raises(VocabularyError, match=r"no entry near any motion of the 1 steps.*=NAME"):
        ShardsSource(str(alone)).open(Needs(()), CLIP_RT)


def test_labels_of_another_vocabulary_are_refused(tmp_path):
    path = old_shard(tmp_path / "old.tar", 3, 77)
    with pytest.raises(VocabularyError, match=r"label 77, but .* ends at 57.*export the episodes"):
        labels_of(path, CLIP_RT)


def test_shards_of_0_1_0_are_read_and_said_to_be_unsure(tmp_path):
    path = old_shard(tmp_path / "old.tar", 3, 57)
    assert labels_of(path, CLIP_RT) == [3, 57]
    rows = ShardsSource(str(path)).open(Needs(()), CLIP_RT)
    assert "do not say whose their labels are" in rows.remarks[0]
    with pytest.raises(StoreError, match=r"foresees 2 motions, its samples know 0.*--horizon 2"):
        labels_of(path, CLIP_RT, Needs((), horizon=2))
    with pytest.raises(StoreError, match=r"no state column 'gripper'; they have none"):
        labels_of(path, CLIP_RT, Needs((), ("gripper",)))


def test_the_index_belongs_to_the_content(tmp_path):
    """Neither a copy nor another time make other shards; another byte does."""
    path = first_shard(tmp_path)
    source = ShardsSource(str(path))
    before = source.identity
    index = path.with_name(path.name + ".index")
    assert index.is_file()
    os.utime(path, (1, 1))
    assert source.identity == before
    copy = tmp_path / "copy.tar"
    shutil.copy(path, copy)
    assert ShardsSource(str(copy)).identity == before
    index.write_bytes(b"no index")
    assert source.identity == before
    changed = path.read_bytes().replace(b"pick it", b"lift it")
    path.write_bytes(changed)
    assert source.identity != before
    assert ShardsSource(str(path)).open(Needs(()), CLIP_RT).read(0).instruction == "lift it"


def test_a_second_start_reads_no_tar(tmp_path, monkeypatch):
    path = first_shard(tmp_path)
    first = load_index(path)

    def fail(*args, **options):
        raise AssertionError("the table of contents was read again")

    monkeypatch.setattr(tarfile, "open", fail)
    second = load_index(path)
    assert second.digest == first.digest
    assert np.array_equal(second.spans, first.spans)


def test_jpg_shards_are_nearly_the_same_pictures(tmp_path):
    path = first_shard(tmp_path, episodes_of(size=16), image_format="jpg")
    read = ShardsSource(str(path)).open(Needs(("scene",)), CLIP_RT).read(2).images["scene"]
    assert abs(read.astype(int) - (1, 0, 7)).max() <= 3


def test_missing_shards_are_counted_and_named(tmp_path):
    write_shards(episodes_of(), CAMERAS, tmp_path, 3)
    with pytest.raises(StoreError, match=r"2 of 5 are missing, the first is .*000003\.tar"):
        ShardsSource(str(tmp_path / "train-{000000..000004}.tar")).open(SCENE, CLIP_RT)
    with pytest.raises(StoreError, match=r"0 of 0 are missing.*correct the source's path"):
        ShardsSource("").open(SCENE, CLIP_RT)


def test_a_pattern_runs_no_command(tmp_path):
    with pytest.raises(StoreError, match=r"missing.*pipe:touch"):
        ShardsSource(f"pipe:touch {tmp_path}/ran").open(SCENE, CLIP_RT)
    assert not (tmp_path / "ran").exists()


def test_a_truncated_shard_is_named(tmp_path):
    path = first_shard(tmp_path)
    content = path.read_bytes()
    with tarfile.open(path) as tar:
        boundaries = [member.offset for member in tar.getmembers()]
    load_index(path)
    for size in (0, 100, len(content) // 3, len(content) // 2, boundaries[3], boundaries[-3]):
        path.write_bytes(content[:size])
        with pytest.raises(StoreError, match=r"the shard .*000000\.tar cannot be read"):
            load_index(path)


def test_a_shard_that_changes_under_way_is_an_error(tmp_path):
    path = first_shard(tmp_path)
    rows = ShardsSource(str(path)).open(Needs(("scene",)), CLIP_RT)
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(StoreError, match=r"000000\.tar, sample 0 cannot be read.*changed since"):
        rows.read(0)
    path.unlink()
    with pytest.raises(StoreError, match=r"000000\.tar, sample 0 cannot be read"):
        rows.read(0)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (b'"instruction"', b'"instrxction"', "sample 00000000: it has no .instruction."),
        (b'"motion": [0, 0.05, ', b'"motion": [0,0,0.05,', "motion has 8 values, not 7"),
        (b'{"ahead"', b'["ahead"', "sample 00000000"),
    ],
)
def test_a_sample_that_is_none_is_named(tmp_path, before, after, text):
    path = first_shard(tmp_path)
    path.write_bytes(path.read_bytes().replace(before, after))
    with pytest.raises(StoreError, match=text):
        load_index(path)


def test_a_shard_without_a_camera_says_what_it_has(tmp_path):
    path = first_shard(tmp_path)
    with pytest.raises(StoreError, match=r"'top' is in 0 of 8 samples; it has json, scene, wrist"):
        labels_of(path, CLIP_RT, Needs(("top",)))


def test_a_camera_that_tars_cannot_name_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"'Top.Left' cannot be stored in shards"):
        write_shards(episodes_of(), ["Top.Left"], tmp_path)
    with pytest.raises(UnknownNameError, match=r"no camera 'wrst'.*Did you mean 'wrist'"):
        write_shards(episodes_of(), ["wrst"], tmp_path)
