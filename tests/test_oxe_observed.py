"""The rule `observed`: what the second after a step is called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cliprt
from cliprt.geometry import apply_motion, to_matrix
from cliprt.oxe.observed import CLOSE, DROPPED, OPEN, observed_labels
from cliprt.vocabularies.grid import Oxe50Vocabulary

PRIMITIVES = Oxe50Vocabulary().primitives
HERE = np.array([0.5, -0.2, 0.1, 0, 0, 0])
HOME = (0.4, 0.1, 0.2, 0.3, -0.2, 2.5)


def test_close_and_open_are_those_of_the_vocabulary():
    assert (PRIMITIVES[CLOSE].gripper, PRIMITIVES[OPEN].gripper) == ("closed", "open")


@pytest.mark.parametrize("primitive", PRIMITIVES[:CLOSE], ids=lambda p: p.phrase)
def test_every_primitive_made_in_a_second_is_called_itself(primitive):
    for rate in (1, 10):
        done = [
            apply_motion(HOME, [number * min(1, step / rate) for number in primitive.motion])
            for step in range(2 * rate + 1)
        ]
        labels = observed_labels(done, np.ones(len(done)), rate)
        assert labels[0] == primitive.label
        assert set(labels[rate:]) == {DROPPED}


def walk(seed, steps=60):
    """Poses of a hand that wanders and turns, and a gripper that opens and closes now and then."""
    rng = np.random.default_rng(seed)
    speed = rng.normal(0, (0.01, 0.01, 0.01, 0.05, 0.05, 0.05), (steps // 12 + 1, 6))
    moves = np.repeat(speed * (rng.random((len(speed), 6)) < 0.5), 12, axis=0)[:steps]
    turned = np.cumsum(moves[:, 3:], axis=0)  # about fixed axes nearly; any path will do
    poses = np.concatenate([np.cumsum(moves[:, :3], axis=0) + 0.3, turned], axis=1)
    gripper = np.cumsum(rng.random(steps) < 0.04) % 2
    return poses, gripper.astype(float)


def mapped(labels, axes, signs):
    """Labels of a motion whose axis i became axis `axes[i]` with that sign."""
    found = labels.copy()
    for i, label in enumerate(labels):
        if 0 <= label < CLOSE:
            axis, amount = divmod(int(label), 8)
            found[i] = 8 * axes[axis] + (amount if signs[axis] > 0 else 7 - amount)
    return found


SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_a_mirrored_motion_has_the_mirrored_labels(seed):
    poses, gripper = walk(seed)
    signs = np.array([1, -1, 1, -1, 1, -1])  # left becomes right; turns go the other way round
    labels = observed_labels(poses, gripper, 10)
    found = observed_labels(poses * signs, gripper, 10)
    np.testing.assert_array_equal(found, mapped(labels, range(6), signs))


@given(SEEDS)
def test_another_base_frame_has_the_labels_of_its_axes(seed):
    poses, gripper = walk(seed)
    turned = poses[:, [1, 0, 2, 4, 3, 5]] * np.array([-1, 1, 1, -1, 1, 1])  # x' = -y, y' = x
    labels = observed_labels(poses, gripper, 10)
    found = observed_labels(turned, gripper, 10)
    expected = mapped(labels, (1, 0, 2, 4, 3, 5), (1, -1, 1, 1, -1, 1))
    np.testing.assert_array_equal(found, expected)


@given(SEEDS, st.integers(1, 59))
def test_what_was_before_changes_no_label(seed, start):
    poses, gripper = walk(seed)
    found = observed_labels(poses[start:] + HERE, gripper[start:], 10)
    np.testing.assert_array_equal(found, observed_labels(poses, gripper, 10)[start:])


@given(SEEDS)
def test_twice_the_steps_in_a_second_change_no_label(seed):
    poses, gripper = walk(seed)
    between = (poses[1:] + poses[:-1]) / 2
    finer = np.empty((2 * len(poses) - 1, 6))
    finer[::2], finer[1::2] = poses, between
    opened = np.repeat(gripper, 2)[1:]  # it changes right after a step
    labels = observed_labels(poses, gripper, 10)
    np.testing.assert_array_equal(observed_labels(finer, opened, 20)[::2], labels)


@given(SEEDS)
def test_the_way_back_has_the_opposite_labels(seed):
    poses, _ = walk(seed)
    still = np.ones(len(poses))
    there = observed_labels(poses, still, 10)[:-10]
    back = observed_labels(poses[::-1], still, 10)[:-10][::-1]
    np.testing.assert_array_equal(back, mapped(there, range(6), [-1] * 6))


@given(SEEDS, st.floats(0, 0.9))
def test_no_movement_is_no_label(seed, opened):
    rng = np.random.default_rng(seed)
    noise = rng.uniform(-1, 1, (40, 6)) * np.repeat([0.0025, 0.012], 3)
    poses = np.array([0.4, 0, 0.2, 3.1, 0, 0]) + noise
    assert set(observed_labels(poses, np.full(40, opened), 10)) == {DROPPED}


@given(SEEDS)
def test_transforms_are_as_good_as_vectors(seed):
    poses, gripper = walk(seed)
    transforms = np.array([to_matrix(pose) for pose in poses])
    labels = observed_labels(poses, gripper, 10)
    np.testing.assert_array_equal(observed_labels(transforms, gripper, 10), labels)


def test_a_turn_goes_on_across_half_a_turn():
    turn = np.linspace(np.pi - 0.4, np.pi + 0.4, 9)[:, None] * [0, 0, 1.0]
    poses = np.concatenate([np.zeros((9, 3)), np.where(turn > np.pi, turn - 2 * np.pi, turn)], 1)
    assert observed_labels(poses, np.ones(9), 8)[0] == 46  # yaw 45 degrees clockwise


def test_up_to_the_gripper_then_the_gripper_then_what_follows():
    poses = np.zeros((30, 6))
    poses[:, 2] = np.concatenate([np.linspace(0.08, 0, 11), np.zeros(9), np.linspace(0, 0.09, 10)])
    gripper = np.concatenate([np.ones(16), np.zeros(14)])  # closes after step 15
    labels = observed_labels(poses, gripper, 10)
    assert labels[0] == 17  # down 10 cm, and not what follows the gripper
    assert labels[8] == 19  # down 1 cm that is left
    assert labels[10:16].tolist() == [CLOSE] * 6  # at rest: the next that happens
    assert labels[16] == 21  # up 5 cm in the second after
    assert labels[-1] == DROPPED


def test_a_gripper_half_way_is_what_it_becomes():
    still = np.zeros((8, 6))
    for opened in ([1, 1, 0.5, 0.45, 0, 0, 0, 0], [1, 1, 0.55, 0, 0, 0.5, 0.5, 0.5]):
        assert observed_labels(still, opened, 1).tolist()[1:3] == [CLOSE, DROPPED]
    assert set(observed_labels(still, np.full(8, 0.5), 10)) == {DROPPED}
    assert observed_labels(still, [0, 0, 0, 1, 1, 1, 1, 1], 1)[2] == OPEN


def test_what_is_not_finite_is_dropped():
    poses, _ = walk(1)
    poses += np.arange(60)[:, None] * 0.02
    for bad in (np.nan, np.inf):
        broken = poses.copy()
        broken[20, 1] = broken[30, 4] = bad
        labels = observed_labels(broken, np.ones(60), 10)
        assert labels[30] == labels[20] == DROPPED
        assert (labels[:10] == observed_labels(poses, np.ones(60), 10)[:10]).all()
    assert observed_labels(np.zeros((0, 6)), [], 10).shape == (0,)


@pytest.mark.parametrize(
    ("poses", "gripper", "rate"),
    [
        (np.zeros((3, 5)), np.ones(3), 10),
        (np.zeros((3, 6)), np.ones(4), 10),
        (np.zeros((3, 6)), np.ones(3), 0),
        (np.zeros((3, 3, 3)), np.ones(3), 10),
    ],
)
def test_what_does_not_fit_together_is_told(poses, gripper, rate):
    with pytest.raises(ValueError, match="poses"):
        observed_labels(poses, gripper, rate)


def test_what_our_own_arm_was_told_is_what_it_is_seen_to_do():
    """A primitive is a second: of a simulated arm's measured poses, the rule says its phrase."""
    with cliprt.make_robot("pybullet", cameras=[]) as robot:
        poses, states, told = [robot.observe().tcp_pose], ["open"], []
        for one in (PRIMITIVES * 2)[::3]:
            if one.gripper == states[-1]:
                continue  # it is so already: nothing will be seen
            outcome = robot.execute(one.motion, one.gripper)
            if outcome.refused is None:
                poses.append(outcome.measured)
                states.append(one.gripper or states[-1])
                told.append(one.label)
    assert len(told) > 20
    is_open = np.array([state == "open" for state in states])
    assert observed_labels(np.array(poses), is_open, 1.0)[:-1].tolist() == told
