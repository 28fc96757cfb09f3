"""A real model end to end: for the path and the schema; at 135 M parameters, not for accuracy."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from language_samples import everyday, out_of_scope
from misbehaving_model import effects, effects_of
from smollm_server import INSTALL, find_weights

from cliprt.language import consult
from cliprt.language.chain import ChainInterpreter
from cliprt.language.llm import LlmInterpreter
from cliprt.language.provider import Provider
from cliprt.vocabularies.grid import ClipRt58Vocabulary

pytestmark = pytest.mark.slow
VOCABULARY = ClipRt58Vocabulary()


@pytest.fixture(scope="module")
def url():
    """Where SmolLM2 answers."""
    if find_spec("litellm") is None:
        pytest.skip("needs litellm: pip install 'cliprt[llm]'")
    if find_weights() is None:
        pytest.skip(f"needs SmolLM2 and a server for it: {INSTALL}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(__file__).with_name("smollm_server.py")
    server = subprocess.Popen(
        [sys.executable, str(script), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    Provider("openai/smollm", f"http://127.0.0.1:{port}/v1").load()
    line = next((line for line in server.stdout if line.startswith("ready")), "")
    assert line, "the server did not start"
    yield f"http://127.0.0.1:{port}/v1"
    server.kill()
    server.wait()


@pytest.fixture(autouse=True)
def _restless(monkeypatch):
    monkeypatch.setattr(consult, "REST_S", 0.0)


def sample():
    """Every eighteenth everyday sentence and some that must not move, with the right motions."""
    inside = [(said, [(group, amount)]) for said, group, amount in everyday()[::18]]
    return inside + [(said, None) for said in out_of_scope()[::20]]


def test_a_real_model_fills_slots_and_makes_no_wrong_move(url, tmp_path):
    for trust in ("heard", "model"):
        interpreter = LlmInterpreter(
            VOCABULARY, "openai/smollm2", url, trust=trust, deadline_s=30, cache_dir=str(tmp_path)
        )
        rows = [(motions, interpreter.read(said)) for said, motions in sample()]
        asked = [reading for _, reading in rows if "model" in reading.trace]
        answered = [reading for reading in asked if "problem" not in reading.trace]
        moves = [(motions, r) for motions, r in rows if r.decision == "move"]
        wrong = [r for motions, r in moves if not is_right(motions, r)]
        times = sorted(r.trace["latency_s"] for r in asked if not r.trace["cached"]) or [0.0]
        print(
            f"trust={trust}: {len(rows)} utterances, {len(asked)} sent, {len(answered)} valid,"
            f" moves {len(moves)}, wrong {len(wrong)}, p50 {statistics.median(times):.2f} s,"
            f" p95 {times[int(0.95 * (len(times) - 1))]:.2f} s"
        )
        assert len(answered) >= 0.9 * len(asked)
        assert all(r.trace["cost_usd"] in ("unknown", 0.0) for r in answered)
        if trust == "heard":
            assert not wrong


def is_right(motions, reading):
    return motions is not None and effects_of(reading.primitives) == effects(motions)


def test_too_slow_a_model_is_not_waited_for(url, tmp_path):
    chain = ChainInterpreter(
        VOCABULARY, "openai/smollm2", url, deadline_s=0.2, cache_dir=str(tmp_path)
    )
    reading = chain.read("wander leftish, would you kindly, my mechanical friend")
    assert reading.decision == "ask"
    assert reading.trace["latency_s"] < 0.4
