"""lerobot trains its own policies on what cliprt exported, and serves them (Python 3.12, 5 GB).

CLIPRT_LEROBOT_PYTHON=/path/to/its/python pytest -m slow plugins/cliprt-lerobot/tests
"""

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cliprt.protocols.arrays import pack, unpack
from cliprt.testing.format import sample_episodes
from cliprt_lerobot.format import LeRobotFormat

PYTHON = os.environ.get("CLIPRT_LEROBOT_PYTHON", "")
SERVER = Path(__file__).resolve().parents[1] / "server"
PATIENCE_S = 600

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="CLIPRT_LEROBOT_PYTHON names no Python with lerobot"),
]


def episodes():
    chance = np.random.default_rng(0)
    for episode in sample_episodes():
        steps = []
        for step in episode.steps:
            images = {
                name: chance.integers(0, 256, (64, 64, 3), dtype=np.uint8)
                for name in ("scene", "wrist")
            }
            steps.append(replace(step, observation=replace(step.observation, images=images)))
        yield replace(episode, source="teacher", steps=tuple(steps))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rivals")
    given = tuple(episodes())
    LeRobotFormat(video=False, fps=5).write(given, folder / "set")
    return folder, given[0].instruction


def train(folder, kind):
    words = [PYTHON, SERVER / "train_policy.py", kind, folder / "set", "--frames", "keyframes"]
    words += ["--steps", 2, "--seeds", 3, "--to", folder / "policies"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "policies" / f"{kind}_keyframes_3"


@contextmanager
def serving(policy):
    words = [PYTHON, str(SERVER / "serve_policy.py"), str(policy), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        said = []
        try:
            yield next(line.strip() for line in server.stdout if line.startswith("ws://")), said
        finally:
            server.send_signal(signal.SIGINT)
            said.append(json.loads(server.stdout.read().splitlines()[-1]))
    assert server.returncode == 0


@pytest.mark.parametrize("kind", ["act", "diffusion"])
def test_what_was_trained_answers_in_openpis_frames(kind, exported):
    from websockets.sync.client import connect

    folder, prompt = exported
    good = {
        "observation/images/scene": np.zeros((64, 64, 3), np.uint8),
        "observation/images/wrist": np.zeros((64, 64, 3), np.uint8),
        "observation/state": np.array([0.4, 0, 0.2, 0, np.pi, 0, 1], np.float32),
        "prompt": prompt,
    }
    bad = [
        (b"\xc1", "no MessagePack"),
        (b"\xdd\x40\x00\x00\x00", "no MessagePack"),  # declares a list of a thousand million
        ("hello", "a text"),
        (pack([1, 2]), "no map"),
        (pack(good | {"prompt": "dance"}), "prompt: got 'dance'"),
        (pack(good | {"observation/state": np.zeros(6, np.float32)}), "of shape [6]"),
        (pack(good | {"observation/state": np.full(7, np.nan, np.float32)}), "not finite"),
        (pack({k: v for k, v in good.items() if "wrist" not in k}), "wrist: missing"),
    ]
    with serving(train(folder, kind)) as (url, said):
        for frame, wanted in bad:
            with connect(url, compression=None) as socket:
                assert unpack(socket.recv(PATIENCE_S))["policy"]["kind"] == kind
                socket.send(frame)
                refusal = socket.recv(PATIENCE_S)
                assert isinstance(refusal, str)
                assert wanted in refusal
        with connect(url, compression=None) as socket:
            spec = unpack(socket.recv(PATIENCE_S))["actions"]
            for _ in range(2):
                socket.send(pack(good))
                actions = unpack(socket.recv(PATIENCE_S))["actions"]
                assert actions.shape == (1, len(spec["columns"]))
                assert np.isfinite(actions).all()
    assert said[0]["decisions"] == 2
