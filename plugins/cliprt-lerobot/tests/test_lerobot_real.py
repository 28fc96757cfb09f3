"""What is written is read by lerobot itself (Python 3.12, 5 GB), where that is installed.

CLIPRT_LEROBOT_PYTHON=/path/to/its/python pytest -m slow plugins/cliprt-lerobot/tests
"""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cliprt.data.columns import GRIPPER
from cliprt.testing.format import sample_episodes
from cliprt_lerobot.format import LeRobotFormat

PYTHON = os.environ.get("CLIPRT_LEROBOT_PYTHON", "")
READER = Path(__file__).with_name("lerobot_reader.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="CLIPRT_LEROBOT_PYTHON names no Python with lerobot"),
]


def picture(index, height=224, width=224):
    """A smooth scene with a thing in it that moves."""
    y, x = np.mgrid[:height, :width]
    image = np.stack([x, y, (x + y + 9 * index) / 2], -1) * (255 / (height + width))
    image[60 + 5 * index : 110 + 5 * index, 80:140] = (200, 60, 90)
    return image.astype(np.uint8)


def episodes(size):
    for episode in sample_episodes():
        steps = []
        for step in episode.steps:
            image = picture(step.index, *size)
            images = {"scene": image, "wrist": image[::-1].copy()}
            steps.append(replace(step, observation=replace(step.observation, images=images)))
        yield replace(episode, steps=tuple(steps))


def look(folder, truth, scratch):
    """What lerobot finds in a data set."""
    np.savez(scratch / "truth.npz", **truth)
    told = {"HF_HUB_OFFLINE": "1", "HF_LEROBOT_HOME": str(scratch), "HF_HOME": str(scratch)}
    command = [PYTHON, READER, folder, scratch / "truth.npz", scratch]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | told
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("video", [True, False], ids=["video", "pictures"])
def test_lerobot_reads_what_is_written(video, tmp_path):
    given = tuple(episodes((224, 224) if video else (31, 33)))
    LeRobotFormat(robot_type="ur5e", video=video).write(given, tmp_path / "set")
    steps = [step for episode in given for step in episode.steps]
    truth = {
        "observation.state": np.float32([(*s.observation.tcp_pose, 1.0) for s in steps]),
        "action": np.float32([(*s.outcome.commanded, GRIPPER[s.outcome.gripper]) for s in steps]),
        "cliprt.sent_pose": np.float32([s.outcome.sent for s in steps]),
        "cliprt.measured_pose": np.float32([s.outcome.measured for s in steps]),
        "cliprt.joints": np.float32([s.observation.joints for s in steps]),
        "cliprt.time_s": np.float32([s.observation.time_s for s in steps]),
        "next.success": np.array([s.index == 3 for s in steps]),
    }
    for camera in ("scene", "wrist"):
        truth[f"observation.images.{camera}"] = np.stack(
            [s.observation.images[camera] for s in steps]
        )
    (tmp_path / "scratch").mkdir()
    found = look(tmp_path / "set", truth, tmp_path / "scratch")
    print(found)
    assert (found["episodes"], found["frames"], found["fps"], found["robot"]) == (3, 12, 1, "ur5e")
    assert found["tasks"] == [e.instruction for e in given for _ in e.steps]
    assert found["exact"]
    assert min(found["psnr_db"].values()) > (38 if video else 98)
    assert found["motion"] == [s.primitive.phrase for s in steps]
    assert found["said"] == [[s.supervision] if s.supervision else [] for s in steps]
    assert (found["ahead"], found["padded"]) == ([8, 8], [False] * 3 + [True] * 5)
    assert found["batch"] == [4, 8]
    assert found["kept"] == [2, 8]
    assert found["kept_motion"] == ["move the arm", "close the gripper"]
    assert found["kept_said"] == [found["said"][i] for i in (*range(4), *range(8, 12))]
    assert found["rendered"] == ["pick the cube", "move the arm"]
    cameras = {f"observation.images.{camera}": "VISUAL" for camera in ("scene", "wrist")}
    assert found["policy"] == {**cameras, "observation.state": "STATE", "action": "ACTION"}
    assert found["mean"] == pytest.approx(truth["action"].mean(0).tolist(), abs=1e-6)
