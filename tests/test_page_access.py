"""Who may talk to the page's server, and which tab steers."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.page.access import COOKIE, LARGEST_BODY, Access
from cliprt.page.control import HIDDEN_S, SILENCE_S, Control
from cliprt.page.guard import Guard
from cliprt.serving.address import is_loopback


def ask(guard: Guard, kind="http", path="/", query="", method="GET", body=b"", **headers):
    """One request: (status, headers, body), or the close code of a websocket."""
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": kind, "path": path, "method": method, "headers": raw}
    scope["query_string"] = query.encode()
    sent = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    if kind == "websocket":
        return sent[0].get("code", sent[0]["type"])
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def _page(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["type"].encode()})


@pytest.fixture
def local():
    return Guard(_page, Access("127.0.0.1"))


def test_this_machines_browser_is_served_with_headers_that_keep_others_out(local):
    status, headers, _ = ask(local, host="localhost:8080")
    assert status == 200
    policy = headers[b"content-security-policy"].decode()
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8080",
        "",
        "[::1",
        "10.0.0.7",
    ],
)
def test_a_foreign_name_that_leads_here_is_refused(local, host):
    assert ask(local, host=host)[0] == 421
    assert ask(local, "websocket", host=host, origin=f"http://{host}") == 1008


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "http://127.0.0.1:8080.evil.example"],
)
def test_a_foreign_page_is_refused_on_every_kind_of_connection(local, origin):
    assert ask(local, host="127.0.0.1:8080", origin=origin)[0] == 403
    for path in ("/cameras", "/microphone", "/_nicegui_ws/socket.io/"):
        assert ask(local, "websocket", path, host="127.0.0.1:8080", origin=origin) == 1008


def test_the_page_itself_may_open_websockets_and_nobody_without_an_origin(local):
    own = {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}
    assert ask(local, "websocket", "/cameras", **own) == "websocket.accept"
    assert ask(local, "websocket", "/cameras", host="127.0.0.1:8080") == 1008


def test_a_picture_or_script_on_a_foreign_page_is_refused_but_a_link_works(local):
    foreign = {"host": "localhost", "sec_fetch_site": "cross-site"}
    assert ask(local, **foreign, sec_fetch_mode="no-cors")[0] == 403
    assert ask(local, method="POST", **foreign, sec_fetch_mode="navigate")[0] == 403
    assert ask(local, **foreign, sec_fetch_mode="navigate")[0] == 200


def test_bodies_are_bounded_with_and_without_a_length(local):
    large = b"x" * (LARGEST_BODY + 1)
    assert ask(local, host="localhost", content_length=str(len(large)))[0] == 413
    assert ask(local, host="localhost", content_length="many")[0] == 400
    assert ask(local, host="localhost", body=large)[2] == b"http.disconnect"
    assert ask(local, host="localhost", body=b"small")[2] == b"http.request"


def test_another_address_needs_a_token_that_works_once_and_is_followed_by_the_next():
    announced: list[str] = []
    access = Access("0.0.0.0", announced.append)
    guard = Guard(_page, access)
    token = access.issue_token()
    host = {"host": "192.168.1.5:8080"}
    status, _, body = ask(guard, **host)
    assert status == 401
    assert b"link that the terminal shows" in body
    assert ask(guard, **host, query="token=guessed")[0] == 401
    assert ask(guard, method="HEAD", **host, query=f"token={token}")[0] == 401

    status, headers, _ = ask(guard, **host, query=f"token={token}")
    assert (status, headers[b"location"]) == (303, b"/")
    cookie = headers[b"set-cookie"].decode()
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    key = cookie.split(";")[0]
    assert ask(guard, **host, cookie=f"theme=dark; {key}")[0] == 200
    own = {**host, "origin": "http://192.168.1.5:8080"}
    assert ask(guard, "websocket", "/cameras", **own, cookie=key) == "websocket.accept"
    assert ask(guard, "websocket", "/cameras", **own) == 1008
    assert ask(guard, **host, query=f"token={token}")[0] == 401
    assert len(announced) == 1
    assert ask(guard, **host, query=f"token={announced[0]}")[0] == 303


@given(st.text(max_size=60))
def test_no_guess_is_a_key(guess):
    access = Access("0.0.0.0")
    access.issue_token()
    assert not access.has_key(guess)
    assert access.exchange(guess) is None
    guard = Guard(_page, access)
    safe = guess.encode("ascii", "ignore").decode()
    assert ask(guard, host="10.0.0.1", cookie=f"{COOKIE}={safe}")[0] == 401


def test_what_is_loopback():
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "localhost", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "example.org", ""]))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_first_tab_steers_and_a_reloaded_one_goes_on(clock):
    control = Control(clock)
    control.join("first")
    control.join("second")
    assert control.steers("first")
    assert not control.steers("second")
    assert control.leave("first")
    control.beat("second")  # who watches goes on watching
    assert control.controller is None
    control.join("first again")
    assert control.steers("first again")


def test_a_silent_tab_is_lost_and_may_come_back(clock):
    control = Control(clock)
    control.join("a")
    clock.now = SILENCE_S - 0.1
    assert not control.sweep()
    control.beat("a")
    clock.now += SILENCE_S - 0.1
    assert not control.sweep()
    clock.now += 0.2
    assert control.sweep()
    assert not control.sweep()
    control.beat("a")
    assert control.steers("a")


def test_a_tab_that_nobody_sees_is_lost_and_who_asked_for_control_has_it(clock):
    control = Control(clock)
    control.beat("hidden", is_shown=False)
    assert control.controller is None
    control.beat("a")
    control.join("b")
    control.apply("b")
    for _ in range(int(HIDDEN_S)):
        clock.now += 1.0
        control.beat("a", is_shown=False)
        control.beat("b")
        assert not control.sweep()
    clock.now += 1.0
    control.beat("a", is_shown=False)
    assert control.sweep()
    assert control.steers("b")
    assert control.applicant is None
    control.beat("a", is_shown=False)
    assert not control.is_connected("a")
    control.beat("a")
    assert control.is_connected("a")
    assert control.steers("b")


def test_taking_over_is_granted_by_who_steers_or_free_when_nobody_does(clock):
    control = Control(clock)
    for tab in ("a", "b", "c"):
        control.join(tab)
    control.apply("b")
    assert control.applicant == "b"
    control.answer("c", True)  # not its business
    assert control.steers("a")
    control.answer("a", False)
    assert (control.controller, control.applicant) == ("a", None)
    control.apply("b")
    control.answer("a", True)
    assert control.steers("b")
    control.leave("b")
    control.apply("c")
    assert control.steers("c")
    control.apply("nobody")
    assert control.steers("c")


@given(st.lists(st.tuples(st.sampled_from("jblagn"), st.sampled_from("abc")), max_size=40))
def test_never_more_than_one_steers_and_only_one_that_is_there(moves):
    control = Control(Clock())
    for move, tab in moves:
        if move == "g" or move == "n":
            control.answer(tab, move == "g")
        else:
            {"j": control.join, "b": control.beat, "l": control.leave, "a": control.apply}[move](
                tab
            )
        assert control.controller is None or control.is_connected(control.controller)
        assert control.applicant is None or control.is_connected(control.applicant)
