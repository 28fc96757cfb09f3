"""Each tab of a real browser in its own language, on every screen."""

from __future__ import annotations

import pytest
from chromium import QUIET, chromium
from teaching_page import Person, TeachingServer

from cliprt.page.translate import LANGUAGES, Translator

pytest.importorskip("nicegui")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

SCREENS = {
    "desktop": (1280, 800),
    "phone": (390, 844),
    "phone on its side": (844, 390),
    "small one": (667, 375),
}
LEAST_TALK_PX, LEAST_PICTURE_PX = 70, 130
REACHED = ("#stop", "#sentence", "#send", "#hold", "#undo", "#finish", "#confirm", "#language")


def test_every_tab_speaks_its_own_language_on_every_screen(tmp_path):
    server = TeachingServer(tmp_path / "run", "robot.speed_m_s=0.3")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        people = {}
        for language in LANGUAGES:
            tab = browser.new_context(locale=language).new_page()
            people[language] = Person(tab, server.address)
            people[language].open()
        english = people["en"]
        english.wait("idle")
        english.begin()
        english.say("up 5 cm")

        for language, person in people.items():
            _ = Translator(language)
            person.wait_for_steps(1)
            assert person.page.evaluate("document.documentElement.lang").startswith(language)
            assert person.page.input_value("#language") == language
            assert person.page.inner_text("#stop span") == _("STOP")
            said = person.page.inner_text(".by-notice")
            assert said == _("Task: {task}", task="Close the laptop")
            for name, (width, height) in SCREENS.items():
                person.page.set_viewport_size({"width": width, "height": height})
                assert person.page.evaluate("document.documentElement.scrollWidth") <= width, name
                for element in REACHED:
                    box = person.page.locator(element).bounding_box()
                    assert box["x"] >= 0, (language, name, element)
                    assert box["x"] + box["width"] <= width, (language, name, element)
                    assert box["y"] + box["height"] <= height, (language, name, element)
                actions, compass, talk, picture = (
                    person.page.locator(element).bounding_box()
                    for element in (".actions", ".compass", ".talk-log", ".camera.first")
                )
                assert compass["y"] + compass["height"] <= actions["y"], (language, name)
                assert talk["height"] >= LEAST_TALK_PX, (language, name)
                assert picture["height"] >= LEAST_PICTURE_PX, (language, name)
        told = [person.page.inner_text(".is-reading .said") for person in people.values()]
        assert len(set(told)) == len(LANGUAGES)

        german = people["de"]  # who watches, and would rather read Korean
        german.page.select_option("#language", "ko")
        german.page.wait_for_selector("html[lang=ko-KR] .bubble")
        german.open()  # it is remembered
        assert german.page.inner_text("#stop span") == Translator("ko")("STOP")
        assert english.page.inner_text("#stop span") == "STOP"
        assert english.steps() == 1
        browser.close()
    assert server.interrupt() == 130
