"""Skills that people brought to a run: kept beside its recipe, and seen with it."""

from __future__ import annotations

import pytest

from cliprt.errors import StoreError
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe
from cliprt.stages.keys import taught_id
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.skills import SKILLS, load_skills, remove_skill, save_skill, with_skills

SPOON = {
    "name": "skill",
    "as": "spoon",
    "instruction": "Put the spoon in the mug",
    "scene": [{"thing": "spoon", "at": [0.5, 0.2]}, {"thing": "mug", "at": [0.5, -0.1]}],
}


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path)


def keys(recipe):
    return [task.key for task in recipe.tasks]


def test_a_kept_skill_is_a_task_of_the_run(run):
    recipe = load_recipe("tiny")
    assert with_skills(recipe, run) is recipe
    save_skill(run, SPOON)
    with_spoon = with_skills(recipe, run)
    assert keys(with_spoon) == ["close_laptop", "spoon"]
    assert build_task(with_spoon.tasks[1]).instruction == SPOON["instruction"]
    assert with_skills(with_spoon, run) is not None
    assert keys(with_skills(with_spoon, run)) == keys(with_spoon)  # it is there already
    # Said later when it is done: what was taught keeps its name.
    before = taught_id(recipe, with_spoon.tasks[1], 0)
    save_skill(run, {**SPOON, "goal": "the spoon is in the mug"})
    assert len(load_skills(run)) == 1
    assert taught_id(recipe, with_skills(recipe, run).tasks[1], 0) == before
    remove_skill(run, "spoon")
    assert load_skills(run) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"instruction": ""}, r"\[0\].instruction: got no words"),
        ({"instruction": "x" * 10_000}, "got 10,000 characters"),
        ({"scene": [{"thing": "mugg"}]}, "Did you mean 'mug'"),
        ({"as": "../x"}, r"\[0\].as: got '../x'"),
        ({"as": ""}, "no skill"),
        ({"name": "close_laptop"}, "no skill"),
    ],
)
def test_a_skill_with_a_mistake_is_not_kept(run, changes, told):
    save_skill(run, SPOON)
    with pytest.raises(StoreError, match=told):
        save_skill(run, {**SPOON, "as": "other", **changes})
    assert [entry["as"] for entry in load_skills(run)] == ["spoon"]


@pytest.mark.parametrize("text", ["{", "7", "- close_laptop", "a: &x b", "[" * 100, "{}",
                                  "- {name: skill, as: a, instruction: x, instruction: y}",
                                  '- {name: skill, as: a, instruction: "a\\eb"}'])  # fmt: skip
def test_a_damaged_file_is_told_with_its_place(run, text):
    (run.path / SKILLS).write_text(text)
    with pytest.raises(StoreError, match=SKILLS):
        with_skills(load_recipe("tiny"), run)


def test_far_too_many_are_not_kept(run):
    many = "".join(f"- {{name: skill, as: a{i}, instruction: x}}\n" for i in range(200))
    (run.path / SKILLS).write_text(many)
    with pytest.raises(StoreError, match="at most 200 skills"):
        save_skill(run, SPOON)
    save_skill(run, {**SPOON, "as": "a7"})
    assert len(load_skills(run)) == 200
