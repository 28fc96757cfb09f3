"""The page for those who write parts: its code is the tests' own, or runs here, in order."""

import importlib
import re
from pathlib import Path

import pytest

from cliprt import registry
from cliprt.language.sentences import read_sentence
from cliprt.language.tables import load_table
from cliprt.language.tongues import tokens_in
from cliprt.recipe.load import load_recipe

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "extending.md"
TEXT = PAGE.read_text(encoding="utf-8")
PYTHON = re.compile(r"^(?:<!-- (\S+) -->\n)?```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
QUOTED = [(Path(file).name, code) for file, code in PYTHON.findall(TEXT) if file]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def package(tmp_path, monkeypatch):
    """The package that the page writes is installed, with the metadata that it shows."""
    folder = tmp_path / "site" / "my_package-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0")
    groups = re.sub(r'project\.entry-points\."([\w.]+)"', r"\1", "".join(blocks("toml")))
    points = groups.replace("my_package.", "").replace('"', "")
    (folder / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(folder.parent))
    registry.refresh()
    yield
    monkeypatch.undo()
    registry.refresh()


@pytest.mark.parametrize(("file", "code"), QUOTED, ids=[file for file, _ in QUOTED])
def test_what_is_quoted_is_what_the_tests_run(file, code):
    assert code in (TESTS / file).read_text(encoding="utf-8")


def test_the_other_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "extending"}
    for file in dict(QUOTED):
        names |= vars(importlib.import_module(file.removesuffix(".py")))
    for file, code in PYTHON.findall(TEXT):
        if not file:
            exec(compile(code, str(PAGE), "exec"), names)
    phrase = "move the arm to the left by five centimeters"
    told = capsys.readouterr().out
    assert told == f"0 {phrase} done\n1 {phrase} done\ngave_up tired\n"


def test_the_table_of_words_understands_its_sentence(tmp_path):
    (text,) = blocks("text")
    (tmp_path / "hr.txt").write_text(text, encoding="utf-8")
    sentence = re.search(r'a table understands "(.+)"', TEXT)[1]
    tokens = tokens_in(sentence, load_table(tmp_path / "hr.txt"))
    assert read_sentence(tokens).steps[0][0] == "y-"


@pytest.mark.parametrize("text", blocks("yaml"))
def test_recipes_name_the_parts(text, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    recipe = load_recipe(tmp_path / "mine.yaml")
    assert recipe.name == "mine"
