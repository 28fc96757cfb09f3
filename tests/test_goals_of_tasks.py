"""The built-in tasks said in the language of conditions judge as the tasks themselves."""

from __future__ import annotations

import pytest
from goals_of_tasks import CANNOT, GOALS, recorded, states, verdicts

from cliprt.goals.words import openings, read_goal, tell_goal
from cliprt.registry import names
from cliprt.robots.pybullet import PyBulletBackend


def test_every_task_is_said_or_it_is_said_why_not():
    built_in = {name for name in names("task") if name not in ("skill", "household")}
    assert GOALS.keys() | CANNOT.keys() == built_in
    assert not GOALS.keys() & CANNOT.keys()


def test_goals_judge_as_their_tasks():
    same = []
    for name, some in recorded().items():
        done = [is_done for _, _, is_done in some]
        assert 0 < sum(done) < len(done), name
        same += [a == b for a, b in zip(verdicts(name, some), done, strict=True)]
        things = openings(some[0][0])
        goal = read_goal(GOALS[name], things)
        assert read_goal(tell_goal(goal), things) == goal
    assert len(same) == 16 * len(GOALS)
    assert sum(same) >= 0.99 * len(same)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(GOALS))
def test_so_it_does_in_other_scenes(name):
    with PyBulletBackend(cameras=()) as robot:
        some = list(states(name, robot, seeds=range(50, 54)))
    done = [is_done for _, _, is_done in some]
    same = [a == b for a, b in zip(verdicts(name, some), done, strict=True)]
    assert any(done)
    assert sum(same) >= 0.99 * len(same) - 1, "one state more or less is as chance has it"
