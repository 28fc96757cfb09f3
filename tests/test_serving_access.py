"""Who may ask a served policy: no stranger, no web page, and nobody by guessing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served_policy import Robot, running
from websockets.exceptions import InvalidStatus

from cliprt.errors import UsageError
from cliprt.serving.access import Access

KEY = "correct-horse-battery"
HOME = {"host": ["127.0.0.1:8000"]}


def status(access, **headers):
    refusal = access.refusal("/", {**HOME, **{name: [text] for name, text in headers.items()}})
    return refusal[0] if refusal else 0


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_a_loopback_server_serves_this_machines_programs_and_no_page():
    access = Access("127.0.0.1", None)
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000", "localhost"):
        assert status(access, host=host) == 0
    for host in ("evil.example:8000", "127.0.0.1.evil.example", "192.168.0.7:8000", "[", ""):
        assert status(access, host=host) == 421
    assert access.refusal("/", {"host": ["127.0.0.1", "127.0.0.1"]})[0] == 421
    for origin in ("http://127.0.0.1:8000", "null", "https://evil.example"):
        assert status(access, origin=origin) == 403
    assert access.refusal("/healthz", {}) is None


def test_a_key_is_shown_in_one_of_three_ways():
    access = Access("0.0.0.0", KEY)
    shown = (f"Api-Key {KEY}", f"Bearer {KEY}", f"bearer  {KEY} ", basic(f"cliprt:{KEY}"))
    assert [status(access, authorization=one) for one in shown] == [0] * 4
    assert status(access, authorization=f"Api-Key {KEY}", host="arm.example.org") == 0
    wrong = ("", KEY, f"Digest {KEY}", f"Api-Key {KEY[:-1]}", f"Api-Key {KEY}x", basic(KEY))
    wrong += ("Basic !!", "Bearer", "Api-Key \xff")
    assert [status(access, authorization=one) for one in wrong] == [401] * len(wrong)
    twice = {**HOME, "authorization": [f"Api-Key {KEY}"] * 2}
    assert access.refusal("/", twice)[0] == 401
    assert status(access) == 401
    assert status(access, authorization=f"Api-Key {KEY}", origin="https://evil.example") == 403
    assert access.refusal("/metrics", HOME)[0] == 401
    assert access.refusal("/healthz", HOME) is None


@given(st.text(max_size=60))
def test_no_guess_is_a_key(guess):
    access = Access("0.0.0.0", KEY)
    for scheme in ("Api-Key", "Bearer", "Basic", ""):
        assert status(access, authorization=f"{scheme} {guess}") == 401


@pytest.mark.parametrize(
    ("host", "key", "told"),
    [
        ("0.0.0.0", None, "--host 0.0.0.0 can be reached from other machines, which need a key"),
        ("arm.example.org", None, "Give --key-file FILE, or set CLIPRT_SERVE_KEY"),
        ("127.0.0.1", "short", "the key has fewer than 16 characters. Make one: python"),
        ("127.0.0.1", "a key with spaces in it", "the key has characters that cannot be sent"),
        ("127.0.0.1", "schlüssel-schlüssel", "the key has characters that cannot be sent"),
    ],
)
def test_an_address_that_others_reach_needs_a_key_that_nobody_guesses(host, key, told):
    with pytest.raises(UsageError) as refused:
        Access(host, key)
    assert told in str(refused.value)


def test_a_wrong_key_is_refused_before_the_upgrade_and_counted():
    with running(key=KEY) as here:
        for headers in ({}, {"Authorization": "Api-Key wrong"}, {"Authorization": KEY}):
            with pytest.raises(InvalidStatus) as refused:
                Robot(here.address, additional_headers=headers)
            assert refused.value.response.status_code == 401
            assert b"Authorization: Api-Key KEY" in refused.value.response.body
        with Robot(here.address, additional_headers={"Authorization": f"Api-Key {KEY}"}) as robot:
            assert "actions" in robot.look()
        with Robot(here.address.replace("//", f"//cliprt:{KEY}@")) as robot:
            assert "actions" in robot.look()
        assert here.ask("/healthz") == (200, "OK\n")
        assert here.ask("/metrics")[0] == 401
        told = here.ask("/metrics", Authorization=f"Bearer {KEY}")[1]
        assert 'cliprt_serve_refused_total{why="key"} 4' in told


def test_a_page_in_a_browser_cannot_ask():
    with running() as here:
        with pytest.raises(InvalidStatus) as refused:
            Robot(here.address, origin="https://evil.example")
        assert refused.value.response.status_code == 403
        assert here.ask("/metrics", Host="evil.example")[0] == 421
