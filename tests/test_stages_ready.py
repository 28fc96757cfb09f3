"""What can be known to fail is said before anything is taught."""

import pytest

from cliprt.cli import main
from cliprt.errors import CliprtError
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
    ],
)
def test_mistakes_are_found_before_teaching(overrides, words, tmp_path, capsys):
    with pytest.raises(CliprtError, match=words):
        check_ready(load_recipe("tiny", overrides))
    assert main(["fit", "--recipe", "tiny", "--out", str(tmp_path), *overrides]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "episodes").exists()
