"""Data sets of others: every number as it was written, every frame the right one."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from foreign_sets import TASKS, make, picture, state_of, write_video
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import StoreError
from cliprt_lerobot import footer, listing, tables
from cliprt_lerobot.reader import DataSet
from cliprt_lerobot.tables import Table

FIXTURE = Path(__file__).parent / "fixtures" / "v21"
DATA = "data/chunk-000/file-000.parquet"
FRONT, WRIST = "observation.images.front", "observation.images.wrist"


def nearest_frame(image, episode, frames):
    """Which frame of the episode a decoded picture is."""
    away = [np.abs(image.astype(int) - picture(episode, i)).mean() for i in range(frames)]
    return int(np.argmin(away))


def check_all(root):
    one = DataSet(root)
    for entry in one.entries:
        found = one.numbers(entry, ["observation.state", "index", "timestamp"])
        assert found["observation.state"].dtype == np.float32
        assert (found["observation.state"] == state_of(entry.index, entry.length)).all()
        assert (found["timestamp"] == (np.arange(entry.length) / 10).astype(np.float32)).all()
        assert one.instructions(entry) == [TASKS[entry.index % 2]] * entry.length
        assert entry.tasks == (TASKS[entry.index % 2],)
        for key in (FRONT, WRIST):
            shown = list(one.pictures(entry, key))
            first = min(entry.length, 11)  # the square comes to the same place again
            assert [nearest_frame(x, entry.index, first) for x in shown[:first]] == [*range(first)]
            assert len(shown) == entry.length
        some = list(one.pictures(entry, FRONT, [3, 7]))
        assert [nearest_frame(x, entry.index, 11) for x in some] == [3, 7]
    return one


@settings(max_examples=8)
@given(
    files=st.integers(1, 3),
    rows_a_group=st.sampled_from([0, 1, 7, 40]),
    pandas=st.booleans(),
    g=st.sampled_from([1, 2, 9, 200]),
    lengths=st.lists(st.integers(12, 20), min_size=3, max_size=4),
)
def test_numbers_and_frames_are_those_of_the_episode(
    files, rows_a_group, pandas, g, lengths, tmp_path_factory
):
    root = tmp_path_factory.mktemp("set") / "one"
    make(root, "v3.0", tuple(lengths), files=files, rows_a_group=rows_a_group, pandas=pandas, g=g)
    check_all(root)


def test_version_2_1_is_read_with_a_file_an_episode():
    one = check_all(FIXTURE)
    assert [entry.length for entry in one.entries] == [12, 15]
    assert len({entry.path for entry in one.entries}) == 2


def test_frames_that_wait_for_later_ones_are_in_order(tmp_path):
    """With b-frames a decoder gives out its first frame late."""
    root = make(tmp_path / "set", lengths=(11, 11))
    frames = [picture(e, i) for e in range(2) for i in range(11)]
    write_video(root / f"videos/{FRONT}/chunk-000/file-000.mp4", frames, g=40, b_frames=3)
    check_all(root)


def read_second(root):
    one = DataSet(root)
    one.numbers(one.entries[1], ["action"])
    list(one.pictures(one.entries[1], FRONT))


def rewrite(root, change):
    path = root / "meta/info.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda info: info.update(codebase_version="v2.0"), "version 'v2.0', not v3.0 or v2.1"),
        (lambda info: info.update(data_path="../{chunk_index}/{file_index}"), "not within"),
        (lambda info: info.update(data_path="/etc/{chunk_index}/{file_index}"), "not within"),
        (lambda info: info.update(video_path="{video_key.__class__}/{file_index}"), "is none of"),
        (lambda info: info.update(total_episodes=2**41), "total_episodes is 2199023255552"),
        (lambda info: info.update(total_episodes=7), "says 7 episodes, 3 are listed"),
        (lambda info: info.update(features={str(i): {} for i in range(2000)}), "2000 features"),
        (lambda info: info["features"]["action"].update(shape=[2**30]), "numbers a frame"),
        (lambda info: info.update(fps=0), "fps is 0"),
    ],
)
def test_what_a_data_set_says_of_itself_is_checked(change, said, tmp_path):
    root = make(tmp_path / "set", lengths=(4, 4, 4))
    rewrite(root, change)
    with pytest.raises(StoreError, match=said):
        DataSet(root)


def test_rows_of_another_episode_are_refused(tmp_path):
    root = make(tmp_path / "set", lengths=(4, 4))
    path = root / "meta/episodes/chunk-000/file-000.parquet"
    rows = pq.read_table(path).to_pylist()
    rows[1] |= {"dataset_from_index": 3, "dataset_to_index": 7}
    pq.write_table(pa.Table.from_pylist(rows), path)
    one = DataSet(root)
    with pytest.raises(StoreError, match="its rows are not those of episode 1"):
        one.numbers(one.entries[1], ["action"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": 2**40}, "episode 1 has 1099511627776 frames, which are rows 4 to 8"),
        ({"dataset_to_index": 10**9, "length": 10**9 - 4}, "it has 8 rows, not 4 to 1000000000"),
        ({"dataset_from_index": -4, "dataset_to_index": 0}, "which are rows -4 to 0"),
        ({"data/file_index": 5}, "No such file"),
        ({"data/chunk_index": -1}, "episode 1 has 4 frames"),
        ({"videos/observation.images.front/from_timestamp": 1e9}, "there is no frame|ends before"),
        ({"videos/observation.images.front/from_timestamp": float("nan")}, "from nan s"),
    ],
)
def test_where_an_episode_is_said_to_lie_is_checked(changes, said, tmp_path):
    root = make(tmp_path / "set", lengths=(4, 4))
    path = root / "meta/episodes/chunk-000/file-000.parquet"
    rows = pq.read_table(path).to_pylist()
    rows[1] |= changes
    pq.write_table(pa.Table.from_pylist(rows), path)
    with pytest.raises(StoreError, match=said):
        read_second(root)


def test_a_video_that_ends_early_or_is_of_another_size_is_named(tmp_path):
    root = make(tmp_path / "set", lengths=(6, 6))
    video = root / f"videos/{FRONT}/chunk-000/file-000.mp4"
    one = DataSet(root)
    write_video(video, [picture(0, i) for i in range(8)])
    assert len(list(one.pictures(one.entries[0], FRONT))) == 6
    with pytest.raises(StoreError, match=r"file-000.mp4 .*ends before"):
        list(one.pictures(one.entries[1], FRONT))
    write_video(video, [picture(0, i, 64) for i in range(12)])
    with pytest.raises(StoreError, match=r"has the shape \(64, 64, 3\), not \(32, 32, 3\)"):
        list(one.pictures(one.entries[0], FRONT))
    video.write_bytes(video.read_bytes()[:300])
    with pytest.raises(StoreError, match=r"file-000.mp4 cannot be read"):
        list(one.pictures(one.entries[0], FRONT))


def test_links_are_refused_but_in_a_cache_of_downloads(tmp_path):
    root = make(tmp_path / "set", lengths=(4, 4))
    shutil.move(root / DATA, tmp_path / "blob")
    (root / DATA).symlink_to(tmp_path / "blob")
    one = DataSet(root)
    with pytest.raises(StoreError, match="is a link, not a file"):
        one.numbers(one.entries[0], ["action"])
    one = DataSet(root, linked=True)
    assert len(one.numbers(one.entries[0], ["action"])["action"]) == 4


def test_an_unknown_feature_is_named_with_the_nearest(tmp_path):
    one = DataSet(make(tmp_path / "set", lengths=(4,)))
    with pytest.raises(StoreError, match=r"no feature 'actoin'\. Did you mean 'action'"):
        one.numbers(one.entries[0], ["actoin"])


def table_of(tmp_path, columns, **options):
    path = tmp_path / "one.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_a_million_columns_are_refused_before_they_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(footer, "MOST_COLUMNS", 50)
    path = table_of(tmp_path, {f"c{i}": [1] for i in range(60)})
    with pytest.raises(StoreError, match="it has 60 columns, more than 50"):
        Table(path, tmp_path)
    monkeypatch.setattr(footer, "MOST_LISTED", 40)
    with pytest.raises(StoreError, match=r"one.parquet cannot be read"):
        Table(path, tmp_path)
    monkeypatch.setattr(footer, "MOST_FOOTER_BYTES", 100)
    with pytest.raises(StoreError, match=r"its footer has .* bytes, more than 100"):
        Table(path, tmp_path)


def test_a_text_that_stands_in_a_million_rows_is_held_once(tmp_path):
    """10^5 rows of 10 MB each are a terabyte; in the file, and here, they are ten megabytes."""
    said = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10**5, np.int32)), ["x" * 10**7])
    table = Table(table_of(tmp_path, {"task": said}, store_schema=False), tmp_path)
    column = table.read(["task"], 0, len(table)).column("task")
    assert column.nbytes < 2 * 10**7
    with pytest.raises(StoreError, match="takes 1,000,000,000,000 bytes in memory"):
        table.read_group(0)


def test_a_list_of_a_billion_numbers_is_refused_by_what_the_file_says(tmp_path, monkeypatch):
    path = table_of(tmp_path, {"action": [[0.0] * 10**6]})
    assert path.stat().st_size < 10**5
    monkeypatch.setattr(tables, "MOST_READ_BYTES", 10**6)
    with pytest.raises(StoreError, match="takes 8,000,000 bytes in memory"):
        Table(path, tmp_path).read(["action"], 0, 1)


def test_depth_beyond_all_use_is_refused(tmp_path):
    array = pa.array([1])
    for _ in range(150):
        array = pa.StructArray.from_arrays([array], ["a"])
    with pytest.raises(StoreError, match="too deeply nested"):
        Table(table_of(tmp_path, {"x": array}), tmp_path)


def test_what_pandas_and_pickle_left_in_the_metadata_is_never_run(tmp_path):
    """Only as bytes: an object that was pickled there would be made by nobody."""
    bomb = (
        b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."
    )
    root = make(tmp_path / "set", lengths=(4,))
    for path in (root / DATA, root / "meta/tasks.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.replace_schema_metadata({"pandas": bomb, "huggingface": bomb}), path)
    one = DataSet(root)
    assert one.instructions(one.entries[0]) == [TASKS[0]] * 4


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([["a"]] * 4), "holds list<.*string.*>, not numbers"),
        (pa.array([[1.0], [1.0, 2.0], [1.0], [1.0]]), "rows of several widths"),
        (pa.array([[1.0], None, [1.0], [1.0]]), "holds .*, not numbers|missing"),
        (pa.array([1.0, None, 1.0, 1.0]), "values are missing"),
    ],
)
def test_columns_that_are_no_numbers_are_named(column, said, tmp_path):
    root = make(tmp_path / "set", lengths=(4,))
    table = pq.read_table(root / DATA)
    place = table.schema.get_field_index("action")
    pq.write_table(table.set_column(place, "action", column), root / DATA)
    one = DataSet(root)
    with pytest.raises(StoreError, match=said):
        one.numbers(one.entries[0], ["action"])


def test_lines_of_version_2_1_are_bounded_and_checked(tmp_path, monkeypatch):
    root = tmp_path / "set"
    shutil.copytree(FIXTURE, root)
    lines = root / "meta/episodes.jsonl"
    whole = lines.read_text()
    lines.write_text('{"episode_index": "1; rm", "length": 3}\n')
    with pytest.raises(StoreError, match="'episode_index' is '1; rm', not a whole number"):
        DataSet(root)
    lines.write_text(whole + "[1]\n")
    with pytest.raises(StoreError, match="line 3 is no JSON object"):
        DataSet(root)
    lines.write_text(whole)
    monkeypatch.setattr(listing, "MOST_EPISODES", 1)
    with pytest.raises(StoreError, match="more than 1 lines"):
        DataSet(root)


def test_a_task_that_nobody_says_in_words_is_named(tmp_path):
    root = make(tmp_path / "set", lengths=(4, 4))
    pq.write_table(pa.table({"task_index": [0], "task": ["one"]}), root / "meta/tasks.parquet")
    one = DataSet(root)
    with pytest.raises(StoreError, match="episode 1 is about task 1, which nothing says"):
        one.instructions(one.entries[1])


def test_no_flipped_bit_of_a_footer_ends_the_process(tmp_path):
    """Where statistics contradict each other, a property of pyarrow's metadata would."""
    path = table_of(tmp_path, {"action": [[0.5, 1.0]] * 9, "task": ["a", "b", "b"] * 3})
    whole = path.read_bytes()
    length = int.from_bytes(whole[-8:-4], "little")
    refused = 0
    for place in range(len(whole) - 8 - length, len(whole), 3):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            table = Table(path, tmp_path)
            tables.to_numbers(table.read(["action", "task"], 0, len(table)), "action", path)
        except StoreError:
            refused += 1
    assert refused > 50
