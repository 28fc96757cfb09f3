"""The policy agent: the best primitive, each at most once per place."""

import numpy as np
import pytest

from cliprt.errors import CheckpointError
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import PolicyAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.testing.fakes import FakeRobot
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
LABELS = {p.phrase: p.label for p in VOCABULARY.primitives}
LEFT = LABELS["move the arm to the left by ten centimeters"]
RIGHT = LABELS["move the arm to the right by ten centimeters"]
DOWN = LABELS["lower the arm by twenty centimeters"]
CLOSE = LABELS["close the gripper"]


def scores(**best):
    values = np.zeros(58)
    for phrase, value in best.items():
        values[{"left": LEFT, "right": RIGHT, "down": DOWN, "close": CLOSE}[phrase]] = value
    return values


def oscillating(observation, instruction):
    """Left from the right, right from the left: an endless loop."""
    if observation.tcp_pose[1] > 0.05:
        return scores(right=2, close=1)
    return scores(left=2, down=1)


def run(score, max_steps=8, **options):
    agent = PolicyAgent(score, VOCABULARY, **options)
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    episode = run_episode(
        agent, gate, instruction="go", max_steps=max_steps, episode_id="e", source="clip_rt"
    )
    return agent, gate, episode, [s.primitive.label for s in episode.steps]


def test_loops_are_broken():
    _, _, _, labels = run(oscillating, max_steps=5)
    # at the start, left of it, start again: left was tried, so down; and so on
    assert labels == [LEFT, RIGHT, DOWN, LEFT, RIGHT]
    _, _, _, labels = run(oscillating, break_loops=False)
    assert labels == [LEFT, RIGHT] * 4


def test_a_refused_primitive_is_not_tried_again_at_that_place():
    def down(observation, instruction):
        return scores(down=2, left=1)

    _, _, episode, labels = run(down, max_steps=4)
    assert labels == [DOWN, DOWN, LEFT, DOWN]
    assert [bool(s.outcome.refused) for s in episode.steps] == [False, True, False, True]
    _, _, episode, _ = run(down, break_loops=False, max_steps=40)
    assert episode.meta["end"] == "refused"


def test_the_gripper_state_is_part_of_the_place():
    _, _, _, labels = run(lambda observation, _: scores(close=2, left=1), max_steps=3)
    assert labels == [CLOSE, CLOSE, LEFT]


def test_a_new_episode_forgets_the_old_places():
    agent, gate, _, labels = run(lambda *_: scores(close=2, left=1), max_steps=1)
    episode = run_episode(agent, gate, instruction="go", max_steps=1, episode_id="e", source="p")
    assert [s.primitive.label for s in episode.steps] == labels == [CLOSE]


def test_minus_infinity_forbids():
    values = np.full(58, -np.inf)
    values[LEFT] = -3.0
    _, _, episode, labels = run(lambda *_: values, max_steps=60)
    assert set(labels) == {LEFT}
    assert episode.meta["end"] == "gave_up" or len(labels) == 60
    values[LEFT] = -np.inf
    _, _, episode, labels = run(lambda *_: values)
    assert (labels, episode.meta["end"]) == ([], "gave_up")


def test_the_policy_hears_the_instruction_and_sees_the_observation():
    seen = []

    def score(observation, instruction):
        seen.append((observation.images["front"].shape, instruction))
        return list(scores(left=1))

    run(score, max_steps=1)
    assert seen == [((8, 8, 3), "go")]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.zeros(50), r"shape \(50,\); expected 58 numbers"),
        (np.full(58, np.nan), "that hold NaN"),
    ],
)
def test_bad_scores_are_explained(values, text):
    with pytest.raises(CheckpointError, match=text):
        run(lambda *_: values)
