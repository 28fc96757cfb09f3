"""The models of the paper's tables: one recipe each, one line from the next."""

import re
from pathlib import Path

import pytest

from cliprt.oxe.sets import all_sets
from cliprt.recipe.find import find_recipe
from cliprt.recipe.load import load_recipe, to_dict
from cliprt.registry import load, names
from cliprt.stages.models import CLAIMS, MODELS, find_models
from cliprt.stages.parts import build_parts

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\|.*\| `(\w+)` \| `(\w+)` \| `(.+)` \|$", PAGE, re.MULTILINE)
"""(recipe, the one that it extends, its one line), as the page says."""
REPRODUCED = re.findall(r"^\|[^|]*\| `(\w+)` \| `(\w+)` \|", PAGE, re.MULTILINE)
"""(model of ``cliprt reproduce``, recipe), as the page says."""

PRETRAINED = {
    "zero": "clip_rt_zero_novel",
    "pretrained_1": "few_shot_1",
    "pretrained_3": "few_shot_3",
    "pretrained_10": "finetune_novel",
}
"""Model -> recipe, which begins with another policy."""

CHANGED = {
    "finetune_common": {"tasks"},
    "single_task": {"tasks"},
    "clip_rt_std": {"augmenters"},
    "clip_rt_passive": {"augmenters"},
    "clip_rt_action": {"policy.name"},
    "few_shot": {"data.episodes"},
}
"""What a recipe whose name begins so changes in its parent, all of it."""


def flat(recipe):
    """A resolved recipe as dotted key -> value, but for its name; lists are values."""
    found = {}
    for section, value in to_dict(recipe).items():
        if isinstance(value, dict):
            found |= {f"{section}.{key}": item for key, item in value.items()}
        elif section != "name":
            found[section] = value
    return found


def test_every_model_is_in_the_table():
    assert {re.sub(r"_(novel|common|\d)$", "", name) for name, _, _ in ROWS} == {
        re.sub(r"_(novel|common|\d)$", "", name) for name in CHANGED
    }
    assert len(ROWS) == 11


@pytest.mark.parametrize(("name", "parent", "line"), ROWS)
def test_a_model_is_one_line_from_its_parent(name, parent, line):
    text = find_recipe(name).read_text(encoding="utf-8")
    said = [row for row in text.splitlines() if row and not row.startswith("#")]
    assert said == [f"extends: {parent}", line]
    own, theirs = flat(load_recipe(name)), flat(load_recipe(parent))
    changed = {key for key in own.keys() | theirs.keys() if own.get(key) != theirs.get(key)}
    assert changed == next(keys for begin, keys in CHANGED.items() if name.startswith(begin))


@pytest.mark.parametrize(("model", "name"), REPRODUCED)
def test_reproduce_makes_the_same_models(model, name):
    suite = "common" if name.endswith("common") else "novel"
    (variation,) = find_models([model], suite)
    own, theirs = flat(load_recipe(name)), flat(build_parts(variation, suite, "full")[0].recipe)
    changed = {key for key in own if own[key] != theirs[key]}
    steps = {"trainer.max_steps"} if model == "single_task" else set()
    assert changed - steps <= {
        "trainer.threads",
        "evaluation.videos",
        "evaluation.compare_loop_breaking",
    }
    if steps:
        assert f"'tasks=[stamp]' trainer.max_steps={theirs['trainer.max_steps']} " in PAGE


def test_reproduce_makes_no_model_of_the_paper_without_a_recipe():
    of_tables = {m.name for m in MODELS if m.suites != (CLAIMS,)}
    assert of_tables - {model for model, _ in REPRODUCED} == {
        "teacher",  # no policy
        "action_scene",  # an override of finetune_novel, which the page shows
        *PRETRAINED,  # what they begin with is made first
    }


@pytest.mark.parametrize(("model", "name"), PRETRAINED.items())
def test_a_pretrained_model_is_a_recipe_that_begins_with_another_policy(model, name):
    (variation,) = find_models([model], "novel")
    own, theirs = flat(load_recipe(name)), flat(build_parts(variation, "novel", "full")[0].recipe)
    assert {key for key in own if own[key] != theirs[key]} <= {
        "trainer.threads",
        "trainer.start_from",
        "evaluation.videos",
        "evaluation.compare_loop_breaking",
    }


@pytest.mark.parametrize("suite", ["novel", "common"])
def test_a_suite_is_all_of_its_tasks(suite):
    pytest.importorskip("pybullet")
    recipe = load_recipe(f"finetune_{suite}")
    assert len(recipe.tasks) == 9
    assert {task.name for task in recipe.tasks} == {
        name for name in names("task") if load("task", name).suite == suite
    }


def test_one_policy_per_task_is_had_by_one_override():
    for name in sorted(set(names("task")) - {"skill"}):
        assert [t.name for t in load_recipe("single_task", [f"tasks=[{name}]"]).tasks] == [name]


def test_the_papers_pretraining_draws_each_set_with_its_weight():
    recipe = load_recipe("pretrain_oxe")
    drawn = {one.options["path"]: one.options["weight"] for one in recipe.data.sources}
    assert drawn == {f"oxe/{one.name}": round(one.weight, 3) for one in all_sets()}
    assert len(drawn) == 22
    assert not recipe.data.are_taught
    assert recipe.vocabulary.name == "oxe_50"
    assert (recipe.trainer.batch_size, recipe.trainer.warmup_steps) == (128, 10_000)
