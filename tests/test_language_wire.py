"""What leaves for a language model, and where to, whatever asks: the client alone."""

from __future__ import annotations

import gzip
import socket
import threading
from contextlib import suppress

import pytest
from loopback_trap import KEY, SENTENCE, Trap, answer, dripping, endless, trickling

httpx = pytest.importorskip("httpx")

from cliprt.language import wire  # noqa: E402
from cliprt.language.wire import MAX_BYTES, Exchange  # noqa: E402

CLIENTS = [
    wire._CLIENT,
    # what litellm makes of the transport where it makes a client of its own
    httpx.Client(transport=wire._TRANSPORT, follow_redirects=True, timeout=600),
]


def ask(trap, client=CLIENTS[0], key=KEY, url="", **headers):
    """(the exchange, what the client makes of it) of a question in a thread of its own."""
    exchange, found = Exchange(trap.url, key), []

    def run():
        wire._current.set(exchange)
        headers.setdefault("authorization", f"Bearer {wire.KEY}")
        try:
            found.append(client.post(url or f"{trap.url}/v1", content=SENTENCE, headers=headers))
        except httpx.HTTPError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return exchange, found[0]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect(status, client):
    with Trap(lambda handler, trap: answer(handler, status, b"x", location=trap.other)) as trap:
        exchange, found = ask(trap, client)
    assert (exchange.status, found.status_code, found.text) == (status, status, "x")
    ((_, headers, body),) = trap.met
    assert (headers["authorization"], body) == (f"Bearer {KEY}", SENTENCE)
    assert trap.elsewhere == []


@pytest.mark.parametrize("client", CLIENTS)
def test_no_cookie_no_proxy_no_netrc(client, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {KEY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Trap(lambda handler, trap: answer(handler, 200, set_cookie="who=me; Path=/")) as trap:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, trap.other)
        for _ in range(2):
            ask(trap, client, cookie="who=me")
        assert ask(trap, client, key="")[0].status == 200
    assert trap.elsewhere == []
    assert not any("cookie" in headers for _, headers, _ in trap.met)
    assert [headers.get("authorization") for _, headers, _ in trap.met] == [f"Bearer {KEY}"] * 2 + [
        None
    ]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/v1", "https://127.0.0.1:{port}/v1", "http://localhost:{port}/v1",
     "http://me@127.0.0.1:{port}/v1", "http://127.0.0.1.nip.io:{port}/v1"],
)  # fmt: skip
def test_another_server_is_refused(url):
    with Trap(lambda handler, trap: answer(handler, 200)) as trap:
        exchange, found = ask(trap, url=url.format(port=trap.url.rpartition(":")[2]))
    assert "nothing is sent to" in str(found)
    assert (exchange.status, trap.met) == (0, [])


def test_who_asks_no_question_of_ours_is_refused():
    with (
        Trap(lambda handler, trap: answer(handler, 200)) as trap,
        pytest.raises(httpx.ConnectError, match="nothing is sent to"),
    ):
        CLIENTS[0].post(trap.url)
    assert trap.met == []


def test_the_key_is_put_in_on_the_way_out_only():
    with Trap(lambda handler, trap: answer(handler, 200)) as trap:
        _, found = ask(trap, url=f"{trap.url}/v1?key={wire.KEY}", x_api_key=wire.KEY)
    ((path, headers, _),) = trap.met
    assert (path, headers["x_api_key"]) == (f"/v1?key={KEY}", KEY)
    assert KEY not in f"{found.request.url}{found.request.headers}{found.headers}"


def test_an_endless_answer_is_cut_off():
    with Trap(endless) as trap:
        _, found = ask(trap)
        assert len(found.content) == MAX_BYTES
        assert trap.closed.wait(30), "the server could go on sending"


def test_a_small_answer_that_grows_is_not_unpacked():
    packed = gzip.compress(b" " * 50_000_000)
    with Trap(lambda handler, trap: answer(handler, 200, packed, content_encoding="gzip")) as trap:
        _, found = ask(trap)
    assert found.content == packed
    assert "accept-encoding" not in trap.met[0][1]


@pytest.mark.parametrize("respond", [trickling, dripping])
def test_a_connection_is_closed_at_the_deadline_whatever_still_comes(respond, monkeypatch):
    def post(self, request):
        with suppress(httpx.HTTPError):
            self.send(httpx.Request("POST", request["api_base"]))

    monkeypatch.setattr(Exchange, "run", post)
    with Trap(respond) as trap:
        assert wire.ask({"api_base": trap.url}, KEY, 0.5) is None
        assert trap.closed.wait(30), "the server could go on sending"


def test_nothing_is_sent_after_the_deadline():
    with Trap(lambda handler, trap: answer(handler, 200)) as trap:
        exchange = Exchange(trap.url, KEY)
        exchange.close()
        with pytest.raises(httpx.ConnectError, match="nothing is sent"):
            exchange.send(httpx.Request("POST", trap.url))
    assert trap.met == []


def test_a_name_that_is_found_too_late_is_not_asked(monkeypatch):
    began, goes_on = threading.Event(), threading.Event()

    def post(self, request):
        with pytest.raises(httpx.ConnectError, match="the time is over"):
            self.send(httpx.Request("POST", request["api_base"], content=SENTENCE))

    create = socket.create_connection

    def slow(*args, **options):
        began.set()
        goes_on.wait(30)
        return create(*args, **options)

    monkeypatch.setattr(Exchange, "run", post)
    monkeypatch.setattr(socket, "create_connection", slow)
    with Trap(lambda handler, trap: answer(handler, 200)) as trap:
        before = set(threading.enumerate())
        assert wire.ask({"api_base": trap.url}, KEY, 0.2) is None
        assert began.wait(30)
        (left,) = [t for t in set(threading.enumerate()) - before if "serve" not in t.name]
        goes_on.set()
        left.join(30)
        assert not left.is_alive()
    assert trap.met == []
