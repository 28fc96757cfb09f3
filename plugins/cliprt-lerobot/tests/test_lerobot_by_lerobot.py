"""A data set that lerobot itself wrote: read, annotated, imported, learned from; and read by it."""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cliprt.data.columns import Needs
from cliprt.registry import load
from cliprt.testing import check_source
from cliprt.types import Primitive
from cliprt_lerobot.annotate import annotate
from cliprt_lerobot.format import LeRobotFormat
from cliprt_lerobot.motions import active_phrases
from cliprt_lerobot.naming import Told
from cliprt_lerobot.reader import DataSet
from cliprt_lerobot.source import LeRobotSource

FIXTURE = Path(__file__).parent / "fixtures" / "by_lerobot"
PYTHON = os.environ.get("CLIPRT_LEROBOT_PYTHON", "")
FRAMES = 12
SAID = ("move the arm forward by {}", "move the arm to the left by {}", "lower the arm by {}")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return shutil.copytree(FIXTURE / "set", tmp_path / "set")


def phrases_of(root):
    one = DataSet(root)
    found = []
    for entry in one.entries:
        times = one.numbers(entry, ["timestamp"])["timestamp"].tolist()
        found.append(active_phrases(one.language(entry)[0], times))
    return found


def test_every_number_and_picture_is_what_lerobot_was_given(root):
    one = DataSet(root)
    with np.load(FIXTURE / "truth.npz") as truth:
        for entry in one.entries:
            rows = slice(FRAMES * entry.index, FRAMES * (entry.index + 1))
            for key, column in one.numbers(entry, ["observation.state", "action"]).items():
                assert column.tobytes() == truth[key][rows].tobytes()
            for key in one.info.cameras.values():
                given = truth[key][rows].astype(int)
                away = np.abs(np.stack(list(one.pictures(entry, key))).astype(int) - given)
                assert away.mean() < (4 if one.info.features[key].dtype == "video" else 1e-9)
            assert set(one.instructions(entry)) == set(entry.tasks)


def test_its_phrases_are_those_of_the_arm(root):
    report = annotate(root, Told())
    assert report.left_out == []
    for said, phrases in zip(SAID, phrases_of(root), strict=True):
        assert phrases[0] == said.format("five centimeters")
        moves = Counter(phrase for phrase in phrases if phrase)
        assert {p for p in moves if "gripper" not in p} <= {
            said.format("five centimeters"),
            said.format("one centimeter"),
        }
    assert "close the gripper" in {phrase for phrases in phrases_of(root) for phrase in phrases}


def test_it_is_imported_and_learned_from(root):
    annotate(root, Told())
    found = list(
        LeRobotFormat().read(root, lambda motion, gripper: Primitive(1, "m", motion, gripper))
    )
    assert [episode.instruction for episode in found] == ["go forward", "go to the left", "go down"]
    needs = Needs(("scene", "wrist"), ("tcp_pose", "gripper"), 2)
    check_source(LeRobotSource(str(root), size=0), load("vocabulary", "oxe_50")(), needs)


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="CLIPRT_LEROBOT_PYTHON names no Python with lerobot")
def test_lerobot_renders_the_phrases(root, tmp_path):
    annotate(root, Told())
    wanted = [phrase for phrases in phrases_of(root) for phrase in phrases]
    home = {name: str(tmp_path) for name in ("HF_LEROBOT_HOME", "HF_HOME")}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | home
    command = [PYTHON, Path(__file__).with_name("lerobot_motions.py"), root]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment | {"HF_HUB_OFFLINE": "1"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert [motion for _, motion in found["said"]] == wanted
    assert found["said"][0][0] == "go forward"
    assert found["pixels"] > 0
