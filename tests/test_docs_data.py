"""The commands of the page on other people's data are ones that there are."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from cliprt.cli import data
from cliprt.recipe.load import load_recipe

PAGE = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line.removeprefix("$ "), comments=True)
    for block in re.findall(r"```(?:console|bash)\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
    if re.match(r"(\$ )?cliprt ", line)
]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[1] == "data"], ids=" ".join)
def test_its_commands_are_understood(command):
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    _, left = parser.parse_known_args(command[2:])
    assert all(re.match(r"(workers|engine)=", word) for word in left)


def test_its_training_is_a_recipes():
    command = next(c for c in COMMANDS if c[1] == "train")
    recipe = load_recipe(command[3], command[4:])
    (source,) = recipe.data.sources
    assert (source.name, source.options["path"]) == ("shards", "oxe/viola")
    assert recipe.policy.options["cameras"] == ("scene",)


def test_all_actions_are_told():
    assert {c[2] for c in COMMANDS if c[1] == "data"} == set(data.ACTIONS)
