"""Demonstrations in small motions, and what lerobot's policies are told of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import apply_motion, distance, to_matrix
from cliprt.registry import load
from cliprt.testing.augmenter import check_augmenter
from cliprt.types import Demonstration, Primitive
from cliprt_lerobot.dense import DenseAugmenter, cut

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))
from rival_inputs import policy_action, policy_state

VOCABULARY = load("vocabulary", "clip_rt_58")()
HOME = (0.45, 0.0, 0.25, 0.0, np.pi, 0.0)


def test_augmenter_keeps_the_contract():
    check_augmenter(DenseAugmenter(VOCABULARY), VOCABULARY)


@given(st.sampled_from(VOCABULARY.primitives), st.floats(0.002, 0.05), st.floats(0.02, 0.5))
def test_pieces_lead_where_the_motion_does(primitive, piece_m, piece_rad):
    pieces, pose = list(cut(primitive, piece_m, piece_rad)), HOME
    for piece in pieces:
        motion = np.array(piece.motion)
        assert np.linalg.norm(motion[:3]) <= piece_m * 1.001
        assert abs(motion[3:]).max() <= piece_rad * 1.001
        pose = apply_motion(pose, piece.motion)
    metres, angle = distance(pose, apply_motion(HOME, primitive.motion))
    assert metres < 1e-9
    assert angle < 1e-6
    assert [piece.gripper for piece in pieces] == [None] * (len(pieces) - 1) + [primitive.gripper]


def test_a_demonstration_becomes_one_plan_in_its_own_scene():
    left = Primitive(0, "left", (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0))
    close = Primitive(1, "close the gripper", gripper="closed")
    demonstration = Demonstration("pick-0", "pick", 7, (left, close))
    (plan,) = DenseAugmenter(VOCABULARY, piece_cm=2.5).plan(demonstration, np.random.default_rng(0))
    assert plan.scene_seed is None
    assert plan.source == "dense"
    assert [step.primitive.gripper for step in plan.steps] == [None, None, "closed"]
    assert all(step.train for step in plan.steps)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_state_says_the_turn_without_a_jump(vector):
    recorded = np.array([0.4, 0.1, 0.2, *vector, 1.0])
    state = policy_state(recorded, 2, 3)
    columns = to_matrix(recorded[:6])[:3, :2]
    assert pytest.approx(columns, abs=1e-5) == state[3:9].reshape(2, 3).T
    assert state[9:].tolist() == [1.0, 0.0, 0.0, 1.0]
    # Half a turn about an axis, and about its opposite, is one and the same.
    one, other = (policy_state(np.array([0, 0, 0, 0, a, 0, 1.0]), 0, 1) for a in (np.pi, -np.pi))
    assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize(
    ("asked", "is_open", "wanted"), [(0, 1, 1), (0, 0, -1), (1, 0, 1), (-1, 1, -1)]
)
def test_gripper_is_told_at_every_frame(asked, is_open, wanted):
    assert policy_action(np.array([0, 0, 0, 0, 0, 0, 0, asked]), is_open)[7] == wanted
