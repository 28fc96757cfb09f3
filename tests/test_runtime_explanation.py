"""Explanations: probabilities that add up, whatever the scores; the policy agent hands them out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_robot import FakeRobot
from hypothesis import given
from hypothesis import strategies as st

from cliprt.data.schema import build
from cliprt.errors import UsageError
from cliprt.policies.calibration import to_probabilities
from cliprt.runtime.explanation import (
    Explains,
    Explanation,
    explain,
    explain_step,
    format_explanation,
)
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.types import Primitive, Proposal, Step
from cliprt.vocabularies.grid import ClipRt58Vocabulary

PRIMITIVES = ClipRt58Vocabulary().primitives
SCORES = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.just(-np.inf)), min_size=58, max_size=58
).filter(lambda scores: max(scores) > -np.inf)


@given(SCORES, st.floats(0.01, 100))
def test_probabilities_add_up_every_way(scores, temperature):
    found = explain(scores, PRIMITIVES, temperature, top=58)
    for masses in ([p.probability for p in found.top], found.groups.values()):
        assert sum(masses) == pytest.approx(1)
        assert list(masses) == sorted(masses, reverse=True)
    assert found.top[0].label == int(np.argmax(scores))
    assert 0 <= found.margin <= found.top[0].probability


@given(SCORES, st.floats(-1e3, 1e3))
def test_a_constant_added_to_all_scores_changes_nothing(scores, constant):
    np.testing.assert_allclose(
        to_probabilities(scores), to_probabilities([s + constant for s in scores]), atol=1e-6
    )


def test_a_higher_temperature_is_less_sure():
    scores = np.arange(58.0)
    margins = [explain(scores, PRIMITIVES, temperature).margin for temperature in (0.5, 1, 2, 10)]
    assert margins == sorted(margins, reverse=True)
    assert len(set(margins)) == 4


def test_equal_scores_keep_the_order_of_the_vocabulary():
    found = explain([0.0] * 58, PRIMITIVES, top=3)
    assert [p.label for p in found.top] == [0, 1, 2]
    assert [p.rank for p in found.top] == [1, 2, 3]
    assert found.margin == 0


def test_what_was_chosen_is_named_with_its_rank():
    found = explain(np.arange(58.0), PRIMITIVES, top=1, chosen=55)
    assert (found.chosen.label, found.chosen.rank) == (55, 3)
    assert "chosen: number 3 (9%)" in format_explanation(found)
    best = format_explanation(explain(np.arange(58.0), PRIMITIVES, chosen=57))
    assert best.startswith("63% open the gripper, 23% close the gripper, 9% ")
    assert best.endswith("; margin 0.40; open 63% in all")


def test_it_survives_json():
    found = explain(np.arange(58.0), PRIMITIVES, temperature=3.0, chosen=2)
    values = json.loads(json.dumps(found.to_dict()))
    again = build(Explanation, values)
    assert again.to_dict() == values
    assert again.chosen.label == 2
    assert again.margin == pytest.approx(found.margin, abs=1e-4)
    lone = explain([1.0], [Primitive(0, "wait")])
    assert (lone.margin, lone.chosen) == (1.0, None)
    assert build(Explanation, json.loads(json.dumps(lone.to_dict()))) == lone


def test_what_words_decided_is_not_explained_by_the_policy():
    robot = FakeRobot()
    robot.connect()
    agent = PolicyAgent(lambda *_: Proposal(scores=np.arange(58.0)), ClipRt58Vocabulary())
    agent.start("go", 0, None, None)
    (planned,) = agent.decide(robot.observe()).steps
    outcome = robot.execute(planned.primitive.motion, planned.primitive.gripper)
    step = Step(0, robot.observe(), "", planned.primitive, outcome, "policy")
    assert explain_step(agent, step) == agent.explanation
    assert explain_step(agent, replace(step, supervision="no, up")) is None
    assert explain_step("nobody", step) is None


@pytest.mark.parametrize(
    ("scores", "temperature", "text"),
    [
        ([0.0] * 57, 1.0, r"scores of shape \(57,\) cannot be explained with 58 primitives"),
        ([[0.0] * 58], 1.0, r"scores of shape \(1, 58\) cannot be explained"),
        ([-np.inf] * 58, 1.0, "at least one finite"),
        ([np.inf] + [0.0] * 57, 1.0, "finite or minus infinity"),
        ([np.nan] + [0.0] * 57, 1.0, "hold NaN"),
        ([0.0] * 58, 0.0, r"the temperature is 0\.0; give a finite number above 0"),
        ([0.0] * 58, np.nan, "the temperature is nan"),
    ],
)
def test_what_cannot_be_explained_is_refused(scores, temperature, text):
    with pytest.raises(UsageError, match=text):
        explain(scores, PRIMITIVES, temperature)


def test_the_policy_agent_explains_its_latest_decision():
    scores = np.zeros(58)
    scores[[3, 7]] = 5, 4
    agent = PolicyAgent(lambda *_: Proposal(scores=scores), ClipRt58Vocabulary(), temperature=2.0)
    assert isinstance(agent, Explains)
    agent.start("go", 0, None, None)
    assert agent.explanation is None
    robot = FakeRobot()
    robot.connect()
    for label, rank in ((3, 1), (7, 2)):  # the second time at one place, the best was tried
        assert agent.decide(robot.observe()).steps[0].primitive.label == label
        assert agent.explanation == explain(scores, PRIMITIVES, 2.0, chosen=label)
        assert agent.explanation.chosen.rank == rank
    agent.start("go", 1, None, None)
    assert agent.explanation is None
