"""Episodes as a data set of version 3.0: every number is there, every picture nearly."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import RecipeError, StoreError, UsageError
from cliprt.testing import check_format
from cliprt.testing.format import sample_episodes
from cliprt.types import Primitive
from cliprt_lerobot.columns import LEARNED, SUCCESS
from cliprt_lerobot.format import LeRobotFormat
from cliprt_lerobot.layout import load_info
from cliprt_lerobot.video import read_frames
from cliprt_lerobot.writer import Frames, Writer

EPISODES = sample_episodes()
DATA = "data/chunk-000/file-000.parquet"


def rows_of(folder):
    return pq.read_table(folder / "data").to_pylist()


def episodes_of(folder):
    return pq.read_table(folder / "meta/episodes").to_pylist()


def with_step(episode, index, **changes):
    steps = list(episode.steps)
    steps[index] = replace(steps[index], **changes)
    return replace(episode, steps=tuple(steps))


def resized(episode, height, width):
    steps = []
    for step in episode.steps:
        image = np.zeros((height, width, 3), np.uint8)
        seen = replace(step.observation, images=dict.fromkeys(step.observation.images, image))
        steps.append(replace(step, observation=seen))
    return replace(episode, steps=tuple(steps))


def refused(step):
    return replace(step.outcome, sent=None, refused="too far")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set") / "whole"
    LeRobotFormat(robot_type="ur5e").write(EPISODES, folder)
    return folder


def test_the_same_episodes_give_the_same_bytes(folder, tmp_path):
    LeRobotFormat(robot_type="ur5e").write(EPISODES, tmp_path / "again")
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 7
    for file in files:
        data = (folder / file).read_bytes()
        assert data == (tmp_path / "again" / file).read_bytes(), file
        if file.suffix == ".mp4":
            when = data.index(b"mvhd") + 8  # behind the kind, its version and flags
            assert data[when : when + 4] == bytes(4), "the time of day is in it"


def test_the_format_conforms(tmp_path):
    check_format(LeRobotFormat(), tmp_path)


def test_every_number_is_there(folder):
    rows, steps = rows_of(folder), [step for e in EPISODES for step in e.steps]
    for row, step in zip(rows, steps, strict=True):
        seen, outcome = step.observation, step.outcome
        gripper = {"closed": -1, None: 0}[outcome.gripper]
        for name, numbers in {
            "observation.state": (*seen.tcp_pose, 1.0),
            "action": (*outcome.commanded, gripper),
            "cliprt.commanded_pose": seen.commanded_pose,
            "cliprt.sent_pose": outcome.sent,
            "cliprt.measured_pose": outcome.measured,
            "cliprt.joints": seen.joints,
        }.items():
            assert row[name] == np.float32(numbers).tolist(), name
        assert row["cliprt.gripper_opening_m"] == np.float32(0.08)
        assert row["cliprt.time_s"] == seen.time_s
        assert row["timestamp"] == row["frame_index"] == step.index
        assert row["next.done"] == row[SUCCESS] == (step.index == 3)
        assert row[LEARNED]
    assert [row["index"] for row in rows] == list(range(12))
    assert [row["episode_index"] for row in rows] == [0] * 4 + [1] * 4 + [2] * 4
    assert pq.ParquetFile(folder / DATA).num_row_groups == 3
    schema = pq.read_schema(folder / DATA)
    assert str(schema.field("action").type).startswith("fixed_size_list<")


def test_what_is_said_stands_where_it_was_said(folder):
    rows = rows_of(folder)
    for row in rows:
        motions = [
            (r["role"], r["style"], r["content"], r["timestamp"])
            for r in row["language_persistent"]
        ]
        assert motions == [
            ("assistant", "motion", "move the arm", 0.0),
            ("assistant", "motion", "close the gripper", 3.0),
        ]
        said = [(r["role"], r["style"], r["content"]) for r in row["language_events"]]
        assert said == (
            [("user", "interjection", "to the left")] if row["frame_index"] == 1 else []
        )


def test_the_tasks_have_what_pandas_needs(folder):
    table = pq.read_table(folder / "meta/tasks.parquet")
    assert table.to_pylist() == [
        {"task_index": 0, "task": "pick the cube"},
        {"task_index": 1, "task": "close the laptop"},
    ]
    assert json.loads(table.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    assert [row["tasks"] for row in episodes_of(folder)] == [
        ["pick the cube"],
        *[["close the laptop"]] * 2,
    ]


def test_info_says_what_there_is(folder):
    info = load_info(folder)
    assert (info.total_episodes, info.total_frames, info.total_tasks) == (3, 12, 2)
    assert (info.fps, info.robot_type, info.splits) == (1, "ur5e", {"train": "0:3"})
    assert set(info.cameras) == {"scene", "wrist"}
    assert info.names_of("action")[-2:] == ("gripper_rotation", "gripper")
    assert {info.features[c].dtype for c in ("language_persistent", "language_events")} == {
        "language"
    }
    assert set(rows_of(folder)[0]) == {k for k, f in info.features.items() if not f.is_picture}


def test_frames_are_close_to_the_pictures(folder):
    facts = episodes_of(folder)
    for camera in ("scene", "wrist"):
        for episode, fact in zip(EPISODES, facts, strict=True):
            key = f"videos/observation.images.{camera}"
            path = folder / key / "chunk-000/file-000.mp4"
            first = fact[f"{key}/from_timestamp"]
            frames = read_frames(path, folder, [first + n for n in range(4)])
            for step, frame in zip(episode.steps, frames, strict=True):
                image = step.observation.images[camera].astype(float)
                error = np.mean((image - frame) ** 2)
                assert 10 * np.log10(255**2 / error) > 25  # edges of one pixel, half the colours


def test_stats_are_those_of_the_numbers_and_pictures(folder):
    stats = json.loads((folder / "meta/stats.json").read_text())
    actions = np.array([row["action"] for row in rows_of(folder)])
    images = np.stack([s.observation.images["scene"] for e in EPISODES for s in e.steps]) / 255
    for name, function in {
        "min": np.min,
        "max": np.max,
        "mean": np.mean,
        "std": np.std,
        "q01": lambda x, axis: np.quantile(x, 0.01, axis),
        "q50": lambda x, axis: np.quantile(x, 0.5, axis),
        "q99": lambda x, axis: np.quantile(x, 0.99, axis),
    }.items():
        assert stats["action"][name] == pytest.approx(function(actions, axis=0).tolist(), abs=1e-9)
        found = np.array(stats["observation.images.scene"][name])
        assert found.shape == (3, 1, 1)
        assert found.ravel() == pytest.approx(function(images, axis=(0, 1, 2)), abs=1e-9)
    assert stats["action"]["count"] == stats["observation.images.scene"]["count"] == [12]
    assert set(stats) == {k for k, f in load_info(folder).features.items() if f.dtype != "language"}


def test_an_episode_is_cut_at_what_is_not_learned_from(tmp_path):
    strays = with_step(EPISODES[0], 1, train=False)
    passed = with_step(EPISODES[1], 1, outcome=refused(EPISODES[1].steps[1]))
    nothing = replace(EPISODES[2], steps=EPISODES[2].steps[:1])
    nothing = with_step(nothing, 0, train=False)
    written = LeRobotFormat().write((strays, passed, nothing), tmp_path / "set")
    assert written.left_out == ("e-2 has no step to learn from",)
    assert (written.facts["episodes"], written.facts["lerobot_episodes"]) == (2, 3)
    rows = rows_of(tmp_path / "set")
    assert [row["frame_index"] for row in rows] == [0, 0, 1, 0, 1, 2]
    assert [row[SUCCESS] for row in rows] == [False, False, True, False, False, True]
    assert [row["next.done"] for row in rows] == [True, False, True, False, False, True]
    assert [f["cliprt.episode"] for f in episodes_of(tmp_path / "set")] == ["e-0", "e-0", "e-1"]


def test_all_steps_are_kept_where_that_is_wanted(tmp_path):
    strays = with_step(EPISODES[0], 1, train=False)
    passed = with_step(EPISODES[1], 1, outcome=refused(EPISODES[1].steps[1]))
    LeRobotFormat(steps="all").write((strays, passed), tmp_path / "set")
    rows = rows_of(tmp_path / "set")
    assert [row[LEARNED] for row in rows] == [True, False, True, True] * 2
    assert rows[5]["cliprt.sent_pose"] == rows[5]["cliprt.commanded_pose"]
    assert len(episodes_of(tmp_path / "set")) == 2


def test_what_is_not_known_of_every_step_is_no_column(tmp_path):
    seen = EPISODES[0].steps[0].observation
    unmeasured = replace(seen, gripper_opening_m=float("nan"), time_s=float("nan"), joints=(0.1,))
    LeRobotFormat().write((with_step(EPISODES[0], 0, observation=unmeasured),), tmp_path / "set")
    assert not {"cliprt.joints", "cliprt.gripper_opening_m", "cliprt.time_s"} & set(
        load_info(tmp_path / "set").features
    )


@pytest.mark.parametrize(
    ("form", "size"), [(LeRobotFormat(), 31), (LeRobotFormat(video=False), 32)]
)
def test_odd_pictures_are_kept_exactly(form, size, tmp_path):
    episode = resized(EPISODES[0], 32, size)
    text = form.write((episode,), tmp_path / "set").text
    assert ("kept as PNG, since video needs even sizes" in text) == (size == 31)
    assert not (tmp_path / "set/videos").exists()
    import io

    from PIL import Image

    for row, step in zip(rows_of(tmp_path / "set"), episode.steps, strict=True):
        for camera, image in step.observation.images.items():
            kept = Image.open(io.BytesIO(row[f"observation.images.{camera}"]["bytes"]))
            assert np.array_equal(np.array(kept), image)


def test_large_files_are_followed_by_others(tmp_path):
    """One file an episode, where any size is too large."""
    features = {
        "observation.images.a": LeRobotFormat()._camera((32, 32, 3), 5),
        "observation.images.b": LeRobotFormat(video=False)._camera((32, 32, 3), 5),
    }
    writer = Writer(tmp_path, features, 5, most_bytes=(1, 1))
    images = np.random.default_rng(0).integers(0, 256, (80, 32, 32, 3), dtype=np.uint8)
    for _ in range(3):
        looks = dict.fromkeys(features, images.__getitem__)
        writer.add(Frames("go", {}, looks, ["up"] * 80, [""] * 80))
    writer.finish()
    assert len(list(tmp_path.glob("videos/*/chunk-000/*.mp4"))) == 3
    assert len(list(tmp_path.glob("data/chunk-000/*.parquet"))) == 3
    facts = episodes_of(tmp_path)
    assert [f["data/file_index"] for f in facts] == [0, 1, 2]
    assert [f["videos/observation.images.a/file_index"] for f in facts] == [0, 1, 2]
    assert {f["videos/observation.images.a/from_timestamp"] for f in facts} == {0.0}
    times = [row["timestamp"] for row in rows_of(tmp_path)]
    assert times == np.tile((np.arange(80) / 5).astype(np.float32), 3).tolist()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cameras": ("top",)}, "e-0 has no camera 'top'. Allowed: scene, wrist"),
        ({"cameras": ("scen",)}, "Did you mean 'scene'"),
    ],
)
def test_cameras_that_are_not_there_are_told(options, text, tmp_path):
    with pytest.raises(UsageError) as caught:
        LeRobotFormat(**options).write(EPISODES, tmp_path / "set")
    assert text in str(caught.value)


def test_a_cameras_name_can_lead_nowhere(tmp_path):
    step = EPISODES[0].steps[0]
    images = {"../x": step.observation.images["scene"]}
    bad = with_step(EPISODES[0], 0, observation=replace(step.observation, images=images))
    with pytest.raises(UsageError, match="cannot be a feature's name"):
        LeRobotFormat().write((bad,), tmp_path / "set")


def test_other_sizes_are_named_and_left_out(tmp_path):
    small, large = EPISODES[0], resized(EPISODES[1], 64, 48)
    unseen = replace(EPISODES[2].steps[0].observation, images={})
    blind = with_step(EPISODES[2], 0, observation=unseen)
    endless = replace(EPISODES[2].steps[1].outcome, commanded=(1e39, 0, 0, 0, 0, 0, 0))
    endless = replace(with_step(EPISODES[2], 1, outcome=endless), id="e-3")
    written = LeRobotFormat().write((small, large, blind, endless), tmp_path / "set")
    assert written.left_out == (
        "e-1 has pictures of 48 x 64 px of the camera 'scene', the episodes before it 32 x 32 px;"
        " write them to another folder",
        "e-2 has none of the camera 'scene', the episodes before it 32 x 32 px;"
        " write them to another folder",
        "e-3 has a number without end",
    )
    changing = with_step(small, 2, observation=large.steps[2].observation)
    with pytest.raises(StoreError, match=r"e-0, step 2: the picture of 'scene' has another size"):
        LeRobotFormat().write((changing,), tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]
    with pytest.raises(StoreError, match="no step to learn from"):
        LeRobotFormat().write((), tmp_path / "other")


def test_phrases_that_would_fill_the_memory_are_named(tmp_path):
    step, steps = EPISODES[0].steps[0], []
    for number in range(1001):
        primitive = replace(step.primitive, phrase=f"move {number}")
        steps.append(replace(step, index=number, primitive=primitive))
    wordy = replace(EPISODES[1], steps=tuple(steps))
    written = LeRobotFormat().write((EPISODES[0], wordy), tmp_path / "set")
    assert written.left_out == (
        "e-1 has so many phrases that LeRobot, which repeats them on every frame, would keep more"
        " than 1000000 rows; record shorter episodes",
    )


@pytest.mark.parametrize(("apart_s", "fps"), [(0.1, 10), (0.35, 3), (2.5, 1), (float("nan"), 1)])
def test_the_rate_is_that_of_the_steps(apart_s, fps, tmp_path):
    episode = EPISODES[0]
    for n, step in enumerate(episode.steps):
        episode = with_step(episode, n, observation=replace(step.observation, time_s=n * apart_s))
    assert LeRobotFormat().write((episode,), tmp_path / "set").facts["fps"] == fps
    assert LeRobotFormat(fps=7).write((episode,), tmp_path / "seven").facts["fps"] == 7
    assert rows_of(tmp_path / "seven")[3]["timestamp"] == np.float32(3 / 7)


@pytest.fixture
def run(tmp_path):
    store = EpisodeStore(tmp_path / "run" / "episodes", durable=False)
    for episode in EPISODES:
        store.write_episode(episode)
    return tmp_path / "run"


def test_the_command_names_what_it_leaves_out(run, tmp_path, capsys):
    (run / "episodes/episodes/e-1/images/0002-scene.png").write_bytes(b"")
    command = ["episodes", "export", str(run), "--format", "lerobot", "--to", str(tmp_path / "set")]
    assert main([*command, "--format", "json", "cameras=[wrist]", "fps=2"]) == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert (facts["episodes"], facts["cameras"], facts["fps"]) == (2, ["wrist"], 2)
    assert "left out: " in err
    assert "0002-scene.png" in err
    assert facts["left_out"] == 1
    assert main(command) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([*command[:-1], str(tmp_path / "other"), "steps=some"]) == 2
    assert "Allowed: learned, all" in capsys.readouterr().err


KILLED = """
import os, signal, sys
from cliprt.testing.format import sample_episodes
from cliprt.types import Primitive
from cliprt_lerobot import format, writer
from cliprt_lerobot.format import LeRobotFormat
left = int(sys.argv[2])
def counting(call):
    def counted(*args, **options):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **options)
    return counted
writer.VideoFiles.add = counting(writer.VideoFiles.add)
writer.RowFiles.add = counting(writer.RowFiles.add)
writer.Writer.add = counting(writer.Writer.add)
writer.write_info = counting(writer.write_info)
writer.pq.write_table = counting(writer.pq.write_table)
writer.Path.rename = counting(writer.Path.rename)
LeRobotFormat().write(sample_episodes(), writer.Path(sys.argv[1]))
print(left)
"""


def test_a_kill_leaves_nothing_that_looks_whole(tmp_path):
    """At moments when something was just about to be written: rows, tasks; the rename last."""
    folder = tmp_path / "set"
    for moment in (9, 14, 16, 17):
        command = [sys.executable, "-c", KILLED, str(folder), str(moment)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not folder.exists()
    assert moment == 17, "the sixteenth is the rename"
    assert os.listdir(tmp_path) == ["set"], "what the killed ones left is gone"
    assert load_info(folder).total_episodes == 3


def test_options_are_checked():
    from cliprt.recipe.check import check_component

    with pytest.raises(RecipeError, match="fps: got -1"):
        check_component("format", "lerobot", ["fps=-1"])
    with pytest.raises(RecipeError, match="Did you mean 'steps'"):
        check_component("format", "lerobot", ["step=all"])


def test_what_was_written_comes_back(tmp_path):
    """Names, words and flags as they were; numbers as 32-bit floats have them."""
    LeRobotFormat().write(EPISODES, tmp_path / "set")
    found = list(LeRobotFormat().read(tmp_path / "set", lambda m, g: Primitive(7, "go", m, g)))
    for one, other in zip(EPISODES, found, strict=True):
        assert [one.id, one.instruction] == [other.id, other.instruction]
        assert [one.source, one.success] == [other.source, other.success]
        for step, again in zip(one.steps, other.steps, strict=True):
            assert again.primitive.label == 7
            assert again.outcome.gripper == step.outcome.gripper
            assert again.supervision == step.supervision
            for numbers, others in [
                (step.outcome.commanded, again.outcome.commanded),
                (step.outcome.sent, again.outcome.sent),
                (step.outcome.measured, again.outcome.measured),
                (step.observation.tcp_pose, again.observation.tcp_pose),
                (step.observation.joints, again.observation.joints),
            ]:
                assert np.array_equal(np.float32(numbers), np.float32(others))
