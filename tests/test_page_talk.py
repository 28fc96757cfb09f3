"""Hold to talk in a real browser, with a recorded voice for a microphone."""

import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from chromium import QUIET, chromium
from speech import SENTENCES, SPEECH, save_wav

import cliprt.page
from cliprt.transcribers.audio import RATE_HZ, load_wav

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>talk</title>
<button id="talk">Hold to talk</button><meter id="level"></meter><p id="status"></p>
<input id="text"><script src="/static/talk.js"></script>
<script>
  window.results = []; window.stops = 0; window.states = []; window.loudest = 0;
  cliprtTalk.onresult = (said) => results.push(said);
  cliprtTalk.onstop = () => stops++;
  cliprtTalk.onstate = (state) => states.push(state);
  const of = (id) => document.getElementById(id);
  cliprtTalk.attach({button: of("talk"), status: of("status"), meter: of("level")});
  setInterval(() => loudest = Math.max(loudest, of("level").value), 20);
</script>"""


@pytest.fixture(scope="module")
def server():
    """Address of a page with a button, and how often the robot was stopped."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.staticfiles import StaticFiles

    from cliprt.page.hearing import microphone
    from cliprt.transcribers.pocketsphinx import PocketsphinxTranscriber

    transcriber = PocketsphinxTranscriber()
    transcriber.warm_up()
    stops = []

    async def listen(websocket):
        await microphone(websocket, transcriber, lambda _: True, lambda: stops.append(1))

    async def show(request):
        policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
        return HTMLResponse(PAGE, headers={"content-security-policy": policy})

    static = Path(cliprt.page.__file__).parent / "static"
    app = Starlette(
        routes=[
            Route("/", show),
            WebSocketRoute("/microphone", listen),
            Mount("/static", StaticFiles(directory=static)),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://localhost:{listening.getsockname()[1]}", stops
    running.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def browse(server, tmp_path):
    """Open the page with a voice for a microphone, said once after a second; (page, stops)."""
    from playwright.sync_api import sync_playwright

    address, stops = server
    with sync_playwright() as playwright:
        browsers = []

        def open_page(sound, *more, address=address):
            speech = load_wav(SPEECH / f"{sound}.wav")
            # Long enough for a busy browser to begin to listen before the voice speaks.
            quiet = np.zeros(5 * RATE_HZ, np.int16)
            save_wav(tmp_path / "voice.wav", np.concatenate([quiet, speech, quiet]))
            browser = playwright.chromium.launch(
                executable_path=chromium(),
                args=[
                    *QUIET,
                    "--use-fake-device-for-media-stream",
                    f"--use-file-for-fake-audio-capture={tmp_path / 'voice.wav'}%noloop",
                    *more,
                ],
            )
            browsers.append(browser)
            page = browser.new_page()
            page.goto(address)
            return page, stops

        yield open_page
        for browser in browsers:
            browser.close()


ALLOWED = "--use-fake-ui-for-media-stream"


def _wait_for(page, state):
    page.wait_for_function(f"cliprtTalk.state === '{state}'", timeout=60_000)


def test_a_held_button_and_the_space_bar_say_a_sentence(browse):
    page, _ = browse("move_left", ALLOWED)
    box = page.locator("#talk").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    _wait_for(page, "listening")
    assert page.locator("#talk").get_attribute("aria-pressed") == "true"
    page.wait_for_function("loudest > 0.02", timeout=60_000)
    time.sleep(3.0)  # the voice is through
    page.mouse.up()
    page.wait_for_function("results.length === 1", timeout=60_000)
    assert page.evaluate("results[0].heard") == SENTENCES["move_left"][1]
    assert page.evaluate("results[0].seconds") > 3
    assert page.locator("#status").inner_text() == "Heard: " + SENTENCES["move_left"][1]
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down("Space")
    _wait_for(page, "listening")
    time.sleep(0.5)
    page.keyboard.up("Space")
    page.wait_for_function("results.length === 2", timeout=60_000)
    assert page.evaluate("results[1].heard") == ""  # the voice has spoken once
    assert "Say it again" in page.locator("#status").inner_text()


def test_stop_is_told_while_the_button_is_held(browse):
    page, stops = browse("stop", ALLOWED)
    before = len(stops)
    page.evaluate("cliprtTalk.start()")
    page.wait_for_function("stops > 0", timeout=60_000)
    assert len(stops) > before
    page.evaluate("cliprtTalk.stop()")
    page.wait_for_function("results.length === 1", timeout=60_000)
    assert SENTENCES["stop"][1] in page.evaluate("results[0].heard")


def test_the_space_bar_types_spaces_in_a_text_field(browse):
    page, _ = browse("stop", ALLOWED)
    page.locator("#text").focus()
    page.keyboard.type("a b")
    assert page.locator("#text").input_value() == "a b"
    assert page.evaluate("states") == ["idle"]


def test_a_blocked_microphone_is_a_friendly_text(browse):
    page, _ = browse("stop", "--deny-permission-prompts")
    page.evaluate("cliprtTalk.start()")
    _wait_for(page, "denied")
    assert "type instead" in page.locator("#status").inner_text()


def test_an_insecure_address_is_a_friendly_text(browse, server):
    port = server[0].rpartition(":")[2]
    page, _ = browse(
        "stop",
        "--host-resolver-rules=MAP robot.test 127.0.0.1",
        address=f"http://robot.test:{port}",
    )
    assert "only on this computer" in page.locator("#status").inner_text()
    page.evaluate("cliprtTalk.start()")
    assert page.evaluate("cliprtTalk.state") == "insecure"
