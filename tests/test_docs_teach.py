"""The tutorial of the page: what it tells people to say works, and its pictures are there."""

import re
from pathlib import Path

import pytest

from cliprt.cli.main import main
from cliprt.language.asking import HELP
from cliprt.language.choosing import choose
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.recipe.load import load_recipe
from cliprt.runtime.choices import steering
from cliprt.vocabularies.grid import ClipRt58Vocabulary

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


def test_every_example_is_understood():
    examples = [e for e in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", TEXT) if e != "you"]
    assert len(examples) >= 4
    assert [example for example in examples if not is_understood(example)] == []


def is_understood(example: str) -> bool:
    """By itself, after a step, as an answer to a question, or as a request for help."""
    grammar = GrammarInterpreter(ClipRt58Vocabulary())
    questions = [grammar.read(asked) for asked in ("left blorp", "turn the gripper")]
    last = grammar.read("left 5 cm").primitives
    for situation in (Situation(), Situation(last), *(Situation(asked=q) for q in questions)):
        grammar.situate(situation)
        reading = grammar.read(example)
        if reading.decision in ("move", "stop") or reading.reason == HELP:
            return True
    picks = [
        choose(example, [(offer.phrase,) for offer in questions[0].offers[:n]]) for n in (1, 3)
    ]
    return steering(example) is not None or any(pick is not None for pick in picks)


def test_its_recipe_is_as_told_and_as_in_its_pictures():
    recipe = load_recipe("teach.yaml")
    assert next(task.name for task in recipe.tasks) == "close_laptop"
    assert (len(recipe.tasks), recipe.data.episodes) == (2, 10)
    assert "There are two tasks, ten episodes each." in TEXT
    maker = (PAGE.parents[1] / "make" / "page_media.py").read_text(encoding="utf-8")
    assert 'load_recipe("teach")' in maker, "the pictures show the same tasks"
