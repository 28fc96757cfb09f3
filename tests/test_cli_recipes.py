"""``cliprt recipes`` and ``cliprt plugins``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cliprt.cli import main
from cliprt.recipe.load import load_recipe
from cliprt.registry import GROUPS, LISTS, names


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_ls_names_every_recipe_with_a_line(capsys):
    assert main(["recipes", "ls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"tiny", "finetune_novel", "finetune_common", "paper_finetune"} <= {
        line.split()[0] for line in lines
    }
    assert all(len(line.split()) > 3 for line in lines)


def test_ls_ends_no_sentence_midway(monkeypatch, capsys):
    Path("recipes").mkdir()
    Path("recipes/mine.yaml").write_text("# One,\n# two\n# and three. More.\ntasks: [pick]\n")
    Path("recipes/bare.yaml").write_text("tasks: [pick]\n")
    assert main(["recipes", "ls"]) == 0
    about = dict(
        line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if " " in line
    )
    assert about.pop("mine") == "One, two and three."
    assert [text for name, text in about.items() if not text.endswith(".")] == []
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["recipes", "ls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert len(lines) > len(about)


def test_ls_as_json(capsys):
    assert main(["recipes", "ls", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(Path(row["path"]).is_file() and row["about"] for row in rows)


def test_cat_prints_the_file(capsys):
    assert main(["recipes", "cat", "tiny"]) == 0
    assert "tasks: [close_laptop]" in capsys.readouterr().out


def test_cat_resolved_is_a_recipe_that_says_the_same(capsys):
    assert main(["recipes", "cat", "--resolved", "finetune_common"]) == 0
    Path("saved.yaml").write_text(capsys.readouterr().out)
    assert load_recipe("saved.yaml") == load_recipe("finetune_common")


def test_cp_copies_and_never_overwrites(capsys):
    assert main(["recipes", "cp", "tiny", "mine"]) == 0
    assert "cliprt fit --recipe mine.yaml" in capsys.readouterr().err
    assert load_recipe("mine").name == "mine"
    Path("mine.yaml").write_text("tasks: [pick]")
    assert main(["recipes", "cp", "tiny", "mine"]) == 2
    assert "mine.yaml exists already" in capsys.readouterr().err
    assert Path("mine.yaml").read_text() == "tasks: [pick]"


def test_cp_into_folders(capsys):
    Path("there").mkdir()
    assert main(["recipes", "cp", "tiny", "there"]) == 0
    assert Path("there/tiny.yaml").is_file()
    assert main(["recipes", "cp", "tiny", "nowhere/x.yaml"]) == 2
    assert "mkdir -p nowhere" in capsys.readouterr().err


def test_validate_says_ok(capsys):
    assert main(["recipes", "validate", "tiny", "finetune_novel", "seed=3"]) == 0
    assert capsys.readouterr().out == "tiny: ok\nfinetune_novel: ok\n"


def test_validate_lists_every_mistake_of_every_recipe(capsys):
    Path("a.yaml").write_text("tasks: [pik]\nseed: x")
    Path("b.yaml").write_text("tasks: [pick]\ndata: {episodes: 0}")
    assert main(["recipes", "validate", "a.yaml", "tiny", "b.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == "tiny: ok\n"
    lines = err.splitlines()
    assert lines[0] == "cliprt: 3 mistakes:"
    starts = [line.strip().split(": ")[:2] for line in lines[1:]]
    assert starts == [
        ["a.yaml:1", "tasks[0].name"],
        ["a.yaml:2", "seed"],
        ["b.yaml:2", "data.episodes"],
    ]


def test_validate_as_json(capsys):
    Path("a.yaml").write_text("tasks: [pik]")
    assert main(["recipes", "validate", "a.yaml", "tiny", "--format", "json"]) == 2
    wrong, right = json.loads(capsys.readouterr().out)
    assert wrong["recipe"] == "a.yaml"
    assert wrong["problems"][0].startswith("a.yaml:1: tasks[0].name: no task is called 'pik'")
    assert right == {"recipe": "tiny", "problems": [], "outside": []}


def test_validate_without_a_recipe_is_explained(capsys):
    assert main(["recipes", "validate", "seed=3"]) == 2
    assert "Say which: cliprt recipes validate NAME" in capsys.readouterr().err


def test_plugins_are_listed_with_package_and_version(capsys):
    assert main(["plugins", "ls"]) == 0
    out = capsys.readouterr().out
    for kind, group in (GROUPS | LISTS).items():
        assert f"{kind} ({group})" in out
        assert set(names(kind)) <= set(out.split())


def test_plugins_of_one_kind_as_json(capsys):
    assert main(["plugins", "ls", "encoder", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in rows} >= {"open_clip", "small_cnn"}
    assert {row["kind"] for row in rows} == {"encoder"}
    assert all(row["package"] and row["version"] and ":" in row["target"] for row in rows)


def test_plugins_of_an_unknown_kind_is_explained(capsys):
    assert main(["plugins", "ls", "encodr"]) == 2
    assert "no kind is called 'encodr'. Did you mean 'encoder'?" in capsys.readouterr().err


def test_what_a_file_says_does_nothing_to_a_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "a.yaml").write_bytes(b"# \x1b[2J\xff bell\x07\ntasks: [pick]\n")
    for command in (["ls"], ["cat", "a"]):
        assert main(["recipes", *command]) == 0
        out = capsys.readouterr().out
        assert "\\u001b[2J" in out
        assert not {"\x1b", "\x07"} & set(out)
