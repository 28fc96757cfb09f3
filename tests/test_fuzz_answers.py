"""What servers of language models send that no model said: an answer, or none, and never more."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from fuzzing import altered, damaged, fuzz, texts
from hypothesis import example, given
from hypothesis import strategies as st
from misbehaving_model import NoCache, slots

from cliprt.language import consult, llm
from cliprt.language.llm import LlmInterpreter
from cliprt.language.provider import MAX_ANSWER, Provider, Unanswered
from cliprt.language.slots import parse_answer
from cliprt.teleoperators.llm_vision import LONGEST_ANSWER, to_sentence
from cliprt.vocabularies.grid import ClipRt58Vocabulary

GOOD = slots([("y+", 5), ("z-", 3)])
BODY = {
    "id": "x",
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": GOOD}}],
    "usage": {"total_tokens": 2, "cost": 0.1},
}
"""An answer as a server sends it."""

VOCABULARY = ClipRt58Vocabulary()
OFFERS = ("move the arm to the left by ten centimeters", "close the gripper")


@pytest.fixture
def sent(monkeypatch, tmp_path):
    """(status, body) -> the interpreter, and the server that answers it with that."""
    pytest.importorskip("litellm")
    import httpx

    monkeypatch.setattr(consult, "REST_S", 0.0)
    monkeypatch.setattr(consult, "_PAUSE_S", 0.0)
    monkeypatch.setattr(llm, "AnswerCache", NoCache)
    answers = []
    monkeypatch.setattr(
        httpx.HTTPTransport,
        "handle_request",
        lambda *request: httpx.Response(answers[-1][0], stream=httpx.ByteStream(answers[-1][2])),
    )
    interpreter = LlmInterpreter(VOCABULARY, "m", "http://localhost:9", cache_dir=str(tmp_path))

    def read(status, body):
        answers.append((status, {}, body))
        reading = interpreter.read("zorble go left 5 cm")
        assert reading.decision in ("move", "ask")
        assert bool(reading.primitives) == (reading.decision == "move")
        json.dumps(dict(reading.trace), allow_nan=False)
        with suppress(Unanswered):
            answer = Provider("m", "http://localhost:9").ask([], 5, 50)
            assert 0 < len(answer.text) <= MAX_ANSWER
            answer.text.encode()

    return read


@fuzz
def test_a_response_of_any_bytes(go_on, sent):
    @given(
        st.sampled_from([0, 200, 200, 200, 302, 400, 422, 500]), damaged(json.dumps(BODY).encode())
    )
    @example(200, b"[" * 100_000)
    @example(200, b"9" * 5000)
    @example(400, b"response_format max_tokens temperature")
    def check(status, body):
        sent(status, body)

    go_on(check)


@fuzz
def test_a_response_with_any_value(go_on, sent):
    @given(altered(BODY))
    @example({**BODY, "usage": {"cost": 10**400}})
    @example({**BODY, "model": "\ud800\x1b[2J"})
    @example(
        {**BODY, "choices": [{"finish_reason": "stop", "message": {"content": f"\ud800{GOOD}"}}]}
    )
    def check(tree):
        sent(200, json.dumps(tree).encode())

    go_on(check)


@fuzz
def test_a_text_of_any_model(go_on):
    answer = altered(json.loads(GOOD)).map(json.dumps) | damaged(GOOD.encode()).map(
        lambda data: data.decode(errors="replace")
    )

    @given(texts, answer, texts)
    @example("", '{"decision": "move", "moves": ' + "[" * 3000, "")
    @example("```JSON", GOOD, "```")
    def check(before, said, after):
        for text in (said, before + said + after):
            try:
                moves = parse_answer(text)
            except Unanswered:
                moves = ()
            assert len(moves) <= 6
            sentence = to_sentence(text, OFFERS)
            assert len(sentence) <= LONGEST_ANSWER or sentence in OFFERS

    go_on(check)
