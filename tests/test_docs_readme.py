"""The first page a newcomer reads is right and short."""

import re
from pathlib import Path

import pytest

from cliprt.recipe.load import load_recipe

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_it_is_short():
    assert len(README.splitlines()) <= 120


def test_its_python_runs(capsys):
    pytest.importorskip("pybullet")
    (block,) = blocks("python", README)
    exec(compile(block, "README.md", "exec"), {})
    assert "move the arm forward by ten centimeters (" in capsys.readouterr().out


def test_it_leads_to_the_page_at_once():
    first_screen = "\n".join(README.splitlines()[:30])
    assert "$ make teach" in first_screen
    assert "Clone or unpack" in first_screen
    assert "<this repository>" not in "".join(p.read_text() for p in ROOT.glob("docs/**/*.md"))
    assert re.search(r"^urls|project.urls", (ROOT / "pyproject.toml").read_text(), re.M) is None, (
        "the project has an address: say it in README.md"
    )


def test_its_recipe_is_good(tmp_path):
    (block,) = blocks("yaml", README)
    (tmp_path / "mine.yaml").write_text(block)
    assert load_recipe(tmp_path / "mine.yaml").data.episodes == 20


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")], ids=str
)
def test_what_it_links_to_is_there(page):
    path = ROOT / page
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).is_file(), target


def test_films_are_small_enough_to_load_at_once():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/media").iterdir()}
    assert max(sizes.values()) < 1_500_000, sizes


@pytest.mark.parametrize("target", re.findall(r"^\$ make (\w+)", README, re.MULTILINE))
def test_what_is_made_can_be_made(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
