"""The recipes page says what the code says."""

import importlib.util
import re
from pathlib import Path

import pytest

from cliprt.cli.main import main
from cliprt.recipe.load import load_recipe
from cliprt.registry import load

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "recipes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_tables_are_those_of_the_code():
    pytest.importorskip("pybullet")
    place = importlib.util.spec_from_file_location("recipes_page", DOCS / "make/recipes_page.py")
    generator = importlib.util.module_from_spec(place)
    place.loader.exec_module(generator)
    assert generator.fill(PAGE) == PAGE, "stale; run: python docs/make/recipes_page.py"


def test_nothing_is_without_a_meaning():
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 60
    assert not [key for key, meaning in rows if not meaning]


@pytest.mark.parametrize("word", ["tasks: [close_laptop, pick]", "extends: finetune_novel"])
def test_the_recipes_on_the_page_are_good(word, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(next(block for block in BLOCKS if word in block))
    recipe = load_recipe(path)
    assert recipe.name == "mine"
    if "extends" in word:
        assert recipe.evaluation.trials == 5
        assert recipe.robot.options["image_size"] == 96


def test_the_mistakes_on_the_page_are_found(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("b.yaml").write_text(next(block for block in BLOCKS if "closelaptop" in block))
    assert main(["recipes", "validate", "b.yaml"]) == 2
    said = capsys.readouterr().err
    shown = re.search(r"^cliprt: 3 mistakes:\n(?:  .*\n)+", PAGE, re.MULTILINE)[0]
    for line in shown.splitlines():
        assert line.removesuffix("...") in said


def test_the_vocabulary_on_the_page_is_good(tmp_path):
    path = tmp_path / "my_arm.yaml"
    path.write_text(next(block for block in BLOCKS if "primitives:" in block))
    vocabulary = load("vocabulary", "table")(path=str(path))
    assert [p.gripper for p in vocabulary.primitives] == [None, None, "closed"]
