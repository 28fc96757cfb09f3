"""The wire, for real: litellm against a server on this machine that misbehaves."""

from __future__ import annotations

import random
import statistics
import time
from importlib.util import find_spec

import pytest
from loopback_model import Fault, LoopbackModel
from misbehaving_model import (
    FAULTS,
    IN_SCOPE,
    OUT_OF_SCOPE,
    NoCache,
    effects,
    effects_of,
    misbehave,
    slots,
)

from cliprt.language import consult, llm
from cliprt.language.llm import LlmInterpreter
from cliprt.language.provider import Provider, Unanswered
from cliprt.vocabularies.grid import ClipRt58Vocabulary

pytestmark = pytest.mark.skipif(
    find_spec("litellm") is None, reason="needs litellm: pip install 'cliprt[llm]'"
)

FOR_EVER_S, HANG_S = 60.0, 30.0
"""How long a model thinks that never answers; and who has waited for it so long hangs."""

GOOD = slots([("y+", 6)])
MESSAGES = [{"role": "user", "content": "go left"}]


@pytest.fixture(scope="module", autouse=True)
def _imported():
    from cliprt.language.wire import load_litellm

    load_litellm()


def ask(*answers, seconds=5.0, **options):
    with LoopbackModel(*answers, **options) as server:
        return Provider("openai/fake", server.url).ask(MESSAGES, seconds, 50), server.requests


def test_an_answer_comes_with_its_models_name():
    answer, (request,) = ask(GOOD)
    assert (answer.text, answer.model, answer.cost_usd) == (GOOD, "fake", None)
    assert (request["temperature"], request["max_tokens"]) == (0, 50)


def test_the_schema_is_asked_for_on_the_wire():
    with LoopbackModel(GOOD) as server:
        Provider("openai/fake", server.url).ask(MESSAGES, 5, 50, {"type": "object"})
    wanted = server.requests[0]["response_format"]
    assert (wanted["type"], wanted["json_schema"]["strict"]) == ("json_schema", True)


@pytest.mark.parametrize(
    ("answer", "reason", "may_retry"),
    [
        (500, "status 500", True),
        (503, "status 503", True),
        (429, "asked too often", True),
        (401, "refuses the key", False),
        (400, "does not accept the question", False),
        (404, "no such model", False),
        (None, "it", True),
        (Fault(refusal="I cannot control hardware."), "refuses to answer", False),
        (Fault(text=GOOD, finish="length"), "not whole", True),
        (Fault(text=GOOD, closes=True), "it", True),
        (Fault(body=b"<html>Log in</html>"), "it", True),
        ("left " * 2000, "not whole", True),
    ],
)
def test_whatever_fails_says_so_once(answer, reason, may_retry):
    with pytest.raises(Unanswered, match=reason) as raised:
        ask(answer)
    assert raised.value.may_retry == may_retry


def test_the_time_is_kept_whatever_the_server_does():
    began = time.monotonic()
    with pytest.raises(Unanswered, match="did not answer in time"):
        ask(GOOD, seconds=0.3, delay_s=FOR_EVER_S)
    assert time.monotonic() - began < HANG_S


def test_nobody_listens():
    with LoopbackModel(GOOD) as server:
        pass
    with pytest.raises(Unanswered):
        Provider("openai/fake", server.url).ask(MESSAGES, 5, 50)


@pytest.fixture
def _restless(monkeypatch):
    """Every call is made, whatever became of those before."""
    monkeypatch.setattr(consult, "REST_S", 0.0)
    monkeypatch.setattr(llm, "AnswerCache", NoCache)


def bombard(calls, deadline_s, slow_share):
    """Mixed calls at a server that misbehaves half of the time: moves, wrong moves, times."""
    rng = random.Random(1)
    sentences = [*IN_SCOPE.items(), *((said, None) for said in OUT_OF_SCOPE)]
    others = [fault for fault in FAULTS if fault != "slow"]
    asked = {}

    def answer(request):
        return misbehave(asked["fault"], asked["motions"], FOR_EVER_S)

    moved, wrong, times = 0, [], []
    with LoopbackModel(answer) as server:
        vocabulary = ClipRt58Vocabulary()
        interpreter = LlmInterpreter(vocabulary, "openai/fake", server.url, deadline_s=deadline_s)
        interpreter.read("zorble warm up")
        for _ in range(calls):
            said, motions = rng.choice(sentences)
            slow = rng.random() < slow_share
            fault = "slow" if slow else rng.choice([*["none"] * len(others), *others])
            asked.update(fault=fault, motions=motions)
            began = time.monotonic()
            reading = interpreter.read(said)
            times.append(time.monotonic() - began)
            if reading.decision == "move":
                moved += 1
                if motions is None or effects_of(reading.primitives) != effects(motions):
                    wrong.append((said, fault, reading))
    return moved, wrong, times


@pytest.mark.usefixtures("_restless")
def test_mixed_calls_make_no_wrong_move_and_keep_the_deadline():
    moved, wrong, times = bombard(150, 0.4, 0.03)
    assert not wrong
    assert moved > 20
    assert max(times) < HANG_S


@pytest.mark.slow
@pytest.mark.usefixtures("_restless")
def test_a_thousand_mixed_calls_with_the_real_deadline():
    """Gives the figure of docs/benchmarks.md: alone on a quiet machine."""
    moved, wrong, times = bombard(1000, 2.0, 0.03)
    print(f"moved {moved}, wrong {len(wrong)}, median {statistics.median(times):.3f} s", end=", ")
    print(f"longest {max(times):.3f} s")
    assert not wrong
    assert moved > 200
    assert max(times) < 2.0 + 0.2
