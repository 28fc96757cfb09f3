"""What can be known to fail is said before anything is taught."""

import re

import pytest

from cliprt.cli import main
from cliprt.recipe.load import load_recipe
from cliprt.stages.ready import check_ready


def test_the_shipped_recipe_is_ready():
    check_ready(load_recipe("tiny"))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["encoder.name=open_clip", "encoder.checkpoint=there_is_none.pt"], "there is no file"),
        (["trainer.accelerator=mps"], "cannot train with accelerator=mps"),
        (["policy.prompt=no_braces"], "must hold exactly one"),
        (["teleoperator=script"], "needs either sentences or a path"),
        (["runtime.device=cuda:77"], "cannot act with runtime.device=cuda:77"),
        (
            ["data.sources=[store, {name: raw, path: none}]"],
            r"sources\[1\]: there is no folder none",
        ),
        (["data.sources=[store, {name: store, path: none}]"], "there is no episode store in none"),
        (["data.sources=[{name: shards, path: none.tar}]"], "'none.tar', 1 of 1 are missing"),
        (["data.sources=[{name: shards, path: '{a.tar'}]"], "Unbalanced braces: '{a.tar'. Allowed"),
    ],
)
def test_mistakes_are_found_before_teaching(overrides, words, tmp_path, capsys):
    assert main(["fit", "--recipe", "tiny", "--out", str(tmp_path), *overrides]) == 2
    assert re.search(words, capsys.readouterr().err)
    assert not (tmp_path / "episodes").exists()
