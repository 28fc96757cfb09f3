"""A person teaches in a real browser: sentences, keys, STOP, undo, reload, and others who watch."""

from __future__ import annotations

import statistics
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from chromium import QUIET, chromium
from teaching_page import Person, TeachingServer, fetch_tab, teacher_sentences
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cliprt.data.store import find_store
from cliprt.recipe.load import load_recipe

pytest.importorskip("nicegui")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

READY_S, READING_S, STOP_S, RATE_HZ = 2.0, 0.150, 1.0, 10.0
REST_S = 0.1

WATCH_READINGS = """
() => {
  window.readingsMs = [];
  let at = 0;
  const note = (event) => { if (event.key === "Enter") at = performance.now(); };
  document.addEventListener("keydown", note, true);
  new MutationObserver((changes) => {
    const isReading = (node) => node.classList && node.classList.contains("is-reading");
    if (at && changes.some((c) => [...c.addedNodes].some(isReading))) {
      readingsMs.push(performance.now() - at);
      at = 0;
    }
  }).observe(document.querySelector(".talk-log"), { childList: true });
}
"""

WATCH_PICTURES = """
() => {
  window.gapsMs = [];
  let shown = 0;
  let before = 0;
  const look = () => {
    const now = performance.now();
    const isMoving = document.querySelector("#state").dataset.state === "moving";
    const total = Object.values(cliprtCameras.frames)[0] || 0;
    if (total !== shown && isMoving && before) gapsMs.push(now - before);
    if (total !== shown || !isMoving) before = isMoving ? now : 0;
    shown = total;
    requestAnimationFrame(look);
  };
  look();
}
"""


WATCH_CONFETTI = """
() => {
  window.confetti = 0;
  const isPiece = (node) => node.parentElement?.matches(".confetti");
  new MutationObserver((changes) => {
    confetti += changes.flatMap((c) => [...c.addedNodes]).filter(isPiece).length;
  }).observe(document.body, { childList: true, subtree: true });
}
"""


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def server(tmp_path, request):
    """With the robot's speed [m/s] as its parameter, where a motion must outlast a busy browser."""
    speed_m_s = getattr(request, "param", 0.3)
    started = TeachingServer(tmp_path / "run", f"robot.speed_m_s={speed_m_s}")
    yield started
    if started.process.poll() is None:
        started.interrupt()


@pytest.fixture
def context(browser, server):
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    made.outside = []
    made.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((server.address, "data:", "blob:"))
            else made.outside.append(request.url)
        ),
    )
    yield made
    made.close()
    assert made.outside == []


@pytest.fixture
def person(context, server):
    someone = Person(context.new_page(), server.address)
    someone.errors = []
    someone.page.on("pageerror", lambda error: someone.errors.append(str(error)))
    yield someone
    print(someone.page.inner_text("body"))  # shown where a test fails
    assert someone.errors == []


def teach(person):
    """A whole episode in the browser, with everything that happens to one; the page's figures."""
    page = person.page
    sentences = teacher_sentences(load_recipe("tiny"), seed=0)
    person.open()  # the first visit fills the browser's cache
    start = time.monotonic()
    person.open()
    ready_s = time.monotonic() - start
    person.wait("idle")
    person.begin()
    assert page.text_content("#task") == "Close the laptop"
    assert page.evaluate("document.activeElement.id") == "sentence"
    page.evaluate(WATCH_READINGS)
    page.evaluate(WATCH_PICTURES)
    person.say(sentences[0])
    assert person.steps() == 1

    # words that would be something else anywhere but in a chat
    person.type("<img src=x onerror=alert(1)> {0.__class__}")
    page.wait_for_selector(".by-person >> text=<img src=x onerror=alert(1)> {0.__class__}")
    assert page.locator(".talk-log img").count() == 0

    # an offer by key
    person.type("turn the gripper")
    page.wait_for_selector(".offers:not([hidden]) .offer")
    page.keyboard.press("1")
    person.wait_for_steps(2)
    page.keyboard.press("Control+z")
    person.wait_for_steps(1)

    # STOP in a motion
    person.type("up 20 cm")
    person.wait("moving")
    start = time.monotonic()
    page.keyboard.press("Escape")
    person.wait("stopped")
    stop_s = time.monotonic() - start
    person.wait_for_steps(2)
    page.wait_for_selector(".by-robot >> text=I stopped in the middle of: raise the arm up")
    page.keyboard.press("Enter")  # go on
    person.wait("listening")
    page.keyboard.press("Control+z")
    person.wait_for_steps(1)

    # undo and redo of a whole step
    person.say(sentences[1])
    page.keyboard.press("Control+z")
    person.wait_for_steps(1)
    page.wait_for_selector("#redo:not([disabled])")
    page.keyboard.press("Control+Shift+z")
    person.wait_for_steps(2)
    figures = page.evaluate("({ readingsMs, gapsMs })")

    page.reload()  # in mid-episode
    page.wait_for_selector(".bubble")
    page.wait_for_selector("#undo:not([disabled])")
    assert person.steps() == 2
    page.evaluate(WATCH_READINGS)
    page.evaluate(WATCH_PICTURES)
    page.evaluate(WATCH_CONFETTI)
    for sentence in sentences[2:]:
        person.say(sentence)
    page.wait_for_selector(".result.is-success")
    assert "It works" in page.text_content(".result")
    assert page.text_content(".card-count") == "1 of 2 episodes"
    later = page.evaluate("({ readingsMs, gapsMs })")
    reading_s = statistics.median(figures["readingsMs"] + later["readingsMs"]) / 1000
    rate_hz = 1000 / statistics.median(figures["gapsMs"] + later["gapsMs"])
    return ready_s, reading_s, stop_s, rate_hz


def assert_celebrated_once(page):
    """Confetti falls where no text is, and neither a tab shown again nor a reload brings more."""
    page.wait_for_function("confetti > 0")
    party, title = (page.locator(f".result {part}").bounding_box() for part in (".party", "h2"))
    assert party["y"] + party["height"] <= title["y"]
    thrown = page.evaluate("confetti")
    page.click("[data-panel=episodes]")
    page.click("[data-panel=talk]")
    page.wait_for_selector(".result.is-success")
    assert page.evaluate("confetti") == thrown
    page.reload()
    page.evaluate(WATCH_CONFETTI)
    page.wait_for_selector(".result.is-success")
    assert page.locator(".confetti i").count() == page.evaluate("confetti") == 0


@pytest.mark.slow
def test_the_page_is_as_quick_as_promised(person):
    """On a machine that has nothing else to do."""
    ready_s, reading_s, stop_s, rate_hz = teach(person)
    print(
        f"ready {ready_s:.2f} s, reading {reading_s * 1000:.0f} ms, stop {stop_s * 1000:.0f} ms,"
        f" {rate_hz:.1f} pictures a second"
    )
    assert ready_s < READY_S
    assert reading_s < READING_S
    assert stop_s < STOP_S
    assert rate_hz >= RATE_HZ


@pytest.mark.parametrize("server", [0.15], indirect=True)
def test_an_episode_is_taught_from_its_first_sentence_to_the_next_episode(person):
    page = person.page
    teach(person)
    assert_celebrated_once(page)
    page.keyboard.press("Enter")  # the next episode
    person.wait("listening")
    person.say("up 5 cm")
    page.click("#discard")
    page.click("#stop")  # in reach while something is asked
    person.wait("stopped")
    page.click("#discard-yes")
    page.wait_for_selector(".result.is-other")
    assert "Thrown away" in page.text_content(".result")
    page.click("[data-panel=episodes]")
    page.wait_for_selector(".episode")
    assert page.locator(".episode").count() == 1
    page.wait_for_function("document.querySelector('.thumbnail').naturalWidth > 0")
    page.click("[data-panel=talk]")
    page.click(".own-words summary")
    page.fill("#own-words", "shut my computer")
    page.press("#own-words", "Enter")  # as its one button
    person.wait("listening")
    assert page.text_content("#task") == "shut my computer"


@pytest.mark.parametrize("server", [0.025], indirect=True)
def test_others_watch_may_stop_and_take_over(person, context, server, tmp_path):
    page = person.page
    person.open()
    person.wait("idle")
    person.begin()
    other = Person(context.new_page(), server.address)
    other.open()
    other.page.wait_for_selector(".watching:not([hidden])")
    other.type("up 5 cm")
    other.page.wait_for_selector(".q-notification")
    assert other.steps() == 0

    person.type("up 20 cm")
    other.wait("moving")
    other.page.click("#stop")
    person.wait("stopped")
    page.click("#go-on")
    person.wait("listening")

    other.page.click("#take-over")
    page.click("#grant")
    page.wait_for_selector(".watching:not([hidden])")
    other.page.wait_for_selector(".watching", state="hidden")
    other.type("down 10 cm")
    other.wait("moving")
    other.page.close()  # a lost tab stops the robot
    person.wait("stopped")
    page.click("#take-over")
    page.wait_for_selector("#go-on:not([disabled])")
    page.click("#go-on")
    person.wait("listening")
    page.click("#finish")
    page.locator(".offer:visible").first.click()  # end anyway
    page.wait_for_selector(".result.is-other")
    rests_s = rest_times(tmp_path / "run")
    assert rests_s
    assert max(rests_s) <= REST_S


HIDE = "Object.defineProperty(document, 'visibilityState', {value: %r, configurable: true});"
CHANGE = "document.dispatchEvent(new Event('visibilitychange'));"


def test_only_a_page_that_shows_itself_steers(person, context, server):
    """Neither a bare websocket, nor one that has a page's name, nor a hidden tab."""
    base = server.address.replace("http", "ws")
    bare = connect(f"{base}/cameras?tab=anything", origin=server.address)
    named = connect(f"{base}/cameras?tab={fetch_tab(server.address)}", origin=server.address)
    named.send('{"ack": "scene"}')
    page = person.page
    page.add_init_script(HIDE % "hidden")
    person.open()
    person.wait("idle")
    page.click(".card")
    page.wait_for_selector(".q-notification")
    assert page.text_content("#task") == "Teach the robot by talking"
    page.evaluate(HIDE % "visible" + CHANGE)
    page.wait_for_function(
        "() => { document.querySelector('.card').click();"
        " return document.querySelector('#task').textContent === 'Close the laptop' }",
        polling=300,
    )
    other = Person(context.new_page(), server.address)
    other.open()
    other.page.wait_for_selector(".watching:not([hidden])")
    with suppress(ConnectionClosed):
        bare.close()
    named.close()


@pytest.mark.slow
@pytest.mark.parametrize("server", [0.025], indirect=True)
def test_a_hidden_page_stops_the_robot_and_lets_others_steer(person, context, server):
    person.open()
    person.wait("idle")
    person.begin()
    other = Person(context.new_page(), server.address)
    other.open()
    other.page.wait_for_selector(".watching:not([hidden])")
    person.type("up 30 cm")
    person.wait("moving")
    person.page.evaluate(HIDE % "hidden" + CHANGE)
    other.page.click("#take-over")
    other.page.wait_for_selector(".watching", state="hidden")
    other.wait("stopped")
    other.page.click("#go-on")
    other.wait("listening")
    person.page.evaluate(HIDE % "visible" + CHANGE)
    person.page.wait_for_selector(".watching:not([hidden])")


def rest_times(run: Path) -> list[float]:
    """How long after each cut the arm stood still and was looked at again, robot's clock [s]."""
    store = find_store(run)
    steps = [step for i in store.ids() for step in store.load(i).steps]
    return [
        after.observation.time_s - step.observation.time_s - step.outcome.stopped_after_s
        for step, after in pairwise(steps)
        if step.outcome.stopped_after_s is not None
    ]


def test_a_phone_has_everything_in_reach_and_nothing_beside_the_screen(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    person = Person(context.new_page(), server.address)
    person.open()
    person.wait("idle")
    person.begin()
    page = person.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("#stop", "#sentence", "#send", "#hold", "#undo", "#finish", "#confirm"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 390, name
        assert box["y"] + box["height"] <= 844, name
    page.check("#confirm")
    page.wait_for_function("document.querySelector('#confirm').checked")
    person.type("up 5 cm")
    page.wait_for_selector(".asking:not([hidden])")
    assert person.steps() == 0
    page.tap("#yes")
    person.wait_for_steps(1)
    page.uncheck("#confirm")
    context.close()


SPY_ON_SPEECH = """
window.spoken = [];
window.hushed = 0;
const speak = speechSynthesis.speak.bind(speechSynthesis);
const cancel = speechSynthesis.cancel.bind(speechSynthesis);
speechSynthesis.speak = (words) => { spoken.push(`${words.lang}: ${words.text}`); speak(words); };
speechSynthesis.cancel = () => { hushed += 1; cancel(); };
"""


@pytest.mark.parametrize("server", [0.15], indirect=True)
def test_the_first_hints_go_on_and_what_is_understood_is_said_aloud(person):
    page = person.page
    page.add_init_script(SPY_ON_SPEECH)
    person.open()
    person.wait("idle")
    person.begin()
    page.click(".tour .chip")  # what it suggests is typed already
    person.say(page.input_value("#sentence"))
    assert page.evaluate("spoken") == []  # nobody asked for it
    page.click("#speak")
    page.wait_for_selector(".tour >> text=Say how far")
    person.say("forward 2 cm")
    assert page.evaluate("spoken") == ["en-US: move the arm forward by 2 cm"]
    page.click("#tour-next")
    page.wait_for_selector(".tour >> text=Take something")
    person.type("up 20 cm")
    person.wait("moving")
    before = page.evaluate("hushed")
    page.keyboard.press("Escape")
    assert page.evaluate("hushed") > before
    person.wait("stopped")
    page.reload()
    assert page.get_attribute("#speak", "aria-pressed") == "true"
    page.click("#tour-away")
    page.wait_for_selector(".tour", state="hidden")
    page.reload()
    page.wait_for_selector(".bubble")
    assert not page.is_visible(".tour")
    assert page.evaluate("spoken") == []  # it was said before


def test_ctrl_c_keeps_the_episode_for_the_next_server(server):
    assert server.interrupt() == 130
    assert "To go on, type: " in server.said[-1]
