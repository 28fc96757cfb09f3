"""Which recipe a command line means, with or without ``--recipe``."""

from __future__ import annotations

import argparse
import shlex

import pytest

from cliprt.cli import main
from cliprt.cli.recipe_arguments import add_recipe, choose_recipe
from cliprt.errors import UsageError


def choose(line: str, default: str | None = None) -> tuple[str, list[str]]:
    parser = argparse.ArgumentParser()
    add_recipe(parser)
    words = shlex.split(line)
    args = parser.parse_intermixed_args(words)
    args.typed = ["cliprt", "fit", *words]
    return choose_recipe(args, default)


@pytest.mark.parametrize(
    ("line", "recipe", "overrides"),
    [
        ("teach.yaml", "teach.yaml", []),
        ("--recipe teach.yaml", "teach.yaml", []),
        ("finetune_novel 'tasks=[stamp]' seed=3", "finetune_novel", ["tasks=[stamp]", "seed=3"]),
        ("'tasks=[stamp]' finetune_novel", "finetune_novel", ["tasks=[stamp]"]),
        ("seed=3 --recipe tiny 'tasks=[{name: pick, as: x=y}]'", "tiny", None),
        ("--recipe odd=name.yaml", "odd=name.yaml", []),
        ("seed=3", "teach", ["seed=3"]),
        ("", "teach", []),
    ],
)
def test_what_has_no_equals_sign_is_the_recipe(line, recipe, overrides):
    chosen, found = choose(line, "teach")
    assert chosen == recipe
    assert found == overrides or overrides is None


@pytest.mark.parametrize(
    ("line", "paste"),
    [
        ("tiny finetune_novel seed=3", "cliprt fit tiny seed=3"),
        ("--recipe tiny data.episodes", "cliprt fit --recipe tiny"),
        ("tiny trainer.max_steps 500", "cliprt fit tiny"),
        ("'tasks=[pick]'", "cliprt fit 'tasks=[pick]' --recipe finetune_novel"),
    ],
)
def test_what_cannot_be_one_recipe_says_what_to_type(line, paste):
    with pytest.raises(UsageError) as caught:
        choose(line)
    assert str(caught.value).endswith(f": {paste}")
    assert choose(paste.removeprefix("cliprt fit "))


TAKE_ONE = "teach fit collect augment train calibrate correct evaluate run bench"


@pytest.mark.parametrize("command", TAKE_ONE.split())
def test_every_command_takes_it_both_ways(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["tinny"], ["--recipe", "tinny"], ["seed=1", "tinny"]):
        assert main([command, *words]) == 2
        assert "no recipe is called 'tinny'. Did you mean 'tiny'?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [[], ["--console"]])
def test_teaching_needs_no_recipe(option, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["teach", *option, "data.episode=3"]) == 2
    assert "data.episode: unknown key" in capsys.readouterr().err, "of the recipe 'teach'"
