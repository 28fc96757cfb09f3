"""The authors' raw folders: order by time, gripper states, and what is wrong with a file."""

from __future__ import annotations

import math

import pytest
from data_samples import RAW_CLOSE as CLOSE
from data_samples import RAW_LEFT as LEFT
from data_samples import write_raw_step as write_step

from cliprt.data.raw import gripper_command, load_raw_episodes
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.types import Primitive

OPEN = [0, 0, 0, 0, 0, 0, 0, 1.0]


@pytest.fixture
def raw(tmp_path):
    for task, episode in ((0, 2), (0, 10), (10, 0), (2, 0)):
        folder = tmp_path / "raw" / f"task_{task}" / f"episode_{episode}"
        for stamp, action in (("9.5", LEFT), ("10.25", CLOSE), ("100", LEFT), ("101", OPEN)):
            write_step(folder, stamp, action)
    return tmp_path


def test_tasks_episodes_and_steps_come_in_order(raw):
    episodes = load_raw_episodes(raw, camera="front")
    assert [e.id for e in episodes] == [
        "task_0-episode_2",
        "task_0-episode_10",
        "task_2-episode_0",
        "task_10-episode_0",
    ]
    steps = episodes[0].steps
    assert [s.supervision for s in steps] == [
        f"said at {t}" for t in ("9.5", "10.25", "100", "101")
    ]
    assert [s.observation.time_s for s in steps] == [0, 0.75, 90.5, 91.5]
    assert steps[1].observation.images["front"].shape == (6, 8, 3)
    assert episodes[0].instruction == "close the laptop"


def test_moving_while_holding_does_not_open_the_gripper(raw):
    steps = load_raw_episodes(raw)[0].steps
    assert [s.outcome.gripper for s in steps] == [None, "closed", None, "open"]
    assert [s.observation.gripper for s in steps] == ["open", "open", "closed", "closed"]


def test_gripper_commands():
    assert gripper_command((*LEFT[:7], 0.0), "open") == "closed"
    assert gripper_command((*LEFT[:7], 0.0), "closed") is None
    assert gripper_command(tuple(LEFT), "closed") is None
    assert gripper_command(tuple(OPEN), "open") == "open"


def test_poses_before_and_after_are_kept(raw):
    step = load_raw_episodes(raw)[0].steps[0]
    assert step.observation.tcp_pose == (0.4, 0.1, 0.3, 0.0, 3.1, 0.0)
    assert step.observation.joints == (0.1,) * 6
    assert step.outcome.measured == pytest.approx((0.4, 0.15, 0.3, 0.0, 3.1, 0.0))
    assert step.outcome.sent == pytest.approx((0.4, 0.15, 0.3, 0.0, 3.1, 0.0))
    assert step.outcome.joints == (0.2,) * 6
    assert math.isnan(step.observation.gripper_opening_m)


def test_a_vocabulary_gives_phrases_and_labels(raw):
    episodes = load_raw_episodes(
        raw, to_primitive=lambda motion, gripper: Primitive(5, "left", motion, gripper)
    )
    assert episodes[0].steps[0].primitive.label == 5
    assert load_raw_episodes(raw)[0].steps[0].primitive.label is None


def test_raw_episodes_can_be_stored(raw, tmp_path):
    store = EpisodeStore(tmp_path / "store")
    for episode in load_raw_episodes(raw):
        store.write_episode(episode)
    assert store.ids()[0] == "task_0-episode_2"
    assert len(store.load("task_10-episode_0").steps) == 4


def test_stamps_that_are_not_plain_numbers_are_ordered_by_their_numbers(tmp_path):
    folder = tmp_path / "task_0" / "episode_0"
    for stamp in ("2024-5-3_10-1", "2024-5-3_9-59", "2024-12-1_0-0"):
        write_step(folder, stamp, LEFT)
    (episode,) = load_raw_episodes(tmp_path)
    assert [s.supervision[8:] for s in episode.steps] == [
        "2024-5-3_9-59",
        "2024-5-3_10-1",
        "2024-12-1_0-0",
    ]
    assert math.isnan(episode.steps[1].observation.time_s)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"action": [0.0] * 7}, r"'action' is \[.*\], not 8 finite numbers"),
        ({"eef_pose": None}, "'eef_pose' is None, not 6 finite numbers"),
        ({"prev_eef_pose": [0, 0, 0, 0, 0, float("nan")]}, "not 6 finite numbers"),
        ({"joint": "none"}, "not a list of finite numbers"),
        ({"supervision": 3}, "'supervision' is 3, not a text"),
        ({"instruction": "another"}, "its instruction is 'another', not 'close the laptop'"),
    ],
)
def test_a_bad_value_is_named(raw, changes, text):
    write_step(raw / "raw" / "task_2" / "episode_0", "200", LEFT, **changes)
    with pytest.raises(StoreError, match=rf"task_2.episode_0.200\.json cannot be read: .*{text}"):
        load_raw_episodes(raw)


def test_bad_files_are_named(raw):
    folder = raw / "raw" / "task_0" / "episode_10"
    good = (folder / "100.json").read_bytes()
    (folder / "100.json").write_bytes(good[:40])
    with pytest.raises(StoreError, match=r"episode_10.100\.json cannot be read"):
        load_raw_episodes(raw)
    (folder / "100.json").unlink()
    with pytest.raises(StoreError, match=r"100\.png cannot be read: its \.json is missing"):
        load_raw_episodes(raw)
    (folder / "100.json").write_bytes(good)
    (folder / "100.png").write_bytes((folder / "9.5.png").read_bytes()[:50])
    with pytest.raises(StoreError, match=r"100\.png cannot be read"):
        load_raw_episodes(raw)
    (folder / "100.png").unlink()
    with pytest.raises(StoreError, match=r"100\.png cannot be read: .*No such file"):
        load_raw_episodes(raw)


def test_folders_that_do_not_fit_are_named(raw, tmp_path):
    (raw / "raw" / "task_2" / "episode_x").mkdir()
    with pytest.raises(StoreError, match=r"episode_x is not called episode_<number>"):
        load_raw_episodes(raw)
    (tmp_path / "other").mkdir()
    with pytest.raises(StoreError, match=r"holds no task_<number>/episode_<number>"):
        load_raw_episodes(tmp_path / "other")
    with pytest.raises(StoreError, match=r"there is no folder"):
        load_raw_episodes(tmp_path / "nowhere")
