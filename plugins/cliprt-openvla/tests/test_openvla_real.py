"""Tiny random models of the published classes, served from OpenVLA's own environment.

CLIPRT_OPENVLA_PYTHON=/path/to/its/python CLIPRT_OPENVLA_CODE=... pytest -m slow
plugins/cliprt-openvla/tests; `tiny_checkpoint.py` says which code is needed where.
"""

import os
import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from frames import pack, unpack
from websockets.sync.client import connect

from cliprt.cli.main import main

SERVER = Path(__file__).parents[1] / "server"
RECIPES = SERVER.with_name("recipes")
PYTHON = os.environ.get("CLIPRT_OPENVLA_PYTHON", "")
CODE = {
    "openvla": ("CLIPRT_OPENVLA_CODE",),
    "openvla-oft": ("CLIPRT_OFT_CODE", "CLIPRT_OFT_TRANSFORMERS"),
}
RECIPE = {"openvla": "openvla", "openvla-oft": "openvla_oft"}
ACTIONS = {"openvla": 1, "openvla-oft": 8}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="CLIPRT_OPENVLA_PYTHON names no Python with OpenVLA's"),
]


def run(*command):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([PYTHON, *map(str, command)], env=environment, text=True)
    return done.returncode


@pytest.fixture(scope="module", params=CODE)
def kind(request):
    if missing := [name for name in CODE[request.param] if name not in os.environ]:
        pytest.skip(f"{' and '.join(missing)} name no published code")
    return request.param


@pytest.fixture(scope="module")
def checkpoint(kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp(kind) / "tiny"
    assert run(Path(__file__).with_name("tiny_checkpoint.py"), folder, kind, SERVER) == 0
    return folder


@contextmanager
def server(checkpoint, *options):
    command = [PYTHON, SERVER / "serve_openvla.py", checkpoint, "--data-set", "tiny"]
    command += ["--port", "0", "--device", "cpu", "--threads", "1", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            threading.Timer(60, process.kill).start()


@pytest.fixture(scope="module")
def url(checkpoint):
    with server(checkpoint, "--precision", "32") as address:
        yield address


def test_it_answers_what_the_published_classes_answer(url, checkpoint, kind):
    with np.load(checkpoint / "answers.npz") as truth, connect(url) as socket:
        said = unpack(socket.recv())
        assert (said["model"], said["horizon"]) == (kind, ACTIONS[kind])
        assert (said["state"], said["data_set"]) == (8 if kind == "openvla-oft" else 0, "tiny")
        rows = [truth[name] for name in ("pictures", "states", "words", "answers")]
        assert len({answer.tobytes() for answer in rows[-1]}) == len(rows[-1]), "all different"
        for (scene, wrist), state, words, answer in zip(*rows, strict=True):
            seen = {"observation/image": scene, "observation/wrist_image": wrist}
            socket.send(pack({**seen, "observation/state": state, "prompt": str(words)}))
            actions = unpack(socket.recv())["actions"]
            assert actions.shape == (ACTIONS[kind], 7)
            assert (actions == answer.astype(np.float32)).all()


def test_what_is_no_observation_is_said(url, kind):
    picture = np.zeros((8, 8, 3), np.uint8)
    whole = {"observation/image": picture, "observation/wrist_image": picture, "prompt": "Go"}
    wrong = [
        ({"observation/image": picture[..., 0]}, "has to be a picture uint8"),
        ({"observation/image": np.zeros((1, 5000, 3), np.uint8)}, "Allowed: 4096"),
        ({"prompt": ""}, "has to be an instruction of at most 1000 letters"),
    ]
    if kind == "openvla-oft":
        wrong.append(({"observation/state": np.full(8, np.nan, np.float32)}, "8 finite numbers"))
    with connect(url) as socket:
        socket.recv()
        for change, message in wrong:
            socket.send(pack({**whole, **change}))
            assert message in socket.recv()


def test_it_moves_the_simulated_arm_and_is_filmed(url, kind, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    recipe = RECIPES / f"{RECIPE[kind]}.yaml"
    options = [f"policy.url={url}", "tasks=[pick]", "evaluation.max_steps=6"]
    assert main(["run", "--recipe", str(recipe), *options, "--video", "film.mp4"]) == 0
    told = capsys.readouterr().out
    assert len(re.findall(r"[xyz] [+-][\d.]+ cm", told)) >= 3, told
    assert Path("film.mp4").stat().st_size > 10_000


def test_a_checkpoint_that_cannot_be_served_says_why(checkpoint, kind, tmp_path, capfd):
    program, common = SERVER / "serve_openvla.py", ("--device", "cpu", "--port", "0")
    assert run(program, tmp_path, *common) == 2
    assert "config.json cannot be read" in capfd.readouterr().err
    assert run(program, checkpoint, *common, "--data-set", "bridge_orig") == 2
    assert "was not trained on 'bridge_orig'. It knows: tiny_no_noops" in capfd.readouterr().err
    assert run(program, checkpoint, *common, "--host", "0.0.0.0") == 2
    assert "Give them a key of at least 16 letters" in capfd.readouterr().err
    if kind == "openvla-oft":
        (checkpoint / "vision_backbone--1_checkpoint.pt").touch()
        assert run(program, checkpoint, *common) == 2
        assert "reads the instruction in its vision towers too (FiLM)" in capfd.readouterr().err
