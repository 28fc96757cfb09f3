"""litellm over our client, with every provider: no key and no sentence leaves the named host."""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from loopback_model import Fault, LoopbackModel
from loopback_trap import KEY, MESSAGES, SENTENCE, Trap, answer, completion, dripping, endless
from misbehaving_model import slots

from cliprt.language.llm import LlmInterpreter
from cliprt.language.provider import PROVIDERS, Provider, Unanswered
from cliprt.language.slots import SCHEMA
from cliprt.vocabularies.grid import ClipRt58Vocabulary

pytestmark = pytest.mark.skipif(
    find_spec("litellm") is None, reason="needs litellm: pip install 'cliprt[llm]'"
)

GOOD = slots([("y+", 5)])
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
EVERY_PROVIDER = pytest.mark.parametrize("name", PROVIDERS)
KEPT_BY = {  # where litellm looks for another server, or for what may be another one's key
    "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "CEREBRAS_API_BASE", "COHERE_API_BASE",
    "DEEPSEEK_API_BASE", "FIREWORKS_API_BASE", "FIREWORKS_AI_API_BASE", "GEMINI_API_BASE",
    "GROQ_API_BASE", "MISTRAL_API_BASE", "OLLAMA_API_BASE", "OPENAI_BASE_URL", "OPENAI_API_BASE",
    "OPENROUTER_API_BASE", "TOGETHER_AI_API_BASE", "XAI_API_BASE",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _imported():
    from cliprt.language.wire import load_litellm

    load_litellm()


@pytest.fixture
def _tempted(monkeypatch, tmp_path):
    """Keys of all providers are there, and everything that could lead elsewhere."""
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {KEY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for _, variable in PROVIDERS.values():
        if variable:
            monkeypatch.setenv(variable, KEY)
    for variable in ("ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "OLLAMA_API_KEY", "CO_API_KEY"):
        monkeypatch.setenv(variable, KEY)


def understood(handler, trap):
    path, _, body = trap.met[-1]
    answer(handler, 200, completion(GOOD, path, body), set_cookie="who=me; Path=/")


def asked(trap):
    """The requests that have the sentence in them; beside them, Ollama is asked what it is."""
    found = [one for one in trap.met if SENTENCE in one[2]]
    assert all(path == "/api/show" for path, _, body in trap.met if SENTENCE not in body)
    return found


def keys_of(requests):
    return [KEY in f"{path}{headers}" for path, headers, _ in requests]


def at_own_address(name, trap, monkeypatch):
    """Have a provider at the trap, with the path that it has."""
    address, variable = PROVIDERS[name]
    monkeypatch.setitem(PROVIDERS, name, (trap.url + urlsplit(address).path, variable))
    return Provider(f"{name}/m")


@pytest.mark.usefixtures("_tempted")
@EVERY_PROVIDER
def test_every_provider_is_asked_and_understood(name, monkeypatch, caplog):
    with Trap(understood) as trap, caplog.at_level(logging.DEBUG):
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", *KEPT_BY):
            monkeypatch.setenv(variable, trap.other)
        for _ in range(2):
            found = at_own_address(name, trap, monkeypatch).ask(MESSAGES, 20, 50, SCHEMA)
            assert json.loads(found.text) == json.loads(GOOD)
    assert trap.elsewhere == []
    assert keys_of(asked(trap)) == [bool(PROVIDERS[name][1])] * 2
    assert not any("cookie" in headers for _, headers, _ in trap.met)
    assert KEY not in caplog.text
    assert SENTENCE not in caplog.text


@pytest.mark.usefixtures("_tempted")
@EVERY_PROVIDER
def test_a_server_of_ones_own_gets_nobody_elses_key(name):
    with Trap(understood) as trap:
        address = trap.url + urlsplit(PROVIDERS[name][0]).path
        Provider(f"{name}/m", address).ask(MESSAGES, 20, 50, SCHEMA)
    assert keys_of(trap.met) == [False] * len(trap.met)
    assert len(asked(trap)) == 1


@pytest.mark.usefixtures("_tempted")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@EVERY_PROVIDER
def test_nothing_follows_a_redirect(name, status, monkeypatch):
    def respond(handler, trap):
        answer(handler, status, location=trap.other + handler.path)

    with Trap(respond) as trap:
        with pytest.raises(Unanswered, match="elsewhere, which is not followed") as caught:
            at_own_address(name, trap, monkeypatch).ask(MESSAGES, 20, 50, SCHEMA)
        monkeypatch.setenv("MY_KEY", KEY)
        address = trap.url + urlsplit(PROVIDERS[name][0]).path
        with pytest.raises(Unanswered, match="elsewhere, which is not followed"):
            Provider(f"{name}/m", address, "MY_KEY").ask(MESSAGES, 20, 50, SCHEMA)
    assert not caught.value.may_retry
    assert len(asked(trap)) == 2
    assert trap.elsewhere == []


@pytest.mark.usefixtures("_tempted")
@EVERY_PROVIDER
def test_a_provider_is_asked_at_its_own_host_only(name, monkeypatch):
    """Whatever variables say; seen where our client hands over to the network."""
    import httpx

    seen = []

    def refused(self, request):
        seen.append(request.url)
        return httpx.Response(401, content=b"no", stream=None)

    for variable in KEPT_BY:
        monkeypatch.setenv(variable, "http://elsewhere.invalid/v1")
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", refused)
    with pytest.raises(Unanswered, match="refuses the key"):
        Provider(f"{name}/m").ask(MESSAGES, 20, 50, SCHEMA)
    assert {url.host for url in seen} == {urlsplit(PROVIDERS[name][0]).hostname}


@pytest.mark.parametrize("status", [200, 302, 400, 401, 500])
def test_a_key_that_comes_back_is_kept_nowhere(status, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MY_KEY", KEY)
    said = completion(f"Your key is {KEY}. {GOOD}", **{"model": f"m-{KEY}"})
    body = said if status == 200 else f"wrong key: {KEY}".encode()
    with (
        Trap(lambda handler, trap: answer(handler, status, body, x_key=KEY)) as trap,
        caplog.at_level(logging.DEBUG),
    ):
        interpreter = LlmInterpreter(
            ClipRt58Vocabulary(), "openai/m", trap.url, "MY_KEY", cache_dir=str(tmp_path)
        )
        reading = interpreter.read("ga 5 cm naar links")
    assert trap.met
    if status == 200:
        assert reading.trace["answered_by"] == "m-(the key)"
    assert KEY not in f"{reading!r}{interpreter.status}{caplog.text}"
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_key_that_no_header_can_hold_is_not_shown(monkeypatch, caplog):
    monkeypatch.setenv("MY_KEY", f"{KEY}\nX-Other: 1")
    with (
        LoopbackModel(GOOD) as server,
        pytest.raises(Unanswered, match="cannot be reached") as caught,
    ):
        Provider("openai/m", server.url, "MY_KEY").ask(MESSAGES, 20, 50)
    assert KEY not in f"{caught.value!r}{caught.value.__cause__!r}{caplog.text}"
    assert server.requests == []


@EVERY_PROVIDER
def test_an_endless_answer_is_cut_off(name, monkeypatch):
    if variable := PROVIDERS[name][1]:
        monkeypatch.setenv(variable, KEY)
    with Trap(endless) as trap, pytest.raises(Unanswered, match="no language model, or broke off"):
        at_own_address(name, trap, monkeypatch).ask(MESSAGES, 60, 50)


@pytest.mark.parametrize("respond", [endless, dripping])
def test_a_connection_is_closed_at_the_deadline_whatever_still_comes(respond):
    with Trap(respond) as trap:
        with pytest.raises(Unanswered):
            Provider("openai/m", trap.url).ask(MESSAGES, 0.5, 50)
        assert trap.closed.wait(30), "the server could go on sending"


def test_what_a_model_does_not_take_is_left_out():
    def pick(handler, trap):
        sent = json.loads(trap.met[-1][2])
        refused = {"max_tokens", "response_format"} & set(sent)
        if refused:
            text = f"this {sorted(refused)[0].replace('_', ' ')} type is unavailable"
            answer(handler, 400, json.dumps({"error": {"message": text}}).encode())
        else:
            answer(handler, 200, completion(GOOD))

    with Trap(pick) as trap:
        found = Provider("openai/m", trap.url).ask(MESSAGES, 20, 50, SCHEMA)
    assert found.text == GOOD
    assert [sorted(json.loads(body)) for _, _, body in trap.met] == [
        ["max_tokens", "messages", "model", "response_format", "temperature"],
        ["messages", "model", "response_format", "temperature"],
        ["messages", "model", "temperature"],
    ]


@pytest.mark.parametrize(
    ("message", "finish", "reason", "may_retry"),
    [
        ({"content": None, "tool_calls": [CALL]}, "tool_calls", "calls a tool", False),
        ({"content": "", "function_call": CALL["function"]}, "stop", "calls a tool", False),
        ({"content": None}, "stop", "answer is empty", True),
        ({"content": ""}, "stop", "answer is empty", True),
        ({"content": " \n"}, "stop", "answer is empty", True),
        ({"content": []}, "stop", "", True),
        ({"content": [{"type": "image"}, 3]}, "stop", "", True),
        ({"content": {"text": "x"}}, "stop", "", True),
        ({"tool_calls": [{"id": "1"}]}, "tool_calls", "", True),
        (None, "stop", "", True),
        ({"content": "no", "refusal": "I cannot"}, "stop", "refuses to answer", False),
        ({"content": None}, "content_filter", "refuses to answer", False),
        ({"content": "left"}, "length", "not whole", True),
    ],
)
def test_an_answer_that_is_none_is_told_as_what_it_is(message, finish, reason, may_retry):
    body = json.dumps({"choices": [{"message": message, "finish_reason": finish}]}).encode()
    with (
        LoopbackModel(Fault(body=body)) as server,
        pytest.raises(Unanswered, match=reason or "its answer|no language model") as caught,
    ):
        Provider("openai/m", server.url).ask(MESSAGES, 20, 50)
    assert caught.value.may_retry == may_retry


def test_what_one_server_answered_is_not_taken_for_anothers(tmp_path):
    for group in ("y+", "y-"):
        with LoopbackModel(slots([(group, 5)])) as server:
            interpreter = LlmInterpreter(
                ClipRt58Vocabulary(), "openai/m", server.url, cache_dir=str(tmp_path)
            )
            for _ in range(2):
                assert interpreter.read("ga 5 cm daarheen").offers[0].group == group
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("model", "name"),
    [("openrouter/a/b", "a/b"), ("hosted_vllm/a/b", "a/b"), ("m", "m"), ("Qwen/q", "Qwen/q")],
)
def test_a_server_is_asked_by_the_name_that_it_knows(model, name):
    with LoopbackModel(GOOD) as server:
        Provider(model, server.url).ask(MESSAGES, 20, 50)
    assert server.requests[0]["model"] == name
