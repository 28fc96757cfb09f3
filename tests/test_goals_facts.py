"""Facts: measured in a simulator, written as JSON and read again, refused where they are none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from goal_samples import facts
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.goals.facts import Turning, from_dict, measure, to_dict
from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=5), inner),
)


@settings(max_examples=50, deadline=None)
@given(facts)
def test_facts_survive_json(these):
    assert from_dict(json.loads(json.dumps(to_dict(these)))) == these


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["hand", "gripper", "things", "pose", "box", "joints", "touches"]))
def test_what_is_no_facts_is_refused_in_a_sentence(value, where):
    thing = {"pose": [0] * 6, "box": [0] * 6, "joints": {"lid": [0, 0, 1, "hinge"]}}
    data = {"hand": [0] * 6, "gripper": "open", "things": {"cup": thing}}
    (thing if where in ("pose", "box", "joints", "touches") else data)[where] = value
    try:
        from_dict(data)
    except UsageError:
        return


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"hand": [0] * 6, "gripper": "ajar", "things": {}},
        {"hand": [0] * 5, "gripper": "open", "things": {}},
        {"hand": [float("nan")] * 6, "gripper": "open", "things": {}},
        {"hand": [0] * 6, "gripper": "open", "things": {str(i): {} for i in range(1000)}},
        {"hand": [0] * 6, "gripper": "open", "things": {"x" * 1000: {}}},
    ],
)
def test_facts_are_bounded(data):
    with pytest.raises(UsageError, match="no facts of a table"):
        from_dict(data)


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(name, robot, seed=3):
    task = load("task", name)()
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))
    return task


def test_a_table_is_measured(robot):
    arrange("close_laptop", robot)
    laptop = measure(robot.simulation).things["laptop"]
    angle = robot.simulation.joint("laptop", "lid")
    assert laptop.joints == {"lid": Turning(round(angle, 4), 0.0, 1.95)}
    assert laptop.upper[2] > 0.2, "the box is that of the open laptop"
    assert laptop.touches == {"table"}
    assert laptop.ink_m2 is None
    arrange("erase_whiteboard", robot)
    assert 0.002 < measure(robot.simulation).things["whiteboard"].ink_m2 < 0.02


def test_what_is_between_closed_fingers_is_held(robot):
    task = arrange("pick", robot)
    assert not any(thing.held for thing in measure(robot.simulation).things.values())
    while (advice := task.advise(robot.simulation)) is not None:
        robot.execute(advice.motion, advice.gripper)
    now = measure(robot.simulation)
    assert [name for name, thing in now.things.items() if thing.held] == ["red cube"]
    assert "robot" in now.things["red cube"].touches
    assert len(json.dumps(to_dict(now))) < 1500
