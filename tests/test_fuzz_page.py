"""Anything at all is sent to a page: it goes on, prints nothing, and holds no more than before."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from fuzzing import altered, damaged, fuzz, texts, values
from hypothesis import given
from hypothesis import strategies as st
from teaching_page import TeachingServer

pytest.importorskip("nicegui")
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

GROWTH_MB = 150
"""What the pages that were left may hold, and the interpreter that was loaded meanwhile."""

PACKETS = ("40", "41", "2", "3", "5", '42["event",{}]', '451-["event",{"_placeholder":true}]')
SPOKEN = (b'{"shown": true}', b'{"ack": "scene", "shown": true}', b"end", b"cancel", b"\0" * 64)
REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: %s\r\nCookie: cliprt_key=x\r\n\r\n",
    b"GET /episodes/x/thumbnail.jpg HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET /static/keys.js?v HTTP/1.1\r\nHost: %s\r\nX-Forwarded-Prefix: /x\r\n\r\n",
    b"POST /_nicegui_ws/socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: %s\r\n"
    b"Content-Length: 4\r\n\r\n42[]",
    b"GET /cameras?tab=x HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\0\0\0\0{}",
)


class Page:
    """A server under fire, and one of its pages."""

    def __init__(self, folder) -> None:
        self.server = TeachingServer(folder)
        self.address = self.server.address
        self.host = urlsplit(self.address).netloc
        self.turn = 0
        self.open()
        self.memory_mb = self.server.memory_mb()

    def open(self) -> None:
        """Ask for a page, as a browser does; its name, and what its elements listen to."""
        try:
            with urlopen(self.address) as answer:
                text = answer.read().decode()
        except HTTPError:  # too many pages are open
            return
        self.tab = re.findall(r"data-tab\W+([0-9a-f-]{36})", text)[0]
        elements = re.findall(r"String.raw`({.+?})`", text, re.DOTALL)[0]
        self.listeners = [
            (int(number), event["listener_id"])
            for number, element in json.loads(unescape(elements)).items()
            for event in element.get("events", ())
        ]

    def speak(self, path: str, messages) -> None:
        """Over a websocket; it is closed when everything was read."""
        with suppress(WebSocketException, OSError, TimeoutError):
            url = f"ws://{self.host}/{path}"
            with connect(url, origin=self.address, close_timeout=5) as line:
                for message in messages:
                    line.send(message)

    def packets(self) -> str:
        """Path of the framework's websocket, for a page of one's own."""
        query = f"client_id={self.tab}&tab_id=t&document_id=d&implicit_handshake=true"
        return f"_nicegui_ws/socket.io/?EIO=4&transport=websocket&next_message_id=0&{query}"

    def check(self) -> None:
        """It is as well as before."""
        assert self.server.process.poll() is None
        self.turn += 1
        if self.turn % 10 == 0:
            self.open()
        said = "".join(self.server.said[1:])
        assert said.count("\n") == said.count("malformed"), said
        assert self.server.memory_mb() < self.memory_mb + GROWTH_MB


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    made = Page(tmp_path_factory.mktemp("fuzz") / "run")
    yield made
    try:
        made.check()
    finally:
        made.server.interrupt()
    assert "Traceback" not in "".join(made.server.said)


def to_text(value: object) -> str:
    return json.dumps(value, default=str)


def event(page, draw):
    """One as the page's own, or nearly."""
    number, listener = draw(st.sampled_from(page.listeners))
    args = [draw(values.map(to_text))]
    sample = {"client_id": page.tab, "id": number, "listener_id": listener, "args": args}
    named = draw(st.sampled_from(["event", "handshake", "ack", "log", "javascript_response"]))
    return f"42{to_text(draw(altered([named, sample])))}"


@fuzz
def test_events_of_any_shape(go_on, page):
    @given(st.data())
    def check(data):
        whole = st.builds(event, st.just(page), st.just(data.draw))
        part = damaged(*(p.encode() for p in PACKETS)) | st.binary(max_size=40)
        loose = st.builds("4{}{}".format, st.integers(0, 9), values.map(to_text))
        broken = part.map(lambda b: b.decode("utf-8", "replace"))
        messages = data.draw(st.lists(whole | part | loose | broken | texts.filter(_is_text)))
        page.speak(page.packets(), ["40", *messages])
        page.check()

    go_on(check)


@fuzz
def test_words_of_any_shape_on_the_live_line_and_the_microphone(go_on, page):
    @given(st.sampled_from(["cameras", "microphone"]), st.lists(damaged(*SPOKEN)), st.booleans())
    def check(path, messages, as_text):
        words = [m.decode("utf-8", "replace") if as_text else m for m in messages]
        page.speak(f"{path}?tab={page.tab}", words)
        page.check()

    go_on(check)


@fuzz
def test_requests_of_any_shape(go_on, page):
    host = page.host.encode()

    @given(damaged(*(r.replace(b"%s", host) for r in REQUESTS)))
    def check(request):
        with suppress(OSError), socket.create_connection(page.host.split(":"), 5) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            while line.recv(10_000):
                pass
        page.check()

    go_on(check)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)
