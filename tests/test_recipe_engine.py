"""A recipe says who runs its jobs; nothing that is made depends on it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cliprt.engines.local import LocalEngine
from cliprt.errors import RecipeError
from cliprt.recipe.build import build_engine
from cliprt.recipe.load import load_recipe, read_recipe, to_dict
from cliprt.recipe.schema import Component
from cliprt.stages.keys import (
    augmentation_key,
    corrected_id,
    evaluation_key,
    help_key,
    policy_key,
    taught_id,
)

RAY = Component("ray", {"address": "h:1"})
SAID = "data: {engine: {name: ray, address: 'h:1'}}"
THERE = "data.engine={name: ray, address: '10.0.0.5:6379'}"


def written(text, folder):
    path = folder / "mine.yaml"
    path.write_text(f"tasks: [pick]\n{text}")
    return path


def test_this_machine_runs_the_jobs_if_nobody_says_otherwise():
    recipe = load_recipe("tiny", ["data.workers=3"])
    assert recipe.data.engine == Component("local")
    engine = build_engine(recipe)
    assert isinstance(engine, LocalEngine)
    assert engine.workers == 3


@pytest.mark.parametrize(
    ("text", "overrides", "expected"),
    [
        ("", ["data.engine=ray"], Component("ray")),
        ("", [THERE], Component("ray", {"address": "10.0.0.5:6379"})),
        (
            "",
            ["data.engine.name=ray", "data.engine.address=h:1"],
            RAY,
        ),
        ("data: {engine: ray}", ["data.engine.address=h:1"], RAY),
        (SAID, ["data.engine=local"], Component("local")),
        (
            SAID,
            ["data.episodes=2"],
            RAY,
        ),
    ],
)
def test_an_engine_is_named_with_its_options(text, overrides, expected, tmp_path):
    recipe = load_recipe(written(text, tmp_path), overrides)
    assert recipe.data.engine == expected
    again = tmp_path / "again.yaml"
    again.write_text(str(to_dict(recipe)))
    assert load_recipe(again).data.engine == expected


def test_an_option_may_be_referred_to(tmp_path):
    text = "data: {engine: {name: ray, address: 'h:1'}}\nname: a${data.engine.address}"
    with pytest.raises(RecipeError, match="ah:1"):  # which is no folder's name
        load_recipe(written(text, tmp_path))
    with pytest.raises(RecipeError, match=r"leads nowhere"):
        load_recipe(written("name: ${data.engine.address}", tmp_path))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("data.engine=rai", "no engine is called 'rai'. Did you mean 'ray'"),
        ("data.engine=3", "Write a name, or {name: local, option: value}"),
        ("data.engine=[local]", "Write a name, or {name: local, option: value}"),
        ("data.engine={name: ray, adress: a}", "no such option. Did you mean 'address'"),
        ("data.engine={name: local, workers: 3}", "engine 'local' has no such option"),
        ("data.engine.address=h:1", "engine 'local' has no such option"),
    ],
)
def test_mistakes_in_it_are_told(said, text):
    with pytest.raises(RecipeError) as error:
        load_recipe("tiny", [said])
    assert text in str(error.value)
    assert "command line: data.engine" in str(error.value)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("10.0.0.5:6379", ["data.engine.address: connects to '10.0.0.5:6379'"]),
        ("head.cluster:6379", ["data.engine.address: connects to 'head.cluster:6379'"]),
        ("127.0.0.1:6379", []),
        ("localhost:6379", []),
    ],
)
def test_a_cluster_elsewhere_takes_a_persons_word(address, found, tmp_path):
    path = written(f"data: {{engine: {{name: ray, address: '{address}'}}}}", tmp_path)
    assert list(read_recipe(path)[1]) == found
    typed = ["data.engine={name: ray, address: '10.0.0.5:6379'}"]
    assert read_recipe("tiny", typed)[1] == ()


def test_nothing_is_made_again_because_somebody_else_runs_it():
    recipe = load_recipe("finetune_novel")
    other = replace(recipe, data=replace(recipe.data, engine=Component("ray"), workers=7))
    names = [
        (
            taught_id(one, one.tasks[0], 3),
            augmentation_key(one, one.augmenters[0]),
            policy_key(one, ["a"]),
            corrected_id(one, "p", one.tasks[0], 3),
            evaluation_key(one, "p"),
            help_key(one, {}),
        )
        for one in (recipe, other)
    ]
    assert names[0] == names[1]


def test_the_recipe_on_the_page_is_good(tmp_path):
    page = (Path(__file__).resolve().parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "mine.yaml").write_text(block)
    recipe = load_recipe(tmp_path / "mine.yaml")
    assert recipe.data.engine == Component("ray", {"address": "10.0.0.5:6379"})
