"""The tables of ACT and Diffusion Policy are those of the figures that are kept."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def load_page():
    place = importlib.util.spec_from_file_location("rivals_page", DOCS / "make/rivals_page.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def one(name, seed, won):
    facts = {"parameters": 2_000_000, "rows": 9, "steps": 5, "batch_size": 8}
    facts |= {"train_cpu_s": 90.0, "cpu_ms": 12.4}
    outcomes = {"pick": {"100000": won, "100001": False}}
    return {"name": name, "seed": seed, "facts": facts, "outcomes": outcomes}


def test_the_tables_are_those_of_the_figures():
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert load_page().fill(page) == page, "stale; run: python docs/make/rivals_page.py"


def test_trainings_are_compared_scene_by_scene_with_the_same_seed():
    judged = [one("passive", 0, True), one("passive", 1, True), one("act_keyframes", 1, False)]
    shown = load_page().show(judged)
    assert "| CLIP-RT-Passive: the taught episodes | 2 | 2/4 | **2/4** | 15% to 85% |" in shown
    assert "| ACT, keyframes | 2.0 M | 9 | 5 x 8 | 1.5 | 12 |" in shown
    assert "| CLIP-RT-Passive: the taught episodes, ACT, keyframes | 2 | 1 | 0 | 1 |" in shown
