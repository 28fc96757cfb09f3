"""``cliprt serve``: from a checkpoint to answers, as it is typed; and the clients of others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from served_policy import HANG_S, Robot

from cliprt.cli import main
from cliprt.policies.acting import Actor
from cliprt.policies.checkpoint import load_policy, save_policy
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.types import Observation

KEY = "correct-horse-battery"
POSE = (0.0,) * 6
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """An untrained policy of the recipe `tiny`."""
    recipe = load_recipe("tiny")
    vocabulary = build_vocabulary(recipe)
    folder = tmp_path_factory.mktemp("run")
    policy = build_policy(recipe, vocabulary)
    save_policy(policy, asdict(recipe), vocabulary, folder / "checkpoint")
    return folder


def announced(line):
    """The address in what the server says when robots may come."""
    return line.partition("Robots can ask at ")[2].split(" ")[0]


def test_a_checkpoint_answers_as_at_home_until_ctrl_c(checkpoint, capfd, tmp_path):
    """In this process: another would only import torch once more."""
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    key, heard = tmp_path / "key.txt", []
    key.write_text(f"{KEY}\n")

    def ask():
        try:
            while "Robots can ask" not in (said := capfd.readouterr().err):
                stopped.wait(0.05)
            shown = {"Authorization": f"Api-Key {KEY}"}
            with Robot(announced(said), additional_headers=shown) as robot:
                heard.append(robot.offer)
                heard.append(robot.ask(eye=picture))
                heard.append(robot.ask(prompt="close the laptop"))
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    stopped, asking = threading.Event(), threading.Thread(target=ask)
    asking.start()
    words = ["--port", "0", "--key-file", str(key), "--image", "eye=wrist"]
    words += ["--instruction", "close the laptop", "runtime.device=cpu"]
    assert main(["serve", str(checkpoint), *words]) == 130
    asking.join(HANG_S)
    assert "the server has stopped, its robots were told" in capfd.readouterr().err
    offer, answer, error = heard
    assert offer["policy"] == "clip_rt"
    assert offer["observation"]["images"] == {"eye": {"camera": "wrist", "size": 64}}
    actor = Actor(load_policy(checkpoint / "checkpoint"))
    seen = Observation({"wrist": picture}, POSE, POSE, (), "open", 0.0, 0.0)
    assert np.array_equal(answer["scores"], actor(seen, "close the laptop").scores)
    assert "the observation has no 'eye'" in error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "70000"], "--port is 70000. Allowed: 0 to 65535"),
        (["--robots", "0"], "--robots is 0. Allowed: 1 to 1000"),
        (["--batch", "1001"], "--batch is 1001. Allowed: 1 to 1000"),
        (["--patience", "nan"], "--patience is nan. Allowed: 0.1 to 3600"),
        (["--host", "0.0.0.0"], "Give --key-file FILE, or set CLIPRT_SERVE_KEY"),
        (["--host", "no.such.host.invalid", "--key-file", "KEY"], "the policy cannot be served at"),
        (["--host", "192.0.2.7", "--key-file", "KEY"], "--host names an address of this machine"),
        (["--key-file", "nowhere.txt"], "--key-file nowhere.txt cannot be read: No such file"),
        (["--port", "0", "--image", "a=scene"], "The policy looks at the cameras wrist"),
        (["--port", "0", "runtime.devise=cpu"], "Did you mean 'runtime.device'?"),
        (["--port", "0", "runtime.precision=7"], "runtime.precision"),
        (["--port", "0", "runtime.device=abacus"], "cannot act with runtime.device=abacus"),
    ],
)
def test_what_makes_no_sense_is_said_before_a_robot_can_come(
    words, told, checkpoint, capsys, tmp_path, monkeypatch
):
    monkeypatch.delenv("CLIPRT_SERVE_KEY", raising=False)
    (tmp_path / "key.txt").write_text(KEY)
    words = [str(tmp_path / "key.txt") if word == "KEY" else word for word in words]
    assert main(["serve", str(checkpoint), *words]) == 2
    assert told in capsys.readouterr().err


def test_a_missing_library_is_said_with_what_to_type(checkpoint, capsys, monkeypatch):
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "websockets" else name
    )
    assert main(["serve", str(checkpoint)]) == 2
    assert "pip install 'cliprt[serve]'" in capsys.readouterr().err


@contextmanager
def a_process(checkpoint, *words):
    """``cliprt serve`` as people run it; its address."""
    command = [sys.executable, "-m", "cliprt", "serve", str(checkpoint), "--port", "0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield next(found for line in process.stderr if (found := announced(line)))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(HANG_S) == 0


def of_another_environment(variable, program, *words):
    """What a client's own program says of itself, in JSON."""
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} does not name a Python that has it")
    command = [python, str(HERE / program), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_the_real_openpi_client_asks_200_times(checkpoint, monkeypatch):
    """And what that costs beside the decisions themselves, by the server's own CPU time."""
    monkeypatch.setenv("CLIPRT_SERVE_KEY", KEY)
    with a_process(checkpoint) as address:
        told = of_another_environment("CLIPRT_OPENPI_PYTHON", "openpi_robot.py", address, KEY)
    assert told["calls"] == 200
    assert told["shapes"] == [[1, 8]]
    assert told["wrong_key"] == 401
    assert "the observation has no 'observation/wrist'" in told["error"]
    print(f"overhead: {told['overhead_ms']:.2f} ms of CPU a call")
    assert told["overhead_ms"] < 5.0


@pytest.mark.slow
def test_the_real_vla_eval_client_plays_an_episode(checkpoint):
    with a_process(checkpoint, "--protocol", "vla_eval") as address:
        told = of_another_environment("CLIPRT_VLA_EVAL_PYTHON", "vla_eval_robot.py", address)
    assert told["server"] == "cliprt"
    assert told["shapes"] == [[8]] * 20
    assert "the observation has no 'images/wrist'" in told["error"]
