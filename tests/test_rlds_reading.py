"""RLDS data sets give what tensorflow-datasets gives, value by value."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rlds_samples import (
    FIXTURE,
    TOY,
    byte_strings,
    example,
    floats,
    integers,
    tensor,
    write_dataset,
)

from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.errors import MissingExtraError, StoreError

KEPT = "steps/observation/image"


@pytest.fixture(scope="module")
def toy():
    return open_rlds(FIXTURE / "toy_arm")


@pytest.fixture(scope="module")
def episodes(toy):
    """Split -> all records with all columns that can be read."""
    wanted = [key for key, feature in toy.features.items() if feature.kind != "other"]
    return {
        split: [record for shard in shards for record in read_records(shard, wanted)]
        for split, shards in toy.splits.items()
    }


def test_a_data_set_says_what_it_holds(toy):
    assert (toy.name, toy.version, toy.path) == ("toy_arm", "1.0.0", TOY)
    assert {s: [x.records for x in shards] for s, shards in toy.splits.items()} == {
        "train": [2, 1, 2],
        "val": [1, 1, 1],
    }
    shard = toy.splits["train"][1]
    assert (shard.number, shard.split) == (1, "train")
    assert shard.path == TOY / "toy_arm-train.tfrecord-00001-of-00003"
    kinds = {key: (f.kind, f.dtype, f.shape, f.encoding) for key, f in toy.features.items()}
    assert kinds[KEPT] == ("image", "uint8", (48, 64, 3), "jpeg")
    assert kinds["steps/observation/any_image"] == ("image", "uint8", (None, None, 3), "")
    assert kinds["steps/observation/packed_any"] == ("tensor", "float64", (None, 2), "zlib")
    assert kinds["steps/action/open_gripper"] == ("scalar", "bool", (), "")
    assert kinds["episode_metadata/file_path"] == ("text", "string", (), "")
    others = {key: f.reason for key, f in toy.features.items() if f.kind == "other"}
    assert others == {
        "steps/box": "it is a BBoxFeature",
        "steps/ragged": "it is a list in a list, or one beside the steps",
        "tags": "it is a list in a list, or one beside the steps",
        "steps/observation/packed_dynamic": "the shape of its rows is not known, (None, None)",
    }


def test_numbers_are_those_that_tensorflow_datasets_reads(episodes):
    with np.load(FIXTURE / "numbers.npz") as numbers:
        expected = dict(numbers)
    compared = set()
    for place, values in expected.items():
        split, _, key = place.partition("/")
        records = episodes[split]
        if not key.startswith("steps/"):
            key, _, number = key.rpartition("/")
            records, values = [records[int(number)]], values[None]
        found = np.concatenate([record.columns[key] for record in records])
        assert found.dtype == values.dtype, key
        np.testing.assert_array_equal(found, values, strict=True)
        compared.add(key)
    is_number = {k for k, v in records[0].columns.items() if isinstance(v, np.ndarray)}
    assert compared == is_number


def test_bytes_are_those_that_tensorflow_datasets_reads(toy, episodes):
    compared = set()
    for place, expected in json.loads((FIXTURE / "texts.json").read_text()).items():
        split, _, key = place.partition("/")
        rows = [row for record in episodes[split] for row in record.columns[key]]
        compared.add(key)
        if toy.features[key].kind == "text":
            assert [row.decode() for row in rows] == expected
            continue
        assert digest(rows) == expected[0]
        if key.endswith(("wrist_image", "any_image")):  # PNG: every decoder gives the same
            assert (
                digest(np.array(Image.open(io.BytesIO(row))).tobytes() for row in rows)
                == (expected[1])
            )
    is_list = {k for k, v in episodes["val"][0].columns.items() if isinstance(v, list)}
    assert compared == is_list


def digest(rows):
    found = hashlib.sha256()
    for row in rows:
        found.update(b"%d " % len(row) + row)
    return found.hexdigest()


def test_only_what_is_wanted_is_given(toy):
    shard = toy.splits["val"][0]
    (record,) = read_records(shard, ("episode_metadata/episode_id",))
    assert (record.number, record.steps) == (0, 6)
    assert {key: list(column) for key, column in record.columns.items()} == {
        "episode_metadata/episode_id": [0]
    }
    (record,) = read_records(shard, ())
    assert (record.steps, record.columns) == (6, {})


def test_what_is_given_holds_no_whole_episode(toy):
    """An array is of its own, so that who keeps a few numbers keeps no images."""
    for record in read_records(toy.splits["train"][0], ("steps/reward", "steps/is_last")):
        for column in record.columns.values():
            assert column.flags.owndata or column.base.flags.owndata
            assert column.flags.writeable


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=300))
def test_any_integer_is_read(numbers):
    from cliprt.data.rlds import example as wire

    data = example({"a": integers(numbers)})
    assert wire.integers(data, wire.find_values(data)["a"]).tolist() == numbers


def test_many_integers_are_read_in_pieces(monkeypatch):
    from cliprt.data.rlds import example as wire

    monkeypatch.setattr(wire, "_PIECE", 16)
    numbers = [(-3) ** i for i in range(39)]
    data = example({"a": integers(numbers)})
    assert wire.integers(data, wire.find_values(data)["a"]).tolist() == numbers


def test_lists_in_several_pieces_are_joined(tmp_path):
    """As protocol buffers allow it; tensorflow-datasets writes them in one."""
    from rlds_samples import part

    two = part(3, part(1, b"\x01") + part(1, b"\xac\x02") + part(1, b""))
    path = write_dataset(tmp_path, {"n": tensor("int16")}, [[example({"steps/n": two})]])
    (record,) = read_records(open_rlds(path).splits["train"][0], ("steps/n",))
    assert record.columns["steps/n"].tolist() == [1, 300]


def test_an_episode_without_steps_is_one(tmp_path):
    steps = {"n": tensor("int16", (2,)), "x": tensor("float32"), "z": tensor("int8", (3,), "zlib")}
    empty = {"steps/n": integers([]), "steps/x": b"", "steps/z": byte_strings([])}
    path = write_dataset(tmp_path, steps, [[example(empty)]])
    (record,) = read_records(open_rlds(path).splits["train"][0], tuple(empty))
    shapes = {key: column.shape for key, column in record.columns.items()}
    assert shapes == {"steps/n": (0, 2), "steps/x": (0,), "steps/z": (0, 3)}


def test_one_episode_is_held_at_a_time(tmp_path):
    record = example({"steps/image": byte_strings([bytes(1 << 20)])})
    path = write_dataset(tmp_path, {"image": {"image": {}}}, [[record] * 12])
    (shard,) = open_rlds(path).splits["train"]
    tracemalloc.start()
    steps = sum(record.steps for record in read_records(shard, ("steps/image",)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert steps == 12
    assert peak < 6 << 20, "two records and their images"


def test_a_wanted_column_must_be_there(toy):
    shard = toy.splits["train"][0]
    with pytest.raises(StoreError, match="no column 'steps/imge'"):
        read_records(shard, ("steps/imge",))
    with pytest.raises(StoreError, match="Did you mean 'steps/observation/image'"):
        read_records(shard, ("steps/observation/imag",))
    with pytest.raises(StoreError, match=r"'steps/box' of .* cannot be read: it is a BBoxFeature"):
        read_records(shard, ("steps/box",))


def test_without_the_extra_it_says_what_to_install(toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cliprt\[oxe\]'"):
        next(read_records(toy.splits["train"][0], ()))


def test_a_floats_list_may_be_of_any_floats(tmp_path):
    numbers = [0.5, float("inf"), -0.0]
    path = write_dataset(
        tmp_path, {"x": tensor("float64")}, [[example({"steps/x": floats(numbers)})]]
    )
    (record,) = read_records(open_rlds(path).splits["train"][0], ("steps/x",))
    assert record.columns["steps/x"].tolist() == numbers


def test_bools_that_are_kept_as_bytes_are_true_or_false(tmp_path):
    record = example({"steps/b": byte_strings([b"\x00\x02\x01"])})
    path = write_dataset(tmp_path, {"b": tensor("bool", (3,), "bytes")}, [[record]])
    (found,) = read_records(open_rlds(path).splits["train"][0], ("steps/b",))
    assert found.columns["steps/b"].sum() == 2
