"""One task is taught, learned and shown first, from episodes that the whole run needs anyway."""

import dataclasses

import pytest

from cliprt.recipe.load import load_recipe
from cliprt.stages.augment import augment
from cliprt.stages.collect import collect
from cliprt.stages.first_look import first_look, is_due, only_first
from cliprt.stages.portion import Portion
from cliprt.stages.run_folder import RunFolder

SMALL = (
    "tasks=[close_laptop, stamp]",
    "data.episodes=1",
    "augmenters=[{name: std, variants: 1, recoveries: 0}]",
    "trainer.max_steps=2",
    "trainer.holdout=0",
    "data.workers=1",
    "evaluation.first_look=1",
)


def small(*changes):
    return load_recipe("finetune_novel", [*SMALL, *changes])


@pytest.mark.parametrize(
    "change",
    [
        "evaluation.first_look=0",
        "tasks=[close_laptop]",
        "teleoperator=console",
    ],
)
def test_nobody_gets_a_first_look_without_need(tmp_path, change):
    assert is_due(small(), RunFolder(tmp_path))
    assert not is_due(small(change), RunFolder(tmp_path))
    assert not is_due(small(), RunFolder(tmp_path, Portion(1, 2)))
    untaught = dataclasses.replace(small().data, episodes=0)
    assert not is_due(dataclasses.replace(small(), data=untaught), RunFolder(tmp_path))


def test_a_first_look_is_brief_and_of_one_task():
    recipe = small("trainer.max_steps=9", "trainer.warmup_steps=5")
    alone = only_first(recipe)
    assert [task.key for task in alone.tasks] == ["close_laptop"]
    assert (alone.trainer.max_steps, alone.trainer.warmup_steps) == (1, 1)
    assert alone.data == recipe.data


@pytest.mark.slow
def test_what_a_first_look_made_is_what_the_whole_run_needs(tmp_path, capsys):
    recipe, run = small(), RunFolder(tmp_path)
    # One step was learned and one may be made: it fails, and is not told as a success.
    assert not first_look(small("evaluation.max_steps=1"), run)
    assert "success" not in capsys.readouterr().err
    made = set(run.store().ids())
    assert {name.split("-")[0] for name in made} == {"close_laptop"}
    assert len(list(tmp_path.glob("evaluations/*/videos/*.mp4"))) == 4
    taught = collect(recipe, run)
    assert not is_due(recipe, run)
    augment(recipe, run, taught)
    whole = set(run.store().ids())
    (tmp_path / "other").mkdir()
    other = RunFolder(tmp_path / "other")
    augment(recipe, other, collect(recipe, other))
    assert made < whole == set(other.store().ids())
