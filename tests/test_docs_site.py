"""The site builds without a warning, asks no other host, and can be read and searched."""

import json
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from chromium import QUIET, chromium

import cliprt

ROOT = Path(__file__).resolve().parents[1]
PHONE, DESKTOP = {"width": 375, "height": 800}, {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def pages(site: Path) -> list[str]:
    return sorted(str(path.parent.relative_to(site)) for path in site.rglob("index.html"))


def test_the_site_builds_strictly(site):
    assert {"tour", "recipes", "formats", "benchmarks", "tutorials/first_skill"} <= {*pages(site)}
    assert (site / "media" / "teaching.gif").is_file()
    for internal in ("make", "theme"):
        assert not (site / internal).exists(), "what makes the docs is no part of them"


def test_nothing_comes_from_another_host(site):
    foreign = (
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"https?://[^>]*|url\(['\"]?https?:.*"
    )
    found = {
        path.name: re.findall(foreign, path.read_text(encoding="utf-8"))
        for path in [*site.rglob("*.html"), *site.rglob("*.css")]
    }
    assert not {name: what for name, what in found.items() if what}


def test_the_api_page_tells_all_of_the_face_in_its_own_words(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    told = {d["title"]: d["text"] for d in index["docs"] if d["location"].startswith("api/#")}
    assert {name for name in cliprt.__all__ if not name.startswith("_")} <= set(told)
    assert "A robot behind its gate" in told["make_robot"]
    assert "is_success" in told["Task"]
    assert "to be written" in told["Policy"]
    assert not [text for text in told.values() if "``" in text or ":class:" in text]


@pytest.fixture(scope="module")
def address(site):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport=DESKTOP)
    page.on("request", lambda request: asked.append(request.url))
    asked: list[str] = []
    yield page
    page.close()
    assert asked
    assert not [url for url in asked if not url.startswith((address, "data:"))]


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(site, address, browser):
    page = browser.new_page(viewport=PHONE, java_script_enabled=False)
    widths = {}
    for name in pages(site):
        page.goto(f"{address}{name}/")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    assert not {name: width for name, width in widths.items() if width > PHONE["width"]}
    page.close()


@pytest.mark.browser
def test_code_is_large_enough_and_all_pages_are_in_sight(address, page):
    page.goto(f"{address}tour/", wait_until="domcontentloaded")
    size = "nodes => nodes.map(n => parseFloat(getComputedStyle(n).fontSize))"
    for code in ("pre code", "p code"):
        sizes = page.locator(code).evaluate_all(size)
        assert sizes
        assert all(14 <= px <= 16 for px in sizes), (code, sizes)
    for title in ("Teach your first skill", "Recipes", "Python API"):
        assert page.locator(".pages").get_by_text(title, exact=True).is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("query", ["make_robot", "cliprt.make_robot"])
def test_the_search_finds_a_name_of_the_api(address, page, query):
    with page.expect_console_message(lambda message: "search ready" in message.text):
        page.goto(address)
    page.click(".search-button")
    page.wait_for_selector("#mkdocs_search_modal.show")
    page.locator("#mkdocs-search-query").press_sequentially(query)
    page.wait_for_function(
        "[...document.querySelectorAll('#mkdocs-search-results a')].slice(0, 3)"
        ".some(link => link.href.endsWith('api/#make_robot'))"
    )
