"""The tasks page says what the tasks say, and shows each of them."""

import importlib.util
from pathlib import Path

import pytest

from cliprt.registry import entries

DOCS = Path(__file__).resolve().parents[1] / "docs"
TASKS = [
    e.name
    for e in entries("task")
    if e.package == "cliprt" and e.name not in ("skill", "household")
]


def test_the_page_is_that_of_the_code():
    pytest.importorskip("gymnasium")
    place = importlib.util.spec_from_file_location("tasks_page", DOCS / "make" / "tasks_page.py")
    generator = importlib.util.module_from_spec(place)
    place.loader.exec_module(generator)
    page = (DOCS / "tasks.md").read_text(encoding="utf-8")
    assert generator.write() == page, "stale; run: python docs/make/tasks_page.py"


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_small_picture(task):
    picture = DOCS / "media" / "tasks" / f"{task}.png"
    assert picture.stat().st_size < 60_000
