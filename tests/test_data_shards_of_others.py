"""Shards as other programs and strangers make them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile

import numpy as np
import pytest
from fuzzing import nothing_outside
from test_data_shards import CLIP_RT, SCENE, first_shard, labels_of

from cliprt.data.columns import Needs
from cliprt.data.shard_index import expand_pattern, load_index
from cliprt.errors import StoreError
from cliprt.sources.shards import ShardsSource


@pytest.fixture
def unpacked(tmp_path):
    """A shard's files in a folder, with what a system adds."""
    folder = tmp_path / "files"
    folder.mkdir()
    with tarfile.open(first_shard(tmp_path / "written")) as tar:
        tar.extractall(folder, filter="data")
    (folder / "._00000000.json").write_bytes(b"\0\5\x16\7 AppleDouble")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._00000001.json").write_bytes(b"\0")
    return folder


@pytest.mark.parametrize("form", ["gnu", "pax", "ustar", "v7"])
@pytest.mark.parametrize("what", [".", "files"])
def test_tars_made_by_tar(tmp_path, unpacked, form, what):
    made = tmp_path / "made.tar"
    place = unpacked if what == "." else unpacked.parent
    subprocess.run(
        ["tar", f"--format={form}", "-cf", made, "-C", place, "--sort=name", what], check=True
    )
    expected = labels_of(tmp_path / "written" / "train-000000.tar", CLIP_RT)
    assert labels_of(made, CLIP_RT) == expected
    row = ShardsSource(str(made)).open(SCENE, CLIP_RT).read(7)
    assert row.images["scene"].shape == (8, 8, 3)


def tar_of(path, *members):
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def header(name, size, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("a.json", tarfile.REGTYPE, "a.json in it has more than 4194304 bytes"),
        ("a.scene.png", tarfile.REGTYPE, "a.scene.png in it has more than 67108864 bytes"),
        ("x", tarfile.XHDTYPE, "a header in it has .* bytes"),
        ("x", tarfile.GNUTYPE_LONGNAME, "a header in it has .* bytes"),
    ],
)
def test_huge_members_take_no_memory(tmp_path, name, kind, text):
    path = tmp_path / "huge.tar"
    path.write_bytes(header(name, 200 * 2**30, kind))
    os.truncate(path, 200 * 2**30 + 4096)  # sparse: it takes no place
    with pytest.raises(StoreError, match=text):
        load_index(path)


def test_a_damaged_header_in_the_middle_ends_nothing_silently(tmp_path):
    path = first_shard(tmp_path)
    with tarfile.open(path) as tar:
        middle = tar.getmembers()[9].offset
    content = bytearray(path.read_bytes())
    content[middle + 150] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="a header in it is damaged"):
        load_index(path)


FACTS = {
    "instruction": "do it",
    "label": 3,
    "episode": "e",
    "origin": "e",
    "source": "t",
    "step": 0,
}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"instruction": None}, "instruction is None, not a text"),
        ({"label": "3"}, "label is '3', not a whole number"),
        ({"label": 10**30}, "label is 1000.*, not at least 0 and at most"),
        ({"label": None}, "it has no 'motion' and no 'label'"),
        ({"motion": [0] * 6}, "motion has 6 values, not 7"),
        ({"motion": ["0"] * 7}, "motion is '0', not a number"),
        ({"gripper": "ajar"}, "gripper is 'ajar', not 'open' or 'closed'"),
        ({"vocabulary": "mine"}, "vocabulary is 'mine', not an object"),
        ({"state": [1]}, r"state is \[1\], not an object"),
        ({"state": {"joints": 1}}, r"state\['joints'\] is 1, not a list"),
        ({"horizon": -1}, "horizon is -1"),
        ({"ahead": [1]}, "ahead is 1, not a list"),
    ],
)
def test_a_sample_is_of_the_right_types(tmp_path, change, text):
    path = tar_of(tmp_path / "a.tar", ("0.json", json.dumps({**FACTS, **change}).encode()))
    with pytest.raises(StoreError, match=f"sample 0: {text}"):
        load_index(path)


def test_a_picture_is_decoded_as_what_it_may_be(tmp_path):
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n"
    members = ("0.json", json.dumps(FACTS).encode()), ("0.scene.png", script)
    path = tar_of(tmp_path / "a.tar", *members)
    rows = ShardsSource(str(path)).open(SCENE, CLIP_RT)
    with pytest.raises(StoreError, match="sample 0 cannot be read: not a whole image"):
        rows.read(0)


@pytest.mark.parametrize("index", ["pipe", "link", "other", "packed"])
def test_a_strangers_index_is_made_anew(tmp_path, index):
    path = first_shard(tmp_path / "in")
    expected = labels_of(path, CLIP_RT)
    place = path.with_name(f"{path.name}.index")
    content = place.read_bytes()
    place.unlink()
    (tmp_path / "diary").write_text("dear")
    if index == "pipe":
        os.mkfifo(place)
    elif index == "link":
        place.symlink_to(tmp_path / "diary")
    else:
        with np.load(io.BytesIO(content)) as arrays:
            values = dict(arrays)
        values["spans"] = np.full_like(values["spans"], 2**40)
        buffer = io.BytesIO()
        (np.savez if index == "other" else np.savez_compressed)(buffer, **values)
        place.write_bytes(buffer.getvalue())
    with nothing_outside(tmp_path, tmp_path / "in"):
        assert labels_of(path, CLIP_RT) == expected
    assert (tmp_path / "diary").read_text() == "dear"


@pytest.mark.parametrize(
    "pattern", ["a{000..999999999}", "a" + "{0..9}" * 9, "{a,b}" * 60, "a{5..-999999999}"]
)
def test_a_pattern_does_not_fill_the_memory(pattern):
    with pytest.raises(StoreError, match="names more than 100000 shards"):
        expand_pattern(pattern)


@pytest.mark.parametrize("pattern", ["{" * 3000, "a\0b", "${HOME}", "a" * 5000, "{9..1"])
def test_odd_patterns_are_refused(pattern):
    with pytest.raises(StoreError, match=r"missing|nbalanced|recursion"):
        expand_pattern(pattern)


def test_any_sign_may_be_in_a_path(tmp_path):
    folder = tmp_path / "a #1? 100% [x] {y} \\z::$é"
    path = first_shard(folder)
    assert len(labels_of(path, CLIP_RT)) == 8
    assert expand_pattern(str(path)) == (path,)
    plain = tmp_path / "b #1? 100% [x]::$HOME ${HOME}"
    first_shard(plain)
    assert len(labels_of(plain / "train-{000000..000000}.tar", CLIP_RT)) == 8


def test_episodes_that_sort_by_folder(tmp_path):
    """As `tar` packs a folder for each episode."""
    facts = json.dumps(FACTS).encode()
    path = tar_of(tmp_path / "a.tar", ("./e1/0.json", facts), ("./e2/0.json", facts))
    assert labels_of(path, CLIP_RT, Needs(())) == [3, 3]
