"""Tasks by suite, and one class under several names."""

from dataclasses import replace

import pytest
from test_registry_plugins import install  # noqa: F401

from cliprt.errors import PluginError, RecipeError
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe, save_recipe
from cliprt.recipe.schema import Component
from cliprt.recipe.suites import load_suite
from cliprt.registry import names
from cliprt.stages.keys import evaluation_key, taught_id, taught_key


@pytest.mark.parametrize("name", names("suite"))
def test_every_task_of_a_registered_suite_can_be_built_and_has_a_name_of_its_own(name):
    suite = load_suite(name)
    assert len({task.key for task in suite}) == len(suite)
    assert {build_task(task).suite for task in suite} == {name}


def test_a_suite_stands_for_its_tasks_in_its_order():
    for suite in ("common", "novel"):
        recipe = load_recipe("tiny", [f"tasks={{suite: {suite}}}"])
        assert recipe.tasks == load_suite(suite) == load_recipe(f"finetune_{suite}").tasks


def test_an_entry_of_a_suite_is_changed_by_its_name():
    recipe = load_recipe("finetune_novel", ["tasks.draw_line.difficulty=hard"])
    changed = Component("draw_line", {"difficulty": "hard"})
    assert recipe.tasks == tuple(
        changed if task.name == "draw_line" else task for task in load_suite("novel")
    )


def test_suites_and_tasks_are_mixed_and_options_beside_a_suite_are_for_each_of_it():
    recipe = load_recipe("tiny", ["tasks=[{suite: novel, difficulty: hard}, pick]"])
    hard = [replace(task, options={"difficulty": "hard"}) for task in load_suite("novel")]
    assert recipe.tasks == (*hard, Component("pick"))
    with pytest.raises(RecipeError, match=r"tasks\[8\]\.easy: task 'stamp' has no such option"):
        load_recipe("tiny", ["tasks={suite: novel, easy: true}"])


def test_one_class_is_there_under_two_names(tmp_path):
    told = ["tasks=[pick, {name: pick, as: far, difficulty: easy}]", "tasks.far.difficulty=hard"]
    recipe = load_recipe("tiny", told)
    assert recipe.tasks == (Component("pick"), Component("pick", {"difficulty": "hard"}, "far"))
    assert load_recipe("tiny", ["tasks=[pick]", "tasks.pick.difficulty=hard"]).tasks[0].options
    assert [task.key for task in recipe.tasks] == ["pick", "far"]
    save_recipe(recipe, tmp_path / "tiny.yaml")
    assert load_recipe(tmp_path / "tiny.yaml") == recipe
    ids = [taught_id(recipe, task, 3).rpartition("-") for task in recipe.tasks]
    assert [name for name, _, _ in ids] == ["pick-000003", "far-000003"]
    assert ids[0] != ids[1]


def test_names_do_not_change_the_keys_of_what_was_made_without_them():
    recipe = load_recipe("finetune_novel")
    assert taught_key(recipe, recipe.tasks[0]) == "5ced3011"
    assert evaluation_key(recipe, "policy") == "5c9bda6b"
    assert load_recipe("tiny", ["tasks=[{name: pick, as: pick}]"]).tasks == (Component("pick"),)


SUITE = """
from cliprt.recipe.schema import Component

def tasks():
    return [Component("pick", {"difficulty": level}, f"pick_{level}") for level in ("easy", "hard")]

def broken():
    raise OSError("the disk is gone")

NAMES = ("pick",)
NONE = ()
"""


def test_a_suite_of_another_package_may_be_a_function(install):  # noqa: F811
    points = {"levels": "tasks", "names": "NAMES", "none": "NONE", "lost": "broken"}
    install("cliprt-levels", points, SUITE, group="cliprt.suites")
    recipe = load_recipe("tiny", ["tasks={suite: levels}", "tasks.pick_hard.difficulty=default"])
    assert [(task.key, *task.options.values()) for task in recipe.tasks] == [
        ("pick_easy", "easy"),
        ("pick_hard", "default"),
    ]
    for name, text in {
        "names": r"the suite 'names' has 'pick' in it. Allowed: a tuple of Components",
        "none": r"the suite 'none' has nothing in it",
        "lost": r"the suite 'lost' cannot be listed: OSError: the disk is gone",
    }.items():
        with pytest.raises(PluginError, match=text):
            load_suite(name)
        with pytest.raises(RecipeError, match=rf"command line: tasks\[0\]\.suite: {text}"):
            load_recipe("tiny", [f"tasks={{suite: {name}}}"])
