"""What leaves for a language model, and where to: never a key or a sentence to another host."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from loopback_model import Fault, LoopbackModel
from misbehaving_model import slots

from cliprt.errors import UsageError
from cliprt.language.llm import LlmInterpreter
from cliprt.language.provider import PROVIDERS, Provider, Unanswered
from cliprt.language.wire import MAX_BYTES, check_address, post
from cliprt.vocabularies.grid import ClipRt58Vocabulary

KEY, SENTENCE = "sk-very-secret-0123456789", "mein Geheimnis"
MESSAGES = [{"role": "user", "content": SENTENCE}]
GOOD = slots([("y+", 5)])


class Trap:
    """Two servers: what the named one answers is `respond`'s; the other one is never to be met."""

    def __init__(self, respond):
        self.met, self.elsewhere = [], []
        self.closed = threading.Event()
        trap = self

        class Named(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                trap.met.append((self.path, dict(self.headers.items()), body.decode()))
                try:
                    respond(self, trap)
                except OSError:
                    trap.closed.set()

            def log_message(self, *args):
                pass

        class Elsewhere(BaseHTTPRequestHandler):
            def handle(self):
                trap.elsewhere.append(self.client_address)

        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Named, Elsewhere)]
        self.url, self.other = (f"http://127.0.0.1:{s.server_port}" for s in self.servers)

    def __enter__(self):
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def answer(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in {"content_length": len(body), **headers}.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def completion(text, **more):
    choice = {"finish_reason": "stop", "message": {"content": text}}
    return json.dumps({"choices": [choice], "model": "m", **more}).encode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("is_named", [True, False], ids=["api_base", "own address"])
@pytest.mark.parametrize("name", [name for name in PROVIDERS if "ollama" not in name])
def test_nothing_follows_a_redirect(name, is_named, status, monkeypatch):
    variable = PROVIDERS[name][1]
    monkeypatch.setenv(variable, KEY)

    def respond(handler, trap):
        answer(handler, status, location=f"{trap.other}/v1/chat/completions")

    with Trap(respond) as trap:
        monkeypatch.setitem(PROVIDERS, name, (trap.url, variable))
        options = (trap.url, variable) if is_named else ()
        with pytest.raises(Unanswered, match="elsewhere, which is not followed") as caught:
            Provider(f"{name}/m", *options).ask(MESSAGES, 20, 50)
    assert not caught.value.may_retry
    ((path, headers, body),) = trap.met
    assert (path, headers["Authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert SENTENCE in body
    assert trap.elsewhere == []


def test_no_cookie_no_proxy_no_netrc_and_nobody_elses_key(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {KEY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for _, variable in PROVIDERS.values():
        if variable:
            monkeypatch.setenv(variable, KEY)

    def respond(handler, trap):
        answer(handler, 200, completion(GOOD), set_cookie="who=me; Path=/")

    with Trap(respond) as trap:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, trap.other)
        for name in PROVIDERS:
            assert Provider(f"{name}/m", trap.url).ask(MESSAGES, 20, 50).text == GOOD
    assert trap.elsewhere == []
    assert len(trap.met) == len(PROVIDERS)
    for _, headers, _ in trap.met:
        assert not {"cookie", "authorization", "proxy-authorization"} & set(map(str.lower, headers))


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
        reading = interpreter.read("geh bitte 5 cm nach links")
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


def endless(handler, trap):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 100_000)


def dripping(handler, trap):
    while not trap.closed.wait(0.05):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize("respond", [endless, dripping])
def test_a_connection_is_closed_at_the_deadline_whatever_still_comes(respond):
    with Trap(respond) as trap:
        provider = Provider("openai/m", trap.url)
        with pytest.raises(Unanswered):
            provider.ask(MESSAGES, 0.5, 50)
        assert trap.closed.wait(30), "the server could go on sending"


def test_an_endless_answer_is_cut_off():
    with Trap(endless) as trap:
        assert len(post(trap.url, b"{}", {}, 60).body) == MAX_BYTES
        with pytest.raises(Unanswered, match="no language model, or broke off"):
            Provider("openai/m", trap.url).ask(MESSAGES, 60, 50)


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
        found = Provider("openai/m", trap.url).ask(MESSAGES, 20, 50, {"type": "object"})
    assert found.text == GOOD
    assert [sorted(json.loads(body)) for _, _, body in trap.met] == [
        ["max_tokens", "messages", "model", "response_format", "temperature"],
        ["messages", "model", "response_format", "temperature"],
        ["messages", "model", "temperature"],
    ]


@pytest.mark.parametrize(
    ("message", "finish", "reason", "may_retry"),
    [
        ({"content": None, "tool_calls": [{"id": "1"}]}, "tool_calls", "calls a tool", False),
        ({"content": "", "function_call": {"name": "f"}}, "stop", "calls a tool", False),
        ({"content": None}, "stop", "answer is empty", True),
        ({"content": ""}, "stop", "answer is empty", True),
        ({"content": []}, "stop", "answer is empty", True),
        ({"content": [{"type": "image"}, 3]}, "stop", "answer is empty", True),
        ({"content": {"text": "x"}}, "stop", "answer is empty", True),
        (None, "stop", "answer is empty", True),
        ({"content": "no", "refusal": "I cannot"}, "stop", "refuses to answer", False),
        ({"content": None}, "content_filter", "refuses to answer", False),
        ({"content": "left"}, "length", "not whole", True),
        ({"content": "left"}, None, "not whole", True),
    ],
)
def test_an_answer_that_is_none_is_told_as_what_it_is(message, finish, reason, may_retry):
    body = json.dumps({"choices": [{"message": message, "finish_reason": finish}]}).encode()
    with (
        LoopbackModel(Fault(body=body)) as server,
        pytest.raises(Unanswered, match=reason) as caught,
    ):
        Provider("openai/m", server.url).ask(MESSAGES, 20, 50)
    assert caught.value.may_retry == may_retry


def test_an_answer_in_parts_is_one():
    parts = [{"type": "text", "text": GOOD[:20]}, {"type": "text", "text": GOOD[20:]}]
    with LoopbackModel(Fault(body=completion(parts))) as server:
        assert Provider("openai/m", server.url).ask(MESSAGES, 20, 50).text == GOOD


@pytest.mark.parametrize("cost", [None, "much", -1, 10**400, [], 1e999])
def test_a_price_that_is_none_is_unknown(cost):
    body = completion(GOOD, usage={"cost": cost}, model=None)
    with LoopbackModel(Fault(body=body)) as server:
        answered = Provider("openai/m", server.url).ask(MESSAGES, 20, 50)
    assert (answered.cost_usd, answered.model) == (None, "")


@pytest.mark.parametrize(
    "address",
    ["localhost:11434", "ftp://a/b", "http://", "http://me:secret@a/v1", "http://a/?k=1",
     "http://a/#x", "http://a:0/", "http://a:b/", "http://[::1", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_cannot_be_asked_is_refused(address):
    with pytest.raises(UsageError, match=r"api_base is .* e\.g\. http://localhost:11434"):
        Provider("openai/m", address)
    with pytest.raises(UsageError):
        check_address(address)


def test_a_provider_is_asked_nothing_without_its_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(Unanswered, match="there is no key for it in OPENAI_API_KEY"):
        Provider("openai/gpt-4o-mini").ask(MESSAGES, 5, 50)


@pytest.mark.parametrize(
    ("model", "name"),
    [("ollama/qwen3", "qwen3"), ("openrouter/a/b", "a/b"), ("hosted_vllm/a/b", "a/b"), ("m", "m")],
)
def test_a_server_is_asked_by_the_name_that_it_knows(model, name):
    with LoopbackModel(GOOD) as server:
        Provider(model, server.url).ask(MESSAGES, 20, 50)
    assert server.requests[0]["model"] == name


def test_what_one_server_answered_is_not_taken_for_anothers(tmp_path):
    for group in ("y+", "y-"):
        with LoopbackModel(slots([(group, 5)])) as server:
            interpreter = LlmInterpreter(
                ClipRt58Vocabulary(), "openai/m", server.url, cache_dir=str(tmp_path)
            )
            for _ in range(2):
                assert interpreter.read("geh bitte 5 cm dahin").offers[0].group == group
        assert len(server.requests) == 1
