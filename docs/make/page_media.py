"""Takes the pictures of the teaching page: ``python docs/make/page_media.py`` (a minute).

A real server, a real browser, and the sentences that the simulated teacher says; nothing is drawn
by hand.  Needs Chromium: on PATH, or Playwright's own (``playwright install chromium``).
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "docs" / "media"
sys.path.insert(0, str(ROOT / "tests"))

from spoon_person import spoon_sentences  # noqa: E402
from teaching_page import Person, TeachingServer, teacher_sentences  # noqa: E402

from cliprt.recipe.load import load_recipe  # noqa: E402
from cliprt.stages.run_folder import RunFolder  # noqa: E402
from cliprt.stages.skills import with_skills  # noqa: E402

SHOWN = load_recipe("teach")
CHANGES = (
    f"tasks=[{', '.join(task.key for task in SHOWN.tasks)}]",
    f"data.episodes={SHOWN.data.episodes}",
)
"""What the tutorial's reader sees, on the tests' small recipe."""

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SETTLE_MS = 500
QUALITY = 90
"""Of the pictures (WebP): every colour, and small."""


def main() -> None:
    """Make docs/media/page_*.webp."""
    sentences = teacher_sentences(load_recipe("tiny", CHANGES), seed=0)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        server = TeachingServer(Path(folder) / "run", *CHANGES)
        try:
            film(browser, server.address, sentences)
            film_skill(browser, server.address, RunFolder(Path(folder) / "run"))
        finally:
            server.interrupt()
            browser.close()


def film(browser: Browser, address: str, sentences: list[str]) -> None:
    """One episode, from the choice of the task to its success, then a phone's view."""
    page = browser.new_page(viewport=DESKTOP)
    person = Person(page, address)
    person.open()
    person.wait("idle")
    take(page, "pick")
    person.begin()
    take(page, "begin")
    page.check("#confirm")  # so that the reading waits for the picture
    person.type(sentences[0])
    page.wait_for_selector(".asking:not([hidden])")
    take(page, "reading")
    page.click("#yes")
    person.wait("listening")
    page.uncheck("#confirm")
    person.type("lift the drawer")
    page.wait_for_selector(".offers:not([hidden])")
    take(page, "question")
    person.type("up 20 cm")
    person.wait("moving")
    page.keyboard.press("Escape")
    person.wait("stopped")
    take(page, "stopped")
    page.keyboard.press("Enter")
    person.wait("listening")
    page.keyboard.press("Control+z")
    person.wait_for_steps(1)
    for sentence in sentences[1:-1]:
        person.say(sentence)
    take_dark_and_small(browser, page, address)
    person.say(sentences[-1])
    page.wait_for_selector(".result.is-success")
    take(page, "success")
    page.click("[data-panel=episodes]")
    page.wait_for_function("document.querySelector('.thumbnail').naturalWidth > 0")
    take(page, "episodes")
    page.click("[data-panel=learn]")
    page.wait_for_selector("[data-testid=training]")
    take(page, "learn")
    page.close()


def film_skill(browser: Browser, address: str, run: RunFolder) -> None:
    """A skill of one's own: its table, and what is asked when it was taught once."""
    page = browser.new_page(viewport=DESKTOP)
    person = Person(page, address)
    person.open()
    person.wait("idle")
    person.type("put the spoon in the mug")
    page.click(".answer .offer")
    page.wait_for_selector(".map-thing >> nth=1")
    person.type("a mug at the back on the right, a spoon on the left")
    page.locator(".map-thing >> nth=1").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(4 * SETTLE_MS)
    take(page, "skill")
    page.click("#teach-skill")
    person.wait("listening")
    recipe = with_skills(load_recipe("tiny", CHANGES), run)
    for sentence in spoon_sentences(recipe, recipe.tasks[-1], seed=0):
        person.say(sentence)
    person.type("that's it")
    page.wait_for_selector("#goal .offer")
    page.wait_for_timeout(4 * SETTLE_MS)
    take(page, "goal")


def take_dark_and_small(browser: Browser, page: Page, address: str) -> None:
    """The same moment in the dark, and on a phone that watches."""
    page.emulate_media(color_scheme="dark")
    take(page, "dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    take(page, "phone")
    page.set_viewport_size(DESKTOP)
    watching = browser.new_page(viewport=PHONE)
    Person(watching, address).open()
    watching.wait_for_selector(".watching:not([hidden])")
    take(watching, "watching")
    watching.close()


def take(page: Page, name: str) -> None:
    """Save what the page shows."""
    page.wait_for_timeout(SETTLE_MS)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(MEDIA / f"page_{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
