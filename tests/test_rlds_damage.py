"""Damaged and hostile RLDS files: each fault is named, and the other shards are read."""

from __future__ import annotations

import json
import os
import shutil
import struct
import tracemalloc
import zlib
from itertools import chain

import pytest
from fuzzing import altered, damaged, fuzz, nothing_outside, only_refusals
from hypothesis import given
from hypothesis import strategies as st
from rlds_samples import (
    TOY,
    byte_strings,
    example,
    features_tree,
    floats,
    frame,
    framed,
    integers,
    part,
    tensor,
    varint,
    write_dataset,
)

from cliprt.data.rlds import dataset, decode, tfrecord
from cliprt.data.rlds import example as wire
from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.errors import StoreError

STEPS = {"x": tensor("float32", (2,)), "n": tensor("int64"), "image": {"image": {}}}


def episode(steps=2, **others):
    columns = {
        "steps/x": floats(range(2 * steps)),
        "steps/n": integers(range(steps)),
        "steps/image": byte_strings([b"png"] * steps),
    }
    return example({**columns, **{key.replace("__", "/"): value for key, value in others.items()}})


def readable(opened):
    return [key for key, feature in opened.features.items() if feature.kind != "other"]


def read(path, wanted=None):
    """The number of records of each shard, or why it cannot be read."""
    opened = open_rlds(path)
    found = []
    for shard in opened.splits["train"]:
        try:
            found.append(len(list(read_records(shard, wanted or readable(opened)))))
        except StoreError as error:
            found.append(str(error))
    return found


def refusal(path, wanted=None):
    """Why the second of three shards cannot be read; the others are."""
    first, reason, last = read(path, wanted)
    assert (first, last) == (1, 1)
    assert f"{path}/toy-train.tfrecord-00001-of-00003 cannot be read: " in reason
    return reason


@pytest.fixture
def toy(tmp_path):
    """Three shards of one episode, and what makes the second another."""
    write_dataset(tmp_path / "toy", STEPS, [[episode()]] * 3)
    return tmp_path / "toy"


def second(toy):
    return toy / "toy-train.tfrecord-00001-of-00003"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """The data set that tensorflow-datasets wrote, to be spoilt again and again."""
    return shutil.copytree(TOY, tmp_path_factory.mktemp("scratch") / "toy")


@given(st.data())
def test_a_flipped_bit_is_named(scratch, data):
    path, shard = scratch, scratch / "toy_arm-train.tfrecord-00002-of-00003"
    content = bytearray((TOY / shard.name).read_bytes())
    first = struct.unpack("<Q", content[:8])[0] + 16
    places = st.integers(0, 12) | st.integers(first - 4, first + 12)
    place = data.draw(places | st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    shard.write_bytes(content)
    number = int(place >= first)
    start = number * first
    kind = "the checksum of its length" if place - start < 12 else "its checksum"
    assert read(path)[:2] == [2, 1]
    reason = f"{shard} cannot be read: record {number}: {kind} is wrong: a bit was flipped"
    assert read(path)[2].startswith(reason)
    records = read_records(open_rlds(path).splits["train"][2], ())
    for before in range(number):  # what comes before it is given
        assert next(records).number == before


@given(st.integers(0, 1000))
def test_a_truncation_is_named(scratch, thousandth):
    path, shard = scratch, scratch / "toy_arm-train.tfrecord-00002-of-00003"
    content = (TOY / shard.name).read_bytes()
    first = struct.unpack("<Q", content[:8])[0] + 16
    places = [0, 1, 11, 12, first - 1, first, first + 1, first + 12, len(content) - 1]
    places += range(0, len(content), 100)
    cut = places[thousandth % len(places)]
    shard.write_bytes(content[:cut])
    *others, reason = read(path)
    assert others == [2, 1]
    expected = "it ends after" if cut in (0, first) else "the file is cut off"
    assert expected in reason
    assert str(shard) in reason


def test_a_missing_shard_is_named(toy):
    second(toy).unlink()
    assert "the shard is missing. Download it, or leave it out." in refusal(toy)


def test_other_counts_are_named(toy):
    second(toy).write_bytes(framed(episode(), episode()))
    assert "it has more than the 1 records of dataset_info.json" in refusal(toy)
    second(toy).write_bytes(b"")
    assert "it ends after 0 of the 1 records that dataset_info.json counts" in refusal(toy)


X, N, IMAGE = "steps/x", "steps/n", "steps/image"
ONE = {X: floats([1, 2]), N: integers([1]), IMAGE: byte_strings([b""])}
ENTRY = part(1, part(1, b"steps/x") + part(2, b""))


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (example({**ONE, "steps/y": b""}), "it has a column 'steps/y', which features.json does"),
        (example({X: ONE[X], N: ONE[N]}), "it has no column 'steps/image'"),
        (example({**ONE, N: integers([1, 2])}), "'steps/x' has 1 steps, 'steps/n' has 2"),
        (example({**ONE, X: floats([1, 2, 3])}), "column 'steps/x': its 3 numbers do not fill"),
        (example({**ONE, X: integers([1])}), "'steps/x': it is a list of integers, not of floats"),
        (example({**ONE, IMAGE: part(1, b"\x0a\x05ab")}), "its list of bytes is damaged"),
        (example({**ONE, IMAGE: part(1, b"\x10\x05")}), "its list of bytes is damaged"),
        (example({**ONE, X: part(2, part(1, b"abc"))}), "its list of floats is damaged"),
        (
            example({**ONE, X: part(2, b"\x0d\0\0\0\0")}),
            "its list of numbers is damaged, or is not",
        ),
        (example({**ONE, N: part(3, part(1, b"\x80"))}), "its list of integers is damaged"),
        (
            example({**ONE, N: part(3, part(1, b"\x80" * 11 + b"\0"))}),
            "its list of integers is dam",
        ),
        (example({**ONE, N: part(4, b"")}), "its bytes are no tf.train.Example"),
        (example({**ONE, "steps/\udc80".encode("utf-8", "replace").decode(): b""}), "has a column"),
        (part(1, part(1, part(1, b"\xff") + part(2, b""))), "its bytes are no tf.train.Example"),
        (part(1, ENTRY + ENTRY), "the column 'steps/x' is there twice"),
        (part(1, ENTRY + part(2, b"")), "its bytes are no tf.train.Example"),
        (example(ONE) + example(ONE), "its bytes are no tf.train.Example"),
        (example(ONE) + part(2, b"") * 9, "its bytes are no tf.train.Example"),
        (example({**ONE, N: integers([1]) * 2}), "its bytes are no tf.train.Example"),
        (example({**ONE, N: integers([1]) + floats([1])}), "its bytes are no tf.train.Example"),
        (example(ONE)[:-1], "its bytes are no tf.train.Example"),
        (b"\xff" * 11, "its bytes are no tf.train.Example"),
        (b"hello", "its bytes are no tf.train.Example"),
    ],
)
def test_a_record_that_is_none_of_the_data_set_is_named(toy, record, text):
    second(toy).write_bytes(framed(record))
    reason = refusal(toy)
    assert "record 0: " in reason
    assert text in reason


def test_what_the_episode_has_once_is_there_once(tmp_path):
    tree = features_tree({"n": tensor("int64")}, tag={"text": {}})
    records = [example({"tag": byte_strings([b"a"] * n), "steps/n": integers([])}) for n in (1, 2)]
    path = write_dataset(tmp_path, {}, [[record] for record in records])
    (path / "features.json").write_text(json.dumps(tree))
    count, reason = read(path)
    assert count == 1
    assert "column 'tag' has 2 rows, not the episode's one" in reason


@pytest.mark.parametrize("size", [2**60, 2**64 - 1, 2**31])
def test_a_length_beyond_the_file_is_not_believed(toy, size):
    second(toy).write_bytes(frame(struct.pack("<Q", size), b"abc"))
    assert f"the file is cut off: {size} bytes were to follow" in refusal(toy)


def test_a_record_beyond_all_bounds_is_not_read(toy):
    """In a file that has so many bytes, and takes no room on the disk."""
    size = tfrecord.MOST_EPISODE_BYTES + 1
    second(toy).write_bytes(frame(struct.pack("<Q", size), b""))
    os.truncate(second(toy), 2**40)
    with bounded(8 << 20):
        assert f"it has {size} bytes, more than {2**30}" in refusal(toy)


class bounded:  # noqa: N801
    """Python's memory grows by no more than so many bytes inside."""

    def __init__(self, most):
        self.most = most

    def __enter__(self):
        tracemalloc.start()

    def __exit__(self, *_):
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < self.most, peak


def bomb(size):
    stream = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    return b"".join([*(stream.compress(zeros) for _ in range(size >> 20)), stream.flush()])


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    big = bomb(256 << 20)
    assert len(big) < 1 << 19
    steps = {"z": tensor("float32", (4,), "zlib"), "any": tensor("int8", (-1,), "zlib")}
    records = [
        example({"steps/z": byte_strings([rows]), "steps/any": byte_strings([other])})
        for rows, other in ((big, b""), (zlib.compress(bytes(16)), big))
    ]
    path = write_dataset(tmp_path, steps, [[record] for record in records])
    with bounded(200 << 20):
        first, other = read(path)
    assert "column 'steps/z': a row of it unpacks to more than 16 bytes" in first
    assert "column 'steps/any': a row of it unpacks to more than 67108864 bytes" in other


def test_many_rows_do_not_unpack_to_more_than_an_episode_may_have(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "MOST_EPISODE_BYTES", 1 << 20)
    row = zlib.compress(bytes(1 << 16))
    for shape in ((1 << 16,), (-1,)):
        record = example({"steps/z": byte_strings([row] * 17)})
        path = write_dataset(
            tmp_path / str(shape), {"z": tensor("int8", shape, "zlib")}, [[record]]
        )
        assert "its rows have more than 1048576 bytes" in read(path)[0]


def test_rows_of_an_absurd_shape_are_refused(tmp_path):
    for shape in ((1 << 40,), (1 << 61, 1 << 61)):
        for encoding in ("zlib", "none"):
            record = example(
                {"steps/z": byte_strings([b""]) if encoding == "zlib" else floats([1])}
            )
            steps = {"z": tensor("float32", shape, encoding)}
            path = write_dataset(tmp_path / f"{len(shape)}{encoding}", steps, [[record]])
            assert "'steps/z': " in read(path)[0]


@pytest.mark.parametrize(
    ("encoding", "row", "text"),
    [
        ("zlib", b"abc", "its compressed bytes are damaged"),
        ("zlib", zlib.compress(bytes(16))[:-1], "its compressed bytes are cut off"),
        ("zlib", zlib.compress(bytes(16)) + b"x", "cut off, or others follow"),
        ("zlib", zlib.compress(bytes(12)), "a row has 12 bytes, not the 16 of its shape"),
        ("bytes", bytes(20), "a row has 20 bytes, not the 16 of its shape"),
    ],
)
def test_encoded_tensors_are_whole(tmp_path, encoding, row, text):
    record = example({"steps/z": byte_strings([row])})
    path = write_dataset(tmp_path, {"z": tensor("float32", (4,), encoding)}, [[record]])
    assert text in read(path)[0]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([bytes(8), bytes(4)], "its rows are not all of one shape"),
        ([bytes(7)], "a row has 7 bytes, no whole number of its float32"),
    ],
)
def test_rows_of_any_size_are_of_one_size(tmp_path, rows, text):
    record = example({"steps/z": byte_strings(rows)})
    path = write_dataset(tmp_path, {"z": tensor("float32", (-1,), "bytes")}, [[record]])
    assert text in read(path)[0]


def test_an_image_beyond_the_bound_is_refused(toy, monkeypatch):
    monkeypatch.setattr(decode, "MOST_IMAGE_BYTES", 199)
    second(toy).write_bytes(framed(example({**ONE, IMAGE: byte_strings([bytes(200)])})))
    assert "'steps/image': one of its rows has 200 bytes, more than 199" in refusal(toy)


def test_a_text_beyond_the_bound_is_refused(tmp_path):
    record = example({"steps/t": byte_strings([b"a" * (decode.MOST_TEXT_BYTES + 1)])})
    path = write_dataset(tmp_path, {"t": {"text": {}}}, [[record]])
    assert "'steps/t': one of its rows has 1048577 bytes, more than 1048576" in read(path)[0]


def test_a_million_rows_or_columns_are_refused(toy, tmp_path):
    rows = part(1, b"\x0a\x00" * (wire.MOST_STEPS + 1))
    second(toy).write_bytes(framed(example({**ONE, IMAGE: rows})))
    assert "'steps/image': it has more than 1000000 values" in refusal(toy)
    columns = example({f"steps/{i}": b"" for i in range(100_000)})
    second(toy).write_bytes(framed(columns))
    assert "it has more than 10000 columns" in refusal(toy)
    write_dataset(tmp_path / "wide", {}, [])
    (tmp_path / "wide" / "features.json").write_text(" " * (4 << 20) + "{}")
    with pytest.raises(
        StoreError, match=r"features\.json cannot be read: it has more than 4194304"
    ):
        open_rlds(tmp_path / "wide")
    write_dataset(tmp_path / "wide", {str(i): {"text": {}} for i in range(10_001)}, [])
    with pytest.raises(StoreError, match="it has more than 10000 columns"):
        open_rlds(tmp_path / "wide")


def test_too_many_integers_are_refused(toy, monkeypatch):
    monkeypatch.setattr(wire, "MOST_INTEGERS", 3)
    second(toy).write_bytes(framed(example({**ONE, N: integers(range(4))})))
    assert "'steps/n': it has more than 3 integers" in refusal(toy)


DEEP = json.loads('{"sequence": {"feature": ' * 20 + "{}" + "}}" * 20)


@pytest.mark.parametrize(
    ("features", "text"),
    [
        ("[]", "it has no 'featuresDict'"),
        ('{"type": "FeaturesDict", "content": {}}', "it has no 'featuresDict', as tensorflow-dat"),
        ("{", "cannot be read"),
        ('{"featuresDict": {"features": []}}', "'features' of '' is [], not an object"),
        ('{"featuresDict": {"features": {"a": 1}}}', "'a' is 1, not an object"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested deeper than 64 levels"),
        (json.dumps(features_tree({"a": tensor("int8", ["x"])})), "'steps/a' has 'x', which is no"),
        (json.dumps(features_tree({"a": tensor("int8", [-2])})), "'steps/a' has '-2', which is no"),
        (json.dumps(features_tree({"a": tensor("int8", [1] * 9)})), "not a short list of sizes"),
        (json.dumps(features_tree({"a/b": {"text": {}}, "a": DEEP | {"x": 1}})), ""),
        (
            json.dumps(
                features_tree(
                    {"a/b": {"text": {}}, "a": {"featuresDict": {"features": {"b": {"text": {}}}}}}
                )
            ),
            "the column 'steps/a/b' is there twice",
        ),
    ],
)
def test_a_description_of_columns_that_is_none_is_named(toy, features, text):
    (toy / "features.json").write_text(features)
    if not text:
        assert open_rlds(toy).features["steps/a"].reason.startswith("it is a list in a list")
        return
    with pytest.raises(StoreError) as error:
        open_rlds(toy)
    assert f"{toy}/features.json cannot be read: " in str(error.value)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (tensor("bfloat16", (2,)), "its numbers are 'bfloat16'"),
        (tensor("string", (2,)), "it has several texts a row"),
        (tensor("float32", (2,), "gzip"), "its encoding is 'gzip'"),
        (tensor("float32", (2, 0)), "its rows have no numbers, (2, 0)"),
        (tensor("float32", (-1,)), "the shape of its rows is not known, (None,)"),
        ({"video": {}, "pythonClassName": "a.b.Video"}, "it is a Video"),
        ({}, "its kind is not told"),
    ],
)
def test_a_column_that_is_not_read_does_not_hide_the_others(toy, node, reason):
    (toy / "features.json").write_text(json.dumps(features_tree({**STEPS, "other": node})))
    assert open_rlds(toy).features["steps/other"].reason.startswith(reason)
    assert read(toy) == [1, 1, 1]
    second(toy).write_bytes(framed(episode(steps__other=b"", steps__other__shape=b"")))
    assert read(toy) == [1, 1, 1]


SPLIT = {"name": "train", "shardLengths": ["1"]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": "../toy"}, "its 'name' is '../toy', not a name"),
        ({"name": ""}, "its 'name' is '', not a name"),
        ({"version": None}, "its 'version' is None, not a name"),
        ({"splits": {}}, "it has no list of 'splits'"),
        ({"splits": [SPLIT, SPLIT]}, "two of its splits, or two of its shards, have one name"),
        (
            {"splits": [{**SPLIT, "shardLengths": [1, 1], "filepathTemplate": "{SPLIT}"}]},
            "two of its splits, or two of its shards, have one name",
        ),
        ({"splits": [SPLIT, 1]}, "it has no list of 'splits'"),
        ({"splits": [{**SPLIT, "name": ".."}]}, "its 'name' is '..', not a name"),
        ({"splits": [{**SPLIT, "name": "a\nb"}]}, "its 'name' is 'a\\nb', not a name"),
        ({"splits": [{"name": "a"}]}, "its split 'a' has no list of 'shardLengths'"),
        ({"splits": [{**SPLIT, "shardLengths": [1.5]}]}, "'shardLengths of train' has '1.5'"),
        ({"splits": [{**SPLIT, "shardLengths": ["-1"]}]}, "'shardLengths of train' has '-1'"),
        ({"splits": [{**SPLIT, "shardLengths": ["9" * 5000]}]}, "which is no count"),
        (
            {"splits": [{**SPLIT, "shardLengths": ["1"] * 100_001}]},
            "it has more than 100000 shards",
        ),
        (
            {"splits": [{"name": str(i), "shardLengths": [1] * 60_000} for i in range(2)]},
            "more than 100000 shards",
        ),
        ({"splits": [{**SPLIT, "filepathTemplate": "../{SPLIT}"}]}, "the name '../train' of a sha"),
        ({"splits": [{**SPLIT, "filepathTemplate": "/etc/passwd"}]}, "no file's in its own folder"),
        ({"fileFormat": "array_record"}, "are 'array_record'; only 'tfrecord' is read. Where"),
    ],
)
def test_a_description_of_shards_that_is_none_is_named(toy, change, text):
    about = json.loads((toy / "dataset_info.json").read_text())
    (toy / "dataset_info.json").write_text(json.dumps({**about, **change}))
    with pytest.raises(StoreError) as error:
        open_rlds(toy)
    assert text in str(error.value)


def test_a_template_of_names_is_followed(toy):
    about = json.loads((toy / "dataset_info.json").read_text())
    about["splits"][0]["filepathTemplate"] = "{SPLIT}_{SHARD_INDEX}_{NUM_SHARDS}.{FILEFORMAT}"
    (toy / "dataset_info.json").write_text(json.dumps(about))
    assert open_rlds(toy).splits["train"][1].path == toy / "train_00001_00003.tfrecord"


def test_links_are_not_followed(toy, tmp_path):
    (tmp_path / "diary").write_bytes(second(toy).read_bytes())
    second(toy).unlink()
    second(toy).symlink_to(tmp_path / "diary")
    assert "is a link, not a file" in refusal(toy)
    second(toy).unlink()
    os.mkfifo(second(toy))
    assert "is a pipe or a device, not a file" in refusal(toy)
    for name in ("dataset_info.json", "features.json"):
        path = toy / name
        content = path.read_bytes()
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match=r"is a link|holds no RLDS"):
            open_rlds(toy)
        path.unlink()
        path.write_bytes(content)


def test_a_folder_without_a_data_set_or_with_two_is_named(toy, tmp_path):
    with pytest.raises(StoreError, match=r"holds no RLDS data set\. Name the folder that has"):
        open_rlds(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="holds no RLDS data set"):
        open_rlds(toy / "features.json")
    assert open_rlds(tmp_path).name == "toy"
    shutil.copytree(toy, tmp_path / "2.0.0")
    with pytest.raises(StoreError, match=r"holds several versions: 2\.0\.0, toy"):
        open_rlds(tmp_path)
    (toy / "dataset_info.json").unlink()
    with pytest.raises(StoreError, match=r"dataset_info\.json cannot be read: No such file"):
        open_rlds(toy)


def read_all(path):
    for shard in chain(*open_rlds(path).splits.values()):
        with only_refusals():
            for record in read_records(shard, readable(open_rlds(path))):
                assert all(len(column) in (1, record.steps) for column in record.columns.values())


@fuzz
def test_fuzz_a_record(go_on, tmp_path):
    """Changed bytes under right checksums, as a program with a fault writes them."""
    path = shutil.copytree(TOY, tmp_path / "toy")
    shard = path / "toy_arm-val.tfrecord-00000-of-00003"
    record = shard.read_bytes()[12:-4]
    small = example({"steps/ticks": integers([-1]), "steps/reward": floats([1])})

    @given(damaged(record, small, record[:300]) | st.binary(max_size=40))
    def check(data):
        shard.write_bytes(framed(data))
        with nothing_outside(tmp_path, path), only_refusals():
            read_all(path)

    go_on(check)


fields = st.recursive(
    st.tuples(st.just("bytes"), st.integers(1, 4), st.binary(max_size=12)),
    lambda inner: st.tuples(st.just("parts"), st.integers(1, 4), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def encoded(field):
    kind, number, content = field
    return part(number, content if kind == "bytes" else b"".join(map(encoded, content)))


@fuzz
def test_fuzz_any_protocol_buffer(go_on, tmp_path):
    kinds = {"a": tensor("int16", (2,)), "b": tensor("bool"), "c": tensor("int8", (-1,), "zlib")}
    path = write_dataset(tmp_path, {**kinds, **STEPS}, [[b""]])
    (shard,) = path.glob("*.tfrecord*")
    keys = [f"steps/{key}".encode() for key in (*kinds, *STEPS)]
    entries = st.tuples(
        st.sampled_from(keys),
        fields | st.tuples(st.just("parts"), st.integers(1, 3), st.lists(fields, max_size=2)),
    )

    @given(st.lists(entries, max_size=7), st.integers(0, 2**70))
    def check(found, number):
        inside = b"".join(part(1, part(1, key) + part(2, encoded(x))) for key, x in found)
        shard.write_bytes(framed(part(1, inside) + varint(number % 2**64)))
        read_all(path)
        shard.write_bytes(framed(part(1, inside)))
        read_all(path)

    go_on(check)


@fuzz
def test_fuzz_the_descriptions(go_on, tmp_path):
    path = shutil.copytree(TOY, tmp_path / "toy")
    trees = {
        name: json.loads((path / name).read_text()) for name in (dataset.FEATURES, dataset.INFO)
    }
    trees[dataset.FEATURES]["featuresDict"]["features"].pop("tags")

    @given(altered(trees[dataset.FEATURES]), altered(trees[dataset.INFO]))
    def check(features, info):
        for name, value in ((dataset.FEATURES, features), (dataset.INFO, trees[dataset.INFO])):
            (path / name).write_text(json.dumps(value))
        with nothing_outside(tmp_path, path), only_refusals():
            read_all(path)
        (path / dataset.FEATURES).write_text(json.dumps(trees[dataset.FEATURES]))
        (path / dataset.INFO).write_text(json.dumps(info))
        with nothing_outside(tmp_path, path), only_refusals():
            read_all(path)

    go_on(check)
