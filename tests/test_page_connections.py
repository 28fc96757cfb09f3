"""Connections to the page: who says nothing is let go of, and what is malformed is counted."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from contextlib import ExitStack
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from teaching_page import TeachingServer, fetch_tab

from cliprt.page import connections, hearing, live
from cliprt.page.control import Control
from cliprt.page.live import NO_PAGE, LiveLines
from cliprt.page.malformed import TELL_EVERY_S, Malformed

pytest.importorskip("nicegui")
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

HERE = "127.0.0.1"


async def _hello(scope, receive, send):
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def port(monkeypatch):
    """Of a server whose connections are soon idle, and few."""
    import uvicorn

    monkeypatch.setattr(connections, "IDLE_S", 0.2)
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    listening = socket.create_server((HERE, 0))
    config = uvicorn.Config(
        _hello, http=connections.BoundedConnection, lifespan="off", log_level="error"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    running.should_exit = True
    thread.join(60)
    listening.close()


def rest_of(connection):
    """Everything that comes until the server ends the connection."""
    got = b""
    try:
        while data := connection.recv(1000):
            got += data
    except ConnectionError:
        pass
    return got


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHo",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    ],
)
def test_a_connection_that_says_nothing_more_is_ended(port, said):
    with socket.create_connection((HERE, port), timeout=60) as connection:
        connection.sendall(said)
        assert (b"hello" in rest_of(connection)) == said.endswith(b"\r\n\r\n")


def test_connections_are_few_and_a_flood_passes(port):
    with ExitStack() as stack:
        flood = [stack.enter_context(socket.create_connection((HERE, port), 60)) for _ in range(9)]
        assert [rest_of(connection) for connection in flood] == [b""] * 9
    assert urlopen(f"http://{HERE}:{port}", timeout=60).read() == b"hello"


def test_a_line_that_says_nothing_is_closed(monkeypatch):
    from test_page_views import Socket

    monkeypatch.setattr(live, "SILENT_S", 0.05)
    control = Control()
    lines = LiveLines(control, *[lambda: None] * 3, {"a"}.__contains__, print)
    asyncio.run(asyncio.wait_for(lines.serve(Socket("a")), 60))
    assert control.controller is None


def test_a_microphone_that_hears_nothing_is_closed(monkeypatch):
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocketDisconnect
    from test_page_hearing import TRANSCRIBER

    monkeypatch.setattr(hearing, "IDLE_S", 0.05)

    async def listen(websocket):
        await hearing.microphone(websocket, TRANSCRIBER, lambda _: True, lambda: None)

    client = TestClient(Starlette(routes=[WebSocketRoute("/", listen)]))
    with client.websocket_connect("/") as line, pytest.raises(WebSocketDisconnect):
        line.receive_json()


def test_malformed_messages_are_told_in_a_line_now_and_then():
    now, told = [0.0], []
    malformed = Malformed(told.append, clock=lambda: now[0])
    for _ in range(1000):
        malformed.note(ValueError("\x1b[2J" + "x" * 1000))
    assert told == ["1 malformed message to the page was ignored; the last: ValueError: \\x1b[2J"
                    + "x" * 64]  # fmt: skip
    now[0] = TELL_EVERY_S
    malformed.note("nothing")
    assert told[1:] == ["1000 malformed messages to the page were ignored; the last: nothing"]
    malformed.report()
    malformed.note("late")
    malformed.report()
    assert told[2:] == ["1 malformed message to the page was ignored; the last: late"]


def test_what_a_library_says_about_them_is_counted_and_the_rest_is_printed(caplog):
    malformed = Malformed(lambda line: None)
    malformed.mute("a.library", lambda record: record.levelno == logging.WARNING)
    log = logging.getLogger("a.library")
    log.warning("Invalid HTTP request received.")
    log.error("a bug")
    assert malformed.count == 1
    assert [record.getMessage() for record in caplog.records] == ["a bug"]


def test_a_bare_websocket_is_no_page_and_malformed_events_are_not_printed(tmp_path):
    server = TeachingServer(tmp_path / "run")
    try:
        tab = fetch_tab(server.address)
        base = server.address.replace("http", "ws")

        def talk(path, *messages):
            """What becomes of a connection: how it is closed, if it is."""
            try:
                with connect(f"{base}/{path}", origin=server.address) as line:
                    for message in messages:
                        line.send(message)
                    line.recv(timeout=60)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006
            return 0

        assert talk("cameras?tab=anything") == NO_PAGE
        assert talk(f"cameras?tab={tab}", b"\xff") == NO_PAGE
        packets = f"_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id={tab}"
        for rubbish in ("x", "", "42", '42["event"]', "42[{}]", b"\xff", "4" + "[" * 50_000):
            talk(packets, "40", rubbish)
        host = server.address.removeprefix("http://")
        post = f"POST /{packets} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nx"
        for request in ("RUBBISH\r\n\r\n", "\0\0\r\n", post):
            with socket.create_connection(host.split(":")) as line:
                line.sendall(request.encode())
                line.shutdown(socket.SHUT_WR)
                rest_of(line)
        with urlopen(server.address) as answer:
            assert answer.status == 200
    finally:
        server.interrupt()
    told = [line for line in server.said if "malformed" in line]
    assert "Traceback" not in "".join(server.said)
    assert len(told) == 2
    assert len(server.said) == 5


@pytest.mark.slow
def test_pages_that_no_browser_came_back_for_are_bounded(tmp_path):
    server = TeachingServer(tmp_path / "run")

    def open_pages():
        while True:
            fetch_tab(server.address)

    try:
        with pytest.raises(HTTPError, match="503"):
            open_pages()
        with urlopen(f"{server.address}/static/keys.js") as answer:
            assert answer.status == 200
    finally:
        server.interrupt()
