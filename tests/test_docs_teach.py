"""The tutorial of the page: what it tells people to say works, and its pictures are there."""

import re
from pathlib import Path

import pytest

from cliprt.cli.main import main
from cliprt.recipe.load import load_recipe

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorials" / "teach.md"
TEXT = PAGE.read_text(encoding="utf-8")
SENTENCES = re.findall(r"^> (.+)$", TEXT, re.MULTILINE)


def test_what_it_tells_people_to_say_closes_the_laptop(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    Path("said.txt").write_text("\n".join(SENTENCES))
    script = "teleoperator={name: script, path: said.txt}"
    arguments = ["run", "--recipe", "teach.yaml", "--task", "close_laptop", "--seed", "0"]
    assert main([*arguments, "--teleoperator", "script", script]) == 0
    out = "".join(capsys.readouterr())
    assert f"success after {len(SENTENCES)} steps" in out


def test_every_example_is_understood(capsys):
    examples = [e for e in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", TEXT) if e != "you"]
    assert len(examples) >= 4
    for example in examples:
        main(["interpret", example])
        said = capsys.readouterr().out
        assert ": move:" in said or ": stop:" in said or example == "undo", said


def test_its_recipe_is_good():
    assert next(task.name for task in load_recipe("teach.yaml").tasks) == "close_laptop"
