"""A skill that a person brought, as a task of a recipe."""

from dataclasses import replace

import numpy as np
import pytest

from cliprt.errors import RecipeError, UsageError
from cliprt.goals.conditions import holds
from cliprt.goals.facts import from_dict
from cliprt.goals.words import openings, read_goal
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe, save_recipe
from cliprt.recipe.schema import Component
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.ending import find_doubt
from cliprt.stages.keys import evaluation_key, taught_key
from cliprt.tasks.interface import Advises
from cliprt.tasks.skill import SkillTask

RECIPE = """
extends: tiny
tasks:
  - name: skill
    as: spoon_in_mug
    instruction: Put the spoon in the mug
    scene:
      - {thing: spoon, at: [0.45, 0.12]}
      - {thing: mug, colour: red}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        file = tmp_path / "own.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_a_recipe_brings_a_skill_and_is_saved_whole(write, tmp_path):
    recipe = load_recipe(write(RECIPE))
    task = build_task(recipe.tasks[0])
    assert recipe.tasks[0].key == "spoon_in_mug"
    assert (task.instruction, task.scene.names) == ("Put the spoon in the mug", ("spoon", "mug"))
    assert (task.max_steps, task.suite) == (40, "own")
    save_recipe(recipe, tmp_path / "again.yaml")
    assert load_recipe(tmp_path / "again.yaml") == recipe


def test_nobody_advises_it_and_without_a_goal_nobody_but_a_person_judges():
    with PyBulletBackend(image_size=32) as robot:
        task, world = SkillTask("Put the spoon in the mug", ["spoon", "mug"]), robot.simulation
        world.clear(0)
        task.reset(world, np.random.default_rng(0))
        assert task.is_success(world) is None
    assert not isinstance(task, Advises)


def test_a_goal_judges_by_what_is_measured_since_the_start():
    with PyBulletBackend(image_size=32) as robot:
        words, world = "the spoon is in the mug", robot.simulation
        task = SkillTask("Put the spoon in the mug", ["spoon", "mug"], words)
        world.clear(0)
        task.reset(world, np.random.default_rng(0))
        assert task.is_success(world) is False
        x, y, z, *turn = world.pose("mug")
        world.set_pose("spoon", (x, y, z + 0.12, *turn[:1], np.pi / 2, 0.0))
        world.settle(1.0)
        assert task.is_success(world) is True
        kept = task.remarks(world)
    assert kept["goal"] == words
    start, end = (from_dict(kept["facts"][when]) for when in ("start", "end"))
    goal = read_goal(words, openings(start))
    assert (holds(goal, start, start), holds(goal, end, start)) == (False, True)


def test_a_skill_without_a_scene_has_an_empty_table():
    with PyBulletBackend(image_size=32) as robot:
        robot.simulation.clear(0)
        SkillTask("Wave", difficulty="easy").reset(robot.simulation, np.random.default_rng(0))
        assert robot.simulation.bodies == ()


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        ("Put the spoon in the mug", "''", [":6: tasks[0].instruction: got no words."]),
        (
            "Put the spoon in the mug",
            "x" * 10_000,
            [":6: tasks[0].instruction: got 10,000 characters. Allowed: at most 200."],
        ),
        ("instruction: Put the spoon in the mug", "", [":4: tasks[0].instruction: missing: task"]),
        (
            "colour: red",
            "colour: red}\n    goal: be good #",
            [":10: tasks[0].goal: “good” is nothing"],
        ),
        (
            "colour: red",
            "colour: rde",
            [":9: tasks[0].scene[1].colour: got 'rde'. Did you mean 'red'? Allowed: red, "],
        ),
        (
            "thing: spoon, at: [0.45, 0.12]",
            "thing: spon, at: [.nan, 0]",
            [
                ":8: tasks[0].scene[0].thing: no thing is called 'spon'. Did you mean 'spoon'?",
                ":8: tasks[0].scene[0].at: got '.nan'. Allowed: -2 to 2 m.",
            ],
        ),
        (
            "instruction:",
            "goal: the fork is in the mug\n    instruction:",
            [":6: tasks[0].goal: "],
        ),
        (
            "at: [0.45, 0.12]",
            "at: [0.95, 0.12]",
            [":8: tasks[0].scene[0].at: the spoon is out of reach at 0.95, 0.12."],
        ),
    ],
)
def test_mistakes_are_told_with_the_recipes_line(write, old, new, texts):
    file = write(RECIPE.replace(old, new))
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert len(caught.value.problems) == len(texts)
    for problem, text in zip(caught.value.problems, texts, strict=True):
        assert text in problem.replace(str(file), "")


def test_python_is_told_of_the_same_mistakes():
    with pytest.raises(UsageError, match="at most 200"):
        SkillTask("x" * 10_000)
    with pytest.raises(UsageError, match=r"scene\[0\].thing: no thing is called 'spon'"):
        SkillTask("Do it", ["spon"])


def test_what_is_taught_keeps_its_key_when_the_goal_is_said_later_and_trials_do_not(write):
    recipe = load_recipe(write(RECIPE))
    (task,) = recipe.tasks
    with_goal = Component(
        task.name, {**task.options, "goal": "the spoon is in the mug", "max_steps": 20}, task.label
    )
    assert taught_key(recipe, with_goal) == taught_key(recipe, task)
    other = Component(task.name, {**task.options, "instruction": "Stir"}, task.label)
    assert taught_key(recipe, other) != taught_key(recipe, task)
    told = replace(recipe, tasks=(with_goal,))
    assert evaluation_key(told, "p") != evaluation_key(recipe, "p")


def test_what_falls_into_place_is_done_and_what_does_not_stays_as_it_was():
    scene = [{"thing": "plate", "at": [0.5, 0.0]}, {"thing": "cube", "at": [0.45, 0.25]}]
    task = SkillTask("Drop it", scene, goal="the cube is on the plate")
    with PyBulletBackend() as robot:
        world = robot.simulation
        task.reset(world, np.random.default_rng(0))
        before, cube = world.time_s, world.pose("cube")
        assert "Is it?" in find_doubt("Drop it", task, world)
        assert world.time_s == before
        assert world.pose("cube") == pytest.approx(cube)
        x, y, z = world.pose("plate")[:3]
        world.set_pose("cube", (x, y, z + 0.08, 0, 0, 0))
        assert not task.is_success(world)
        assert find_doubt("Drop it", task, world) == ""
        assert task.is_success(world)
