"""The things page says what the things say, and shows them."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_page_is_that_of_the_code():
    place = importlib.util.spec_from_file_location("things_page", DOCS / "make" / "things_page.py")
    generator = importlib.util.module_from_spec(place)
    place.loader.exec_module(generator)
    page = (DOCS / "things.md").read_text(encoding="utf-8")
    assert generator.write() == page, "stale; run: python docs/make/things_page.py"


def test_the_picture_is_small():
    assert (DOCS / "media" / "things.png").stat().st_size < 150_000
