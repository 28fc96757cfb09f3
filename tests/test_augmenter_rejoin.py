"""Ways back end where they were taught, in the taught order, and say what the teacher would say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.augmenters.legs import axis_of
from cliprt.augmenters.rejoin import RejoinAugmenter
from cliprt.errors import UsageError
from cliprt.evaluation.label_agreement import measure_agreement
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.advised_plan import ADVISED, AdvisedPlan
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.tasks.guide import Tolerance, approach, set_gripper, slide
from cliprt.tasks.pick import PickTask
from cliprt.types import Attempt, Demonstration
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.nearest import nearest

VOCABULARY = ClipRt58Vocabulary()
NEAR = Tolerance(0.014, 0.014, 0.01)
CLOSE = next(p for p in VOCABULARY.primitives if p.gripper == "closed")
UP = nearest(VOCABULARY, slide(2, 0.10).motion)
START = (0.4, 0.0, 0.25)
GROUPS = [primitive.group for primitive in VOCABULARY.primitives]

goals = st.tuples(st.floats(0.3, 0.7), st.floats(-0.3, 0.3), st.floats(0.02, 0.08))


def advise(hand, goal):
    advice = approach(hand, goal, 0.1, NEAR)
    return advice and nearest(VOCABULARY, advice.motion)


def fetch(goal):
    """Someone goes to a place, closes, and lifts."""
    hand, made = np.array(START), []
    while primitive := advise(hand, goal):
        made.append(primitive)
        hand = hand + primitive.motion[:3]
    return Demonstration("e", "fetch", 0, (*made, CLOSE, UP))


@settings(max_examples=60, deadline=None)
@given(goal=goals, seed=st.integers(0, 99))
def test_a_plan_closes_where_it_was_taught_and_learns_all_but_the_ways_out(goal, seed):
    demonstration = fetch(goal)
    plans = RejoinAugmenter(VOCABULARY).plan(demonstration, np.random.default_rng(seed))
    assert [plan.name for plan in plans] == [f"rejoin-{n}" for n in range(4)]
    for plan in plans:
        made = [step.primitive for step in plan.steps]
        total = np.sum([p.motion[:3] for p in made], axis=0)
        assert np.allclose(total, np.sum([p.motion[:3] for p in demonstration.primitives], axis=0))
        assert made[-2:] == [CLOSE, UP]
        learned = [step.train for step in plan.steps]
        first = learned.index(True)
        outs = [n for n, is_learned in enumerate(learned) if n > first and not is_learned]
        assert first >= 1
        assert all(learned[-3:])
        assert outs, "there are two excursions"
        back = [axis_of(step.primitive) for step in plan.steps[outs[-1] + 1 :]]
        order = [axis for axis in dict.fromkeys(back) if axis in (0, 1)]
        assert order == sorted(order, reverse=True), "sideways first, as it was taught"


def test_almost_all_labels_are_what_the_teacher_would_say():
    rng = np.random.default_rng(0)
    equal = learned = 0
    for _ in range(100):
        goal = rng.uniform((0.3, -0.3, 0.02), (0.7, 0.3, 0.08))
        for plan in RejoinAugmenter(VOCABULARY).plan(fetch(goal), rng):
            hand = np.array(START)
            for step in plan.steps[:-2]:
                advice = advise(hand, goal) or CLOSE
                learned += step.train
                equal += step.train and advice.label == step.primitive.label
                hand = hand + step.primitive.motion[:3]
    assert learned > 2000
    assert equal >= 0.99 * learned


def test_where_the_hand_never_comes_down_nothing_is_planned():
    pull = Demonstration("e", "pull", 0, (nearest(VOCABULARY, slide(0, -0.1).motion),) * 3)
    assert RejoinAugmenter(VOCABULARY).plan(pull, np.random.default_rng(0)) == []


def test_steps_that_the_vocabulary_does_not_have_are_refused():
    with pytest.raises(UsageError, match=r"no sideways motions of \[7\] cm .* Choose aside_cm"):
        RejoinAugmenter(VOCABULARY, aside_cm=(7,))


@pytest.fixture(scope="module")
def robot():
    with Gate(PyBulletBackend(cameras=()), GateSection()) as gate:
        yield gate


def test_executed_plans_succeed_and_their_labels_are_compared_with_the_teachers(robot):
    task, episodes = PickTask(), []
    prepare_scene(task, robot, 0)
    made = []
    while advice := task.advise(robot.simulation):
        spoken = advice.gripper and set_gripper(advice.gripper)
        made.append(
            nearest(VOCABULARY, spoken.motion, spoken.gripper)
            if spoken
            else nearest(VOCABULARY, advice.motion)
        )
        robot.execute(made[-1].motion, made[-1].gripper)
    demonstration = Demonstration("pick-0", "pick", 0, tuple(made))
    for plan in RejoinAugmenter(VOCABULARY).plan(demonstration, np.random.default_rng(0)):
        prepare_scene(task, robot, 0)
        attempt = Attempt(
            plan.name, "pick", task.instruction, 0, plan.source, 60, {"plan": plan.name}
        )
        episodes.append(run_episode(AdvisedPlan(plan, VOCABULARY), robot, attempt, task=task))
    assert all(episode.success for episode in episodes)
    learned = [step for episode in episodes for step in episode.steps if step.train]
    found = measure_agreement(episodes, GROUPS)["rejoin"]
    assert found["steps"] == len(learned)
    assert found["equal"] == sum(s.trace[ADVISED] == s.primitive.label for s in learned)
    assert found["share"] >= 0.9
    assert found["same_direction"] >= found["equal"]
