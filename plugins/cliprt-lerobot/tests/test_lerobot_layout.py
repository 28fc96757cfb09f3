"""What ``info.json`` says is checked before it is believed."""

import json
from pathlib import Path

import pytest

from cliprt.errors import StoreError
from cliprt_lerobot.layout import (
    DATA_PATH,
    VIDEO_PATH,
    Feature,
    Info,
    file_path,
    load_info,
    write_info,
)

GOOD = Info(
    "v3.0",
    5,
    {
        "observation.images.wrist": Feature("video", (4, 6, 3), ["height", "width", "channels"]),
        "action": Feature("float32", (2,), {"motors": ["a", "b"]}),
    },
    total_episodes=2,
    robot_type="ur5",
    splits={"train": "0:2"},
)


def test_an_info_comes_back_as_it_was(tmp_path):
    write_info(tmp_path, GOOD)
    assert load_info(tmp_path) == GOOD
    assert GOOD.cameras == {"wrist": "observation.images.wrist"}
    assert GOOD.names_of("action") == ("a", "b")
    assert Info("v3.0", 1, {"a": Feature("f", (2,), {"x": 0, "y": 1})}).names_of("a") == ("x", "y")
    assert "info" not in json.loads((tmp_path / "meta/info.json").read_text())["features"]["action"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"codebase_version": "v1.6"}, "version 'v1.6', not v3.0 or v2.1"),
        ({"codebase_version": None}, "version None"),
        ({"fps": 0}, "fps is 0"),
        ({"fps": "5"}, "fps is '5'"),
        ({"features": {str(n): {} for n in range(1001)}}, "1001 features, more than 1000"),
        ({"features": []}, "features is"),
        ({"features": {"a": {"dtype": "float32"}}}, "has no 'shape'"),
        ({"features": {"a": {"dtype": "float32", "shape": [400, 400]}}}, "160000 numbers a frame"),
        ({"features": {"a": {"dtype": "float32", "shape": [-1]}}}, "is -1"),
        ({"features": {"../x": {"dtype": "video", "shape": [2, 2, 3]}}}, "cannot be a folder's"),
        ({"total_episodes": -1}, "total_episodes is -1"),
        ({"data_path": "../{chunk_index}"}, "is not within the data set"),
        ({"data_path": "/etc/{chunk_index}"}, "is not within the data set"),
        ({"data_path": "{chunk_index:0999999999d}"}, "is none of"),
        ({"data_path": "{chunk_index.__class__}"}, "is none of"),
        ({"data_path": "{0}"}, "is none of"),
        ({"data_path": "{chunk_index"}, "expected '}'"),
        ({"video_path": "{video_key!r}"}, "is none of"),
        ({"video_path": "{video_key:>99999999}"}, "is none of"),
    ],
)
def test_what_cannot_be_right_is_refused(change, text, tmp_path):
    write_info(tmp_path, GOOD)
    path = tmp_path / "meta/info.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(StoreError) as caught:
        load_info(tmp_path)
    assert text in str(caught.value)


def test_what_is_no_data_set_is_told(tmp_path):
    with pytest.raises(StoreError, match="Give the folder of a LeRobot data set"):
        load_info(tmp_path)
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/info.json").write_text("[" * 100_000)
    with pytest.raises(StoreError, match="nested deeper"):
        load_info(tmp_path)
    (tmp_path / "meta/info.json").unlink()
    (tmp_path / "meta/info.json").symlink_to("/etc/hostname")
    with pytest.raises(StoreError, match="is a link, not a file"):
        load_info(tmp_path)


def test_a_key_that_climbs_is_refused():
    at = {"chunk_index": 1, "file_index": 2}
    assert file_path(Path("a"), DATA_PATH, **at) == Path("a/data/chunk-001/file-002.parquet")
    with pytest.raises(StoreError, match="not within the data set"):
        file_path(Path("a"), VIDEO_PATH, video_key="../../x", **at)
    with pytest.raises(StoreError, match="it needs 'video_key'"):
        file_path(Path("a"), VIDEO_PATH, **at)
