"""Many things can be asked in one scene; the asked one counts, and no other."""

from itertools import islice

import numpy as np
import pytest

from cliprt.errors import RecipeError, UsageError
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe
from cliprt.recipe.suites import load_suite
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.chores import CHORES, HELD_OUT, PLACES, TAUGHT, THINGS
from cliprt.tasks.household import HouseholdTask


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(robot, chore, seed=0):
    task = HouseholdTask(chore.instruction)
    robot.connect()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def follow(robot, task):
    for _ in range(task.max_steps):
        advice = task.advise(robot.simulation)
        if advice is None:
            break
        assert robot.execute(advice.motion, advice.gripper).refused is None
    robot.simulation.settle(task.hold_s)


def check_done(robot, chore, seed):
    task = arrange(robot, chore, seed)
    assert task.done(robot.simulation) == ()
    follow(robot, task)
    assert task.done(robot.simulation) == (chore,)
    assert task.remarks(robot.simulation) == {"did": [chore.instruction]}


ONE_OF_EACH = {chore.wording + chore.where: chore for chore in CHORES}.values()


@pytest.mark.parametrize("chore", ONE_OF_EACH, ids=lambda chore: chore.key)
def test_what_is_asked_can_be_done_and_is_all_that_is_done(chore, robot):
    check_done(robot, chore, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("chore", CHORES, ids=lambda chore: chore.key)
def test_so_it_can_in_other_scenes(chore, robot):
    for seed in range(100, 105):
        check_done(robot, chore, seed)


def test_another_thing_done_is_no_success(robot):
    asked, other = CHORES[0], CHORES[3]
    task = arrange(robot, asked)
    follow(robot, arrange(robot, other))
    assert task.done(robot.simulation) == (other,)
    assert not task.is_success(robot.simulation)
    assert task.remarks(robot.simulation) == {"did": [other.instruction]}


def test_held_out_chores_are_made_of_words_that_are_taught():
    assert len(CHORES) == 24
    assert set(HELD_OUT).isdisjoint(TAUGHT)
    assert {*HELD_OUT, *TAUGHT} == set(CHORES)
    assert {(c.wording, c.where) for c in HELD_OUT} == {(c.wording, c.where) for c in TAUGHT}
    for chores in (HELD_OUT, TAUGHT):
        assert {chore.what for chore in chores} == set(THINGS)
        assert {*PLACES} <= {chore.where for chore in chores}


def test_the_suites_are_what_is_taught_and_what_is_not():
    for suite, chores in (("household", TAUGHT), ("household_held_out", HELD_OUT)):
        tasks = load_suite(suite)
        assert [build_task(task).instruction for task in tasks] == [c.instruction for c in chores]
        assert [task.key for task in tasks] == [chore.key for chore in chores]


def test_scenes_of_one_seed_are_alike_whatever_is_asked(robot):
    seen = []
    for chore in islice(CHORES, 0, None, 7):
        arrange(robot, chore, seed=5)
        seen.append([robot.simulation.pose(name) for name in robot.simulation.bodies])
    assert all(poses == seen[0] for poses in seen)


def test_what_cannot_be_asked_is_told():
    with pytest.raises(UsageError, match=r"Did you mean 'Pick up the red cup'\? Allowed: Pick up"):
        HouseholdTask("Pick up the red cap")
    with pytest.raises(RecipeError, match=r"tasks\[0\]\.instruction: 'Sing' cannot be asked"):
        load_recipe("tiny", ["tasks=[{name: household, instruction: Sing}]"])
