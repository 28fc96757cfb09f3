"""A skill that nobody coded, in a real browser: laid by words and by hand, taught, confirmed."""

from __future__ import annotations

import pytest
import yaml
from chromium import QUIET, chromium
from spoon_person import spoon_sentences
from teaching_page import Person, TeachingServer

from cliprt.recipe.load import load_recipe
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.skills import with_skills

pytest.importorskip("nicegui")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

TITLE, KEY = "Put the spoon in the mug", "put_the_spoon_in_the_mug"


@pytest.fixture
def person(tmp_path):
    server = TeachingServer(tmp_path / "run")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        someone = Person(browser.new_page(has_touch=True), server.address)
        someone.errors = []
        someone.page.on("pageerror", lambda error: someone.errors.append(str(error)))
        someone.open()
        someone.wait("idle")
        yield someone
        print(someone.page.inner_text("body"))  # shown where a test fails
        assert someone.errors == []
        browser.close()
    server.interrupt()


MIDDLE = """name => {
    const shape = document.querySelector(`.map-thing[aria-label=${name}] polygon`);
    const box = shape?.getBoundingClientRect();
    return box?.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
}"""


def middle(page, name):
    """Where a thing is on the screen [px]; the map may just be drawn anew."""
    return page.wait_for_function(MIDDLE, arg=name).json_value()


def lay_by_hand(page):
    """By mouse and keys: a plate comes, is moved, and goes again."""
    page.click("[data-thing=plate]")
    plate = page.locator(".map-thing[aria-label=plate]")
    plate.wait_for()
    before = plate.get_attribute("transform")
    plate.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "was => document.querySelector('[aria-label=plate]').getAttribute('transform') !== was",
        arg=before,
    )
    x, y = middle(page, "plate")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 30, steps=3)
    page.mouse.up()
    page.wait_for_selector(".tools:not([hidden]) .swatch")
    page.locator(".map-thing[aria-label=plate]").press("Delete")
    page.wait_for_function("() => document.querySelectorAll('.map-thing').length === 2")


def move_by_finger(page):
    """A finger on a thing drags it, also where the page could scroll."""
    before = page.get_attribute("#map", "data-scene")
    x, y = middle(page, "mug")
    finger = page.context.new_cdp_session(page)
    ways = [("touchStart", [(x, y)]), *(("touchMove", [(x - i, y + i)]) for i in (20, 40, 60))]
    for kind, points in (*ways, ("touchEnd", [])):
        at = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    page.wait_for_function(
        "was => document.querySelector('#map').dataset.scene !== was", arg=before
    )


def bring(person):
    """Typed, laid by words and by hand, and begun."""
    page = person.page
    person.type("put the spoon in the mug")
    page.click(".answer .offer")
    page.wait_for_function(
        "title => document.querySelector('#skill-title').value === title", arg=TITLE
    )
    person.type("a mug at the back on the right, a spoon on the left")
    page.wait_for_selector(".map-thing >> nth=1")
    lay_by_hand(page)
    move_by_finger(page)
    person.open()  # anew: all is as it was
    page.wait_for_selector(".map-thing >> nth=1")
    assert page.input_value("#skill-title") == TITLE
    person.type("put the mug at the back on the right")
    page.wait_for_function("() => document.querySelector('#map').dataset.scene.includes('0.62')")
    page.click("#teach-skill")
    person.wait("listening")
    assert page.text_content("#task") == TITLE
    assert "You judge" in page.text_content("#done-when")


def look_on_every_screen(page):
    """All of it is in reach, and nothing is wider than its screen."""
    page.click("#new-skill")
    page.wait_for_selector("#teach-skill")
    for width, height in ((390, 844), (844, 390), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("#teach-skill").bounding_box()
        assert box["y"] + box["height"] <= height
    page.locator("#close-skill").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#new-skill")


def test_a_skill_is_brought_by_words_and_by_hand(person, tmp_path):
    look_on_every_screen(person.page)
    bring(person)
    (entry,) = yaml.safe_load((tmp_path / "run" / "skills.yaml").read_text())
    assert (entry["as"], entry["instruction"]) == (KEY, TITLE)
    assert [placed["thing"] for placed in entry["scene"]] == ["mug", "spoon"]
    shared = person.page.request.get(f"{person.address}/skills/{KEY}.yaml")
    assert yaml.safe_load(shared.text())["tasks"] == [entry]
    assert person.page.request.get(f"{person.address}/skills/other.yaml").status == 404


@pytest.mark.slow
def test_a_skill_is_taught_and_its_goal_confirmed(person, tmp_path):
    bring(person)
    page = person.page
    recipe = with_skills(load_recipe("tiny"), RunFolder(tmp_path / "run"))
    for sentence in spoon_sentences(recipe, recipe.tasks[-1], seed=0):
        person.say(sentence)
    person.type("that's it")
    page.click("#goal .offer >> text=when the spoon is in the mug")
    page.wait_for_selector(f"[data-task={KEY}] >> text=Done when the spoon is in the mug.")
    assert "1 of 2" in page.text_content(f"[data-task={KEY}]")
    (entry,) = yaml.safe_load((tmp_path / "run" / "skills.yaml").read_text())
    assert (entry["instruction"], entry["goal"]) == (TITLE, "the spoon is in the mug")

    # From now on it is seen by itself; also by a page that is opened anew.
    person.open()
    person.type(TITLE)
    person.wait("listening")
    for sentence in spoon_sentences(recipe, recipe.tasks[-1], seed=1):
        person.say(sentence)
    page.wait_for_selector(".result.is-success")
    assert "2 of 2" in page.text_content(f"[data-task={KEY}]")
