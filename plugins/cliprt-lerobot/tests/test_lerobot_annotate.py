"""Phrases in somebody's data set: right ones, nothing else changed, whole at every moment."""

import doctest
import hashlib
import json
import os
import shutil
import signal
from dataclasses import replace
from itertools import pairwise

import foreign_sets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from foreign_sets import NAMES, make
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.cli import main
from cliprt.errors import CliprtError, StoreError, UsageError
from cliprt.registry import load
from cliprt_lerobot import language, layout, motions
from cliprt_lerobot.annotate import annotate, annotate_copy, foresee
from cliprt_lerobot.layout import PERSISTENT
from cliprt_lerobot.motions import active_phrases, motion_rows
from cliprt_lerobot.naming import Told, find_hand
from cliprt_lerobot.reader import DataSet

INFO = "meta/info.json"
PHRASES = [primitive.phrase for primitive in load("vocabulary", "oxe_50")().primitives]
SUBTASK = {"role": "assistant", "content": "reach", "style": "subtask", "timestamp": 0.5}


def digests(root):
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def motions_of(root):
    """Episode -> (time, phrase) of its motions."""
    one = DataSet(root)
    return {
        entry.index: [
            (round(row["timestamp"], 3), row["content"])
            for row in one.language(entry)[0]
            if row["style"] == "motion"
        ]
        for entry in one.entries
    }


def rest_of(path):
    """Everything in a file of rows but its motions."""
    file = pq.ParquetFile(path)
    table = file.read()
    columns = {name: table.column(name) for name in table.column_names if name != PERSISTENT}
    groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    return columns, groups, table.schema.metadata


def test_phrases_say_how_the_hand_moves(tmp_path, capsys):
    root = make(tmp_path / "set", lengths=(30, 30))
    assert main(["annotate", str(root)]) == 0
    told = capsys.readouterr().out
    assert "58 of 60 frames have a phrase (97 %)" in told
    assert "1 files were written; 0 episodes have these phrases already" in told
    found = motions_of(root)
    assert found[1][0] == (0.0, "move the arm forward by ten centimeters")
    assert "move the arm to the left by ten centimeters" in [phrase for _, phrase in found[1]]
    assert "move the arm to the right by ten centimeters" in [phrase for _, phrase in found[0]]
    assert found[0][-1][1] == ""  # it rests at the end
    assert {phrase for rows in found.values() for _, phrase in rows} <= {*PHRASES, ""}
    for rows in found.values():
        assert all(a[1] != b[1] for a, b in pairwise(rows))


@given(
    files=st.integers(1, 3),
    rows_a_group=st.sampled_from([0, 5, 100]),
    said=st.sampled_from([None, {}, {1: [SUBTASK]}, {0: [SUBTASK], 2: [SUBTASK, SUBTASK]}]),
    pandas=st.booleans(),
)
@settings(max_examples=12)
def test_everything_else_is_as_it_was_and_twice_is_once(
    files, rows_a_group, said, pandas, tmp_path_factory
):
    root = tmp_path_factory.mktemp("set") / "one"
    make(root, files=files, rows_a_group=rows_a_group, language=said, pandas=pandas)
    data = sorted((root / "data").rglob("*.parquet"))
    before, rest = digests(root), [rest_of(path) for path in data]
    features = json.loads((root / INFO).read_text())["features"]

    report = annotate(root, Told())
    after = digests(root)
    assert report.files == files
    changed = {name for name in after if after[name] != before.get(name)}
    expected = {str(path.relative_to(root)) for path in data}
    assert changed == (expected | {INFO} if said is None else expected)
    assert [rest_of(path) for path in data] == rest
    language = {PERSISTENT: {"dtype": "language", "shape": [1], "names": None}}
    assert json.loads((root / INFO).read_text())["features"] == {**features, **language}
    one = DataSet(root)
    for entry in one.entries:
        others = [r for r in one.language(entry)[0] if r["style"] != "motion"]
        kept = (said or {}).get(entry.index, [])
        assert [(r["content"], r["style"]) for r in others] == [("reach", "subtask")] * len(kept)

    again = annotate(root, Told())
    assert (again.files, again.fates) == (0, {"same": 3})
    assert digests(root) == after


def test_half_a_character_stays_in_what_a_data_set_says_of_itself(tmp_path):
    info = make(tmp_path / "set") / INFO
    values = {**json.loads(info.read_text()), "robot_type": "half \ud83d"}
    info.write_text(json.dumps(values))
    annotate(tmp_path / "set", Told())
    after = json.loads(info.read_text())
    assert after["features"].pop(PERSISTENT)
    assert after == values


def test_only_phrases_of_ours_are_ever_replaced(tmp_path):
    theirs = {"role": "assistant", "content": "wiggle", "style": "motion", "timestamp": 0.0}
    root = make(tmp_path / "set", language={1: [theirs, SUBTASK]})
    first = annotate(root, Told(), force=True)
    assert first.left_out == ["episode 1: it has somebody else's motions"]
    kept = motions_of(root)
    assert kept[1] == [(0.0, "wiggle")]

    told = Told(gripper_open="low")
    before = digests(root)
    report = annotate(root, told)
    assert report.fates == {"earlier": 2, "foreign": 1}
    assert "--force replaces them" in report.left_out[0]
    assert digests(root) == before
    assert annotate(root, told, force=True).files == 1
    assert motions_of(root)[1] == [(0.0, "wiggle")]
    assert "open the gripper" in [phrase for _, phrase in motions_of(root)[0]]
    assert annotate(root, Told(), force=True).files == 1
    assert motions_of(root) == kept


def test_a_dry_run_tells_it_and_writes_nothing(tmp_path, capsys):
    root = make(tmp_path / "set")
    before = digests(root)
    assert main(["annotate", str(root), "--dry-run", "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert digests(root) == before
    assert (facts["frames"], facts["files"], facts["fates"]) == (80, 1, {"new": 3})
    assert sum(facts["histogram"].values()) == facts["phrased"] > 70
    assert facts["examples"]["1"][0]["phrase"] in PHRASES
    assert "observation.state[0, 1, 2]" in facts["pose"]
    assert main(["annotate", str(root), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "episode 1: 0.00 s move the arm forward by ten centimeters; " in told
    assert "1 files would be written" in told


def test_a_copy_is_written_whole_and_the_data_set_left_alone(tmp_path, capsys):
    root = make(tmp_path / "set")
    before = digests(root)
    target = tmp_path / "deep" / "copy"
    assert main(["annotate", str(root), "--to", str(target)]) == 0
    assert digests(root) == before
    annotate(root, Told())
    assert digests(root) == digests(target)
    assert main(["annotate", str(root), "--to", str(target)]) == 2
    assert "is there already" in capsys.readouterr().err
    (root / "videos/more").symlink_to("/etc")
    with pytest.raises(StoreError, match="more is a link; only files of the data set's own"):
        annotate_copy(root, tmp_path / "other", Told())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "set"]


def killed_at(root, step, told, force):
    """Annotate in a process that is killed when it is about to change the disk a `step`-th time."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1] == signal.SIGKILL
    try:
        left = [step]

        def counted(does):
            def run(*args, **options):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return does(*args, **options)

            return run

        for place, name in ((os, "replace"), (os, "rename"), (os, "unlink"), (os, "fsync")):
            setattr(place, name, counted(getattr(place, name)))
        shutil.copymode = counted(shutil.copymode)
        pq.ParquetWriter.write_table = counted(pq.ParquetWriter.write_table)
        pq.ParquetWriter.close = counted(pq.ParquetWriter.close)
        annotate(root, told, force)
    finally:
        os._exit(0)


@pytest.mark.parametrize("force", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_killed_at_any_step_it_is_whole_and_the_same_command_goes_on(force, tmp_path):
    source = make(tmp_path / "source", lengths=(8, 8), files=2)
    told = Told()
    if force:
        annotate(source, Told(frame="-y x z"))
    before = digests(source)
    wanted = tmp_path / "wanted"
    shutil.copytree(source, wanted)
    annotate(wanted, told, force)
    after = digests(wanted)
    states = set()
    for step in range(1, 200):
        root = tmp_path / "killed"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(source, root)
        was_killed = killed_at(root, step, told, force)
        found = {n: d for n, d in digests(root).items() if not n.endswith(".new")}
        assert found.keys() == before.keys()
        for name, digest in found.items():  # each file as before, or as it is to be
            assert digest in (before[name], after[name])
        one = DataSet(root)  # and all of it is read
        for entry in one.entries:
            assert len(one.numbers(entry, ["action"])["action"]) == entry.length
            one.language(entry)
        states.add(sum(found[name] != before[name] for name in found))
        annotate(root, told, force)
        assert digests(root) == after
        if not was_killed:
            break
    else:
        pytest.fail("it never came to its end")
    assert states == ({0, 1, 2} if force else {0, 1, 2, 3})
    assert step > 15


NO_POSE = [f"joint_{i}.pos" for i in range(6)] + ["gripper.pos"]


def told_by(tmp_path, names, **told):
    root = make(tmp_path / "set", names=names)
    return foresee(root, replace(Told(), **told))


@pytest.mark.parametrize(
    ("names", "pose"),
    [
        (NAMES, "position observation.state[0, 1, 2], turn observation.state[3, 4, 5] (euler)"),
        ({"motors": list(NAMES)}, "turn observation.state[3, 4, 5] (euler)"),
        ({name: i for i, name in enumerate(NAMES)}, "turn observation.state[3, 4, 5] (euler)"),
        (
            ["gripper_pos", "ee.x", "ee.y", "ee.z", "ee.wx", "ee.wy", "ee.wz"],
            "position observation.state[1, 2, 3], turn observation.state[4, 5, 6] (rotation_vector)"
            ", gripper observation.state[0] (open where large)",
        ),
        (["x", "y", "z", "rx", "ry", "rz", "gripper_closed"], "(open where small)"),
        (
            ["x", "y", "z", "qx", "qy", "qz", "qw"],
            "turn observation.state[3, 4, 5, 6] (quaternion)",
        ),
        (
            ["qw", "qx", "qy", "qz", "x", "y", "z"],
            "turn observation.state[1, 2, 3, 0] (quaternion)",
        ),
        (["x", "y", "z", "a", "b", "c", "gripper"], "position observation.state[0, 1, 2], no turn"),
    ],
)
def test_names_say_where_the_pose_is(names, pose, tmp_path):
    assert pose in str(
        find_hand(DataSet(make(tmp_path / "set", lengths=(4,), names=names)).info, Told())
    )


@pytest.mark.parametrize(
    ("names", "told", "said"),
    [
        (NO_POSE, {}, r"no feature is named as the pose .*joint_0.pos.*--pose KEY.*Kinematics"),
        (None, {}, r"observation.state \(no names\)"),
        (["left_x", "left_y", "left_z", "right_x", "right_y", "right_z", "g"], {}, "no feature is"),
        (NO_POSE, {"pose": "observation.stat[0:6]"}, "Did you mean 'observation.state'"),
        (NO_POSE, {"pose": "observation.state[0:9]"}, "names 9 of the 7 numbers"),
        (NO_POSE, {"pose": "observation.state[0:6]", "turn": "quaternion"}, "needs 7"),
        (NO_POSE, {"gripper": "observation.state[0:2]"}, "no feature is named"),
        (NAMES, {"gripper": "observation.state[0:2]"}, "it takes 1 of them"),
        (NAMES, {"frame": "x y"}, "is no frame"),
        (NAMES, {"frame": "y x z"}, "is no frame. Allowed"),
        (NAMES, {"set": "no_such_set"}, "no set is called 'no_such_set'"),
        (NAMES, {"set": "jaco_play"}, "takes '.*', which .* does not have"),
    ],
)
def test_what_is_not_said_is_refused_with_what_would_help(names, told, said, tmp_path):
    with pytest.raises(CliprtError, match=said):
        told_by(tmp_path, names, **told)


def test_a_person_says_where_it_is_and_in_which_frame(tmp_path):
    plain = told_by(tmp_path / "a", NAMES).histogram
    told = {"pose": "observation.state[0:6]", "gripper": "observation.state[6]"}
    assert told_by(tmp_path / "b", NO_POSE, **told).histogram == plain
    turned = told_by(tmp_path / "c", NAMES, frame="-y x z").histogram
    assert (
        turned["move the arm to the left by ten centimeters"]
        == (plain["move the arm forward by ten centimeters"])
    )
    assert (
        turned["raise the arm up by five centimeters"]
        == (plain["raise the arm up by five centimeters"])
    )


def test_a_row_of_a_file_says_it_as_for_other_data_sets(tmp_path):
    rows = tmp_path / "sets.yaml"
    rows.write_text(
        "sets:\n- {name: mine, rate_hz: 10, image: i, text: t,\n"
        "   pose: {position: 'observation.state[:3]', rotation: 'observation.state[3:6]',"
        " form: euler,\n          gripper: 'observation.state[6:7]'}}\n"
    )
    plain = told_by(tmp_path / "a", NAMES)
    by_row = told_by(tmp_path / "b", NO_POSE, set="mine", sets=str(rows))
    assert by_row.histogram == plain.histogram
    assert by_row.pose == "the row of mine"


def test_units_that_cannot_be_are_not_guessed(tmp_path):
    root = make(tmp_path / "set", step_m=10.0)
    with pytest.raises(UsageError, match=r"would move 100 m/s. Say in which unit .* --unit mm"):
        annotate(root, Told())
    assert annotate(root, Told(unit="mm")).phrased > 70
    turning = make(
        tmp_path / "turning", names=["a", "x", "y", "z", "roll", "pitch", "yaw"], step_m=30.0
    )
    with pytest.raises(UsageError, match=r"--angles deg|--unit"):
        annotate(turning, Told())


def test_a_gripper_that_seems_the_wrong_way_round_is_remarked(tmp_path):
    assert told_by(tmp_path / "a", NAMES).remarks == ()
    (remark,) = told_by(tmp_path / "b", NAMES, gripper_open="low").remarks
    assert remark == (
        "in 3 of 3 episodes the gripper is closed at first; if it is not, say --gripper-open high"
    )


def test_poses_that_are_none_leave_the_episode_out(tmp_path):
    root = make(tmp_path / "set", lengths=(12, 12))
    path = root / "data/chunk-000/file-000.parquet"
    table = pq.read_table(path)
    numbers = np.stack(table.column("observation.state").to_pylist()).astype(np.float32)
    numbers[3, 1] = np.nan
    array = pa.FixedSizeListArray.from_arrays(pa.array(numbers.ravel()), 7)
    place = table.schema.get_field_index("observation.state")
    pq.write_table(table.set_column(place, "observation.state", array), path)
    report = annotate(root, Told())
    assert report.left_out == [
        "episode 0: its poses or its gripper have numbers that are not finite"
    ]
    found = motions_of(root)
    assert not found[0]
    assert found[1]


def test_version_2_1_is_sent_to_lerobot(tmp_path, capsys):
    root = make(tmp_path / "set", "v2.1")
    before = digests(root)
    assert main(["annotate", str(root)]) == 2
    said = capsys.readouterr().err
    assert "convert_dataset_v21_to_v30" in said
    assert "Traceback" not in said
    assert digests(root) == before


def test_a_language_column_of_another_kind_is_refused(tmp_path):
    root = make(tmp_path / "set", lengths=(12,))
    path = root / "data/chunk-000/file-000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column(PERSISTENT, pa.array(["x"] * 12)), path)
    with pytest.raises(StoreError, match="is string, not as LeRobot has it"):
        annotate(root, Told())


def test_so_much_language_that_memory_might_not_hold_it_is_left_out(tmp_path, monkeypatch):
    root = make(tmp_path / "set", lengths=(30, 12))
    monkeypatch.setattr("cliprt_lerobot.annotate.MOST_REPEATED", 100)
    report = annotate(root, Told())
    assert "episode 0: each of its 30 frames would repeat all" in report.left_out[0]
    found = motions_of(root)
    assert not found[0]
    assert found[1]


def test_a_copy_into_itself_and_a_file_of_sets_alone_are_refused(tmp_path, capsys):
    root = make(tmp_path / "set", lengths=(12,))
    before = digests(root)
    assert main(["annotate", str(root), "--to", str(root / "copy")]) == 2
    assert "is in the data set that is copied. Choose another" in capsys.readouterr().err
    assert main(["annotate", str(root), "--sets", "sets.yaml"]) == 2
    assert "--sets sets.yaml holds rows of sets. Say which it is: --set NAME" in (
        capsys.readouterr().err
    )
    assert digests(root) == before


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("value", "column"), [(np.nan, 0), (np.inf, 0), (np.nan, 6)])
def test_numbers_without_end_are_left_out_without_a_warning(tmp_path, value, column, monkeypatch):
    def state_of(episode, frames, step_m=0.01):
        state = foreign_sets_state(episode, frames, step_m)
        state[3:, column] = value if episode else state[3:, column]
        return state

    foreign_sets_state = foreign_sets.state_of
    monkeypatch.setattr(foreign_sets, "state_of", state_of)
    report = annotate(make(tmp_path / "set", lengths=(12, 12)), Told())
    assert report.left_out == [
        "episode 1: its poses or its gripper have numbers that are not finite"
    ]


def test_a_group_of_many_episodes_is_cut_where_it_would_grow_beyond_memory(tmp_path, monkeypatch):
    root = make(tmp_path / "set", lengths=(30,) * 6, rows_a_group=1000)
    (path,) = (root / "data").rglob("*.parquet")
    columns, groups, _ = rest_of(path)
    assert groups == [180]
    monkeypatch.setattr("cliprt_lerobot.motions.MOST_REPEATED", 2 * 30 * 8)
    report = annotate(root, Told())
    assert not report.left_out
    found = motions_of(root)
    assert all(found.values())
    after, cut, _ = rest_of(path)
    assert all(columns[name].equals(after[name]) for name in columns)
    assert sum(cut) == 180
    assert len(cut) > 1
    assert all(rows % 30 == 0 for rows in cut)
    assert annotate(root, Told()).files == 0


def test_where_a_file_cannot_be_written_nothing_is_left_of_it(tmp_path, monkeypatch):
    root = make(tmp_path / "set", lengths=(12, 12), files=2)
    before = digests(root)
    write = pq.ParquetWriter.write_table

    def fails(writer, table, **options):
        write(writer, table, **options)
        if table.column("episode_index")[0].as_py() == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fails)
    with pytest.raises(StoreError, match="The disk is full"):
        annotate(root, Told())
    assert digests(root) == before


def test_two_at_once_wait_for_each_other(tmp_path):
    import fcntl

    root = make(tmp_path / "set", lengths=(12,))
    descriptor = os.open(root, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(StoreError, match="is being annotated just now"):
        annotate(root, Told())
    os.close(descriptor)
    assert annotate(root, Told()).files == 1


def test_a_name_that_is_neither_folder_nor_data_set_of_the_hub(tmp_path, capsys, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert main(["annotate", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["annotate", "user/name"]) == 2
    said = capsys.readouterr().err
    assert "there is no folder user/name, and the Hub gave no data set of that name" in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("module", [motions, language, layout])
def test_examples_in_the_code_are_right(module):
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


@given(labels=st.lists(st.integers(-1, 3), max_size=40))
def test_every_frame_has_the_phrase_that_it_was_given(labels):
    times = (np.arange(len(labels)) / 30).astype(np.float32)
    rows = motion_rows(np.array(labels, dtype=np.int64), times, ("a", "b", "c", "d"))
    as_read = [{"style": "motion", "timestamp": r.time_s, "content": r.phrase} for r in rows]
    wanted = ["abcd"[label] if label >= 0 else "" for label in labels]
    assert active_phrases(as_read[::-1], times.tolist()) == wanted
