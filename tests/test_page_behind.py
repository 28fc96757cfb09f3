"""The page behind a reverse proxy: whose requests are answered, and that all of it works there."""

from __future__ import annotations

import http.client

import pytest
from chromium import QUIET, chromium
from hypothesis import given
from hypothesis import strategies as st
from reverse_proxy import Nginx, free_port
from teaching_page import Person, TeachingServer
from test_page_access import ask

from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.page.access import Access
from cliprt.page.behind import PublicAddress, parse_address
from cliprt.page.guard import Guard

ARM = PublicAddress("https", "robots.example.org", "/arm")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://robots.example.org/arm/", ARM),
        ("https://Robots.Example.org:443/arm", ARM),
        ("http://10.0.0.7:8080", PublicAddress("http", "10.0.0.7:8080")),
        ("https://[::1]:8443/a/b.c/", PublicAddress("https", "[::1]:8443", "/a/b.c")),
    ],
)
def test_a_public_address_is_read_as_browsers_write_it(text, address):
    assert parse_address(text) == address
    assert parse_address(address.base) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "robots.example.org",
        "ftp://robots.example.org",
        "https://",
        "https://a:b@robots.example.org/",
        "https://robots.example.org:port",
        "https://robots.example.org:99999",
        "https://robots.example.org/?x",
        "https://robots.example.org/#x",
        "https://robots.example.org//arm",
        "https://robots.example.org/../arm",
        "https://robots.example.org/a b",
        'https://robots.example.org/"><script>',
        "https://\x1b[2J.org",
        "https://[::1",
    ],
)
def test_what_is_no_public_address_is_refused(text, capsys):
    assert main(["teach", "--recipe", "tiny", "--behind", text]) == 2
    told = capsys.readouterr().err
    assert "must be the page's public address" in told
    assert "\x1b" not in told


@given(st.text() | st.text().map("https://robots.example.org".__add__))
def test_any_text_is_a_public_address_or_refused(text):
    try:
        address = parse_address(text)
    except UsageError:
        return
    assert parse_address(address.base) == address
    assert address.base.isascii()


async def _echo(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    names = " ".join(name.decode() for name, _ in scope["headers"])
    body = f"{scope['root_path']} {scope['path']} {names}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def let_in(address=ARM):
    """(guard, the cookie that lets in)"""
    access = Access("127.0.0.1", public=address)
    guard = Guard(_echo, access)
    _, headers, _ = ask(guard, host=address.host, query=f"token={access.issue_token()}")
    assert headers[b"location"].decode() == f"{address.prefix}/"
    return guard, headers[b"set-cookie"].decode()


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("robots.example.org", None, 200),
        ("robots.example.org", "https://robots.example.org", 200),
        ("robots.example.org:443", "https://robots.example.org", 200),
        ("ROBOTS.example.org", "https://robots.example.org", 200),
        ("127.0.0.1:8080", "https://robots.example.org", 200),  # a proxy that names itself
        ("127.0.0.1:8080", "http://127.0.0.1:8080", 200),  # a browser of this machine
        ("localhost:8080", None, 200),
        ("robots.example.org", "http://robots.example.org", 403),
        ("robots.example.org", "https://robots.example.org:8443", 403),
        ("robots.example.org", "https://evil.example", 403),
        ("127.0.0.1:8080", "https://127.0.0.1:9999", 403),
        ("robots.example.org", "null", 403),
        ("robots.example.org:8443", None, 421),
        ("evil.example", "https://robots.example.org", 421),
        ("10.0.0.7:8080", None, 421),
        ("robots.example.org.evil.example", None, 421),
        ("", None, 421),
    ],
)
def test_names_and_pages_are_compared_with_the_public_address(host, origin, status):
    guard, cookie = let_in()
    headers = {"host": host, "cookie": cookie} | ({"origin": origin} if origin else {})
    assert ask(guard, **headers)[0] == status
    if origin:
        opened = ask(guard, "websocket", "/arm/cameras", **headers)
        assert opened == ("websocket.accept" if status == 200 else 1008)


def test_everybody_needs_a_key_behind_a_proxy_that_is_on_this_machine_too():
    guard, cookie = let_in()
    assert ask(guard, host="127.0.0.1:8080")[0] == 401
    own = {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}
    assert ask(guard, "websocket", "/cameras", **own) == 1008
    assert "; Path=/arm/;" in cookie
    assert cookie.endswith("; Secure")
    _, cookie = let_in(PublicAddress("http", "robots.example.org"))
    assert "; Path=/;" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    ("path", "place"),
    [("/arm/", "/arm/"), ("/", "/arm/"), ("/static/x", "/arm/static/x"), ("/army", "/arm/army")],
)
def test_a_request_is_placed_below_the_path_whether_the_proxy_takes_it_away_or_not(path, place):
    guard, cookie = let_in()
    status, _, body = ask(guard, path=path, host=ARM.host, cookie=cookie)
    assert (status, body.decode().split()[:2]) == (200, ["/arm", place])


def test_the_path_without_its_slash_leads_to_the_page():
    guard, cookie = let_in()
    status, headers, _ = ask(guard, path="/arm", host=ARM.host, cookie=cookie)
    assert (status, headers[b"location"]) == (303, b"/arm/")


@pytest.mark.parametrize("public", [None, ARM])
def test_what_a_proxy_says_of_others_is_not_believed(public):
    access = Access("127.0.0.1", public=public)
    guard, cookie = let_in() if public else (Guard(_echo, access), "")
    host = public.host if public else "localhost"
    said = {"x_forwarded_prefix": "/evil", "x_forwarded_host": "evil.example", "forwarded": "x"}
    _, _, body = ask(guard, host=host, cookie=cookie, **said)
    assert "forwarded" not in body.decode()


sync_api = pytest.importorskip("playwright.sync_api")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("scheme", "path"),
    [
        pytest.param("https", "/arm/", id="below_a_path"),
        pytest.param("http", "/", id="at_the_root", marks=pytest.mark.slow),
    ],
)
def test_an_episode_is_taught_through_a_real_proxy(tmp_path, scheme, path):
    pytest.importorskip("nicegui")
    port = free_port()
    public = f"{scheme}://localhost:{port}{path}"
    server = TeachingServer(tmp_path / "run", "--behind", public)
    local = server.local.removeprefix("http://")
    asked: list[str] = []
    try:
        assert server.address.startswith(f"{public}?token=")
        proxy = Nginx(tmp_path / "nginx", port, path, local, scheme == "https")
        try:
            with sync_api.sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
                context = browser.new_context(ignore_https_errors=True)
                page = context.new_page()
                page.on("request", lambda request: asked.append(request.url))
                page.on("websocket", lambda websocket: asked.append(websocket.url))
                person = Person(page, server.address)
                person.open()
                person.wait("idle")
                person.begin()
                person.say("up 5 cm")
                assert page.evaluate("Object.values(cliprtCameras.frames).every((n) => n > 0)")
                heard = page.evaluate(
                    """() => new Promise((done) => {
                      const tab = document.querySelector("[data-tab]").dataset.tab;
                      const url = new URL(`microphone?tab=${tab}`, document.baseURI);
                      url.protocol = url.protocol.replace("http", "ws");
                      const line = new WebSocket(url);
                      line.onopen = () => done("open");
                      line.onclose = (event) => done(event.code);
                    })"""
                )
                assert heard == "open"
                page.click("#finish")
                page.locator(".offer:visible").first.click()  # end anyway
                page.wait_for_selector(".result")
                page.click("[data-panel=episodes]")
                page.wait_for_function("document.querySelector('.thumbnail')?.naturalWidth > 0")
                (cookie,) = context.cookies()
                assert (cookie["path"], cookie["secure"]) == (path, scheme == "https")
                stranger = browser.new_context(ignore_https_errors=True).new_page()
                assert stranger.goto(public).status == 401
                browser.close()
        finally:
            proxy.stop()
        assert not [url for url in asked if f"localhost:{port}{path}" not in url]
        direct = http.client.HTTPConnection(local)
        direct.request("GET", path, headers={"Host": "evil.example"})
        assert direct.getresponse().status == 421
    finally:
        server.interrupt()
