"""STD: every plan ends where the demonstration ended, and only what is right is learned."""

import math

import numpy as np
import pytest
from fake_robot import HOME
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.augmenters.decompose import can_reorder, decompose
from cliprt.augmenters.std import (
    DiversifyAugmenter,
    RecoverAugmenter,
    StdAugmenter,
    split_at_waypoints,
)
from cliprt.augmenters.units import sum_motions, to_units
from cliprt.errors import UsageError
from cliprt.geometry import apply_motion, distance, invert_motion
from cliprt.types import Demonstration, Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import nearest

VOCABULARY = ClipRt58Vocabulary()
ENTRIES = VOCABULARY.primitives
GRIPPER = [p for p in ENTRIES if p.gripper]


def shown(episode, primitives):
    return Demonstration(episode, "task", 0, tuple(primitives))


def exact(axis, amount):
    motion = [0.0] * 7
    motion[axis] = amount
    return nearest(VOCABULARY, motion) or Primitive(None, "as said", tuple(motion))


entries = st.sampled_from(ENTRIES)
straight = st.sampled_from([p for p in ENTRIES if not any(p.motion[3:])])
spoken = st.builds(exact, st.integers(0, 2), st.floats(-0.25, 0.25, width=32))
demonstrations = st.lists(entries | straight | spoken, max_size=25)
decompositions = st.sampled_from(["paper", "coarse"])


def end_of(primitives, start=HOME):
    pose, grippers = start, []
    for primitive in primitives:
        pose = apply_motion(pose, primitive.motion)
        grippers += [primitive.gripper] if primitive.gripper else []
    return pose, grippers


def same_place(a, b):
    metres, radians = distance(a, b)
    return metres < 1e-9 and radians < 1e-7


def test_units_are_exact_for_every_entry():
    for entry in ENTRIES:
        units = to_units(entry.motion)
        assert sum(map(abs, units)) in (0, 100, 500, 1000, 2000, 1500, 4500, 9000)
    assert to_units((0.3 - 0.2, -0.00019, 0, math.radians(44.996), 0, 0, 0)) == (
        1000,
        -1,
        0,
        4499,
        0,
        0,
        0,
    )
    assert sum_motions([]) == (0.0,) * 7


@settings(max_examples=50, deadline=None)
@given(demonstrations, st.integers(0, 5))
def test_segments_join_to_the_demonstration(primitives, keep_last):
    segments = split_at_waypoints(primitives, keep_last)
    assert [p for s in segments for p in s.primitives] == primitives
    assert [s.change for s in segments if s.change] == [p for p in primitives if p.gripper]
    for segment in segments:
        assert not any(p.gripper for p in (*segment.approach, *segment.finish))
        assert len(segment.finish) == keep_last or not segment.approach


def test_which_motions_commute():
    forward, roll, yaw, twist = (exact(axis, 0.1) for axis in (0, 3, 5, 6))
    assert can_reorder([forward, yaw, twist, yaw])
    assert not can_reorder([forward, roll, yaw])
    a, b = end_of([forward, yaw, twist]), end_of([twist, forward, yaw])
    assert same_place(a[0], b[0])


@settings(max_examples=100, deadline=None)
@given(st.lists(straight | spoken, min_size=1, max_size=12), decompositions, st.integers(0, 99))
def test_a_decomposition_has_the_same_sum_and_stays_in_the_box(primitives, mode, seed):
    steps = decompose(primitives, VOCABULARY, mode, np.random.default_rng(seed))
    if steps is None:  # some axis moves by less than the smallest entry
        total = np.abs(sum_motions(p.motion for p in primitives))
        assert ((total > 0) & (total < 0.01)).any()
        return
    total, new = (sum_motions(p.motion for p in ps) for ps in (primitives, steps))
    assert to_units(new) == to_units(total)
    np.testing.assert_allclose(new, total, atol=1e-11)
    path = np.cumsum([p.motion[:3] for p in steps], axis=0) if steps else np.zeros((1, 3))
    low, high = np.minimum(0, total[:3]), np.maximum(0, total[:3])
    assert (path >= low - 1e-9).all()
    assert (path <= high + 1e-9).all()
    for step in steps:
        assert step.label == nearest(VOCABULARY, step.motion).label


def test_coarse_takes_large_steps_first_and_paper_any():
    way = [exact(1, 0.2), exact(1, 0.1), exact(0, -0.01), exact(1, 0.06)]
    rngs = [np.random.default_rng(i) for i in range(20)]
    coarse = [decompose(way, VOCABULARY, "coarse", rng) for rng in rngs]
    paper = [decompose(way, VOCABULARY, "paper", rng) for rng in rngs]
    assert {len(steps) for steps in coarse} == {5}
    for steps in coarse:
        assert [p.motion[1] for p in steps if p.motion[1]] == [0.2, 0.1, 0.05, 0.01]
    assert len({tuple(p.label for p in steps) for steps in coarse}) > 2
    assert max(len(steps) for steps in paper) > 5


@settings(max_examples=60, deadline=None)
@given(demonstrations, decompositions, st.integers(0, 99))
def test_diversified_plans_end_where_the_demonstration_ended(primitives, mode, seed):
    augmenter = DiversifyAugmenter(VOCABULARY, decomposition=mode)
    plans = augmenter.plan(shown("e", primitives), np.random.default_rng(seed))
    assert len(plans) <= 3
    pose, grippers = end_of(primitives)
    for plan in plans:
        steps = [s.primitive for s in plan.steps]
        new_pose, new_grippers = end_of(steps)
        assert same_place(pose, new_pose)
        assert grippers == new_grippers
        assert steps != primitives
        assert all(s.train for s in plan.steps)
        assert {s.label for s in steps} <= {*range(58), *(p.label for p in primitives)}
        old, new = split_at_waypoints(primitives, 3), split_at_waypoints(steps, 3)
        for before, after in zip(old, new, strict=True):
            assert before.change == after.change
            assert after.primitives[-len(before.finish) - bool(before.change) :] == (
                *before.finish,
                *((before.change,) if before.change else ()),
            ) or not (before.finish or before.change)
    assert plans == augmenter.plan(shown("e", primitives), np.random.default_rng(seed))


@settings(max_examples=60, deadline=None)
@given(demonstrations, st.integers(0, 99))
def test_every_deviation_is_undone_and_only_the_undoing_is_learned(primitives, seed):
    augmenter = RecoverAugmenter(VOCABULARY)
    plans = augmenter.plan(shown("e", primitives), np.random.default_rng(seed))
    assert len(plans) == (2 if primitives else 0)
    for plan in plans:
        steps = list(plan.steps)
        learned = [i for i, step in enumerate(steps) if step.train]
        assert len(learned) == 2 * len(split_at_waypoints(primitives, 3))
        assert [s.primitive for i, s in enumerate(steps) if {i, i + 1}.isdisjoint(learned)] == (
            list(primitives)
        )
        for i in learned:
            out, back = steps[i - 1].primitive, steps[i].primitive
            assert not steps[i - 1].train
            assert back.motion == invert_motion(out.motion)
            assert abs(sum(out.motion)) in (0.01, 0.05, 0.1)
            assert out.motion[2] >= 0
            left = [j for j in range(i + 1, len(steps)) if {j, j + 1}.isdisjoint(learned)]
            grippers = [bool(steps[j].primitive.gripper) for j in left]
            assert (grippers.index(True) if True in grippers else len(left)) <= 3
        assert same_place(end_of(primitives)[0], end_of([s.primitive for s in steps])[0])
    assert plans == augmenter.plan(shown("e", primitives), np.random.default_rng(seed))


def test_the_last_waypoint_is_deviated_from_before_the_last_action():
    for seed in range(30):
        (plan,) = RecoverAugmenter(VOCABULARY, recoveries=1).plan(
            shown("e", [ENTRIES[5]] * 6), np.random.default_rng(seed)
        )
        assert not plan.steps[-1].train


def test_std_is_both_halves_under_one_name():
    way = [ENTRIES[i] for i in (5, 13, 6, 14, 5, 13, 20, 56, 21, 5, 5, 5, 5, 5)]
    plans = StdAugmenter(VOCABULARY).plan(shown("demo", way), np.random.default_rng(0))
    names = ["diversify-0", "diversify-1", "diversify-2", "recover-0", "recover-1"]
    assert [plan.name for plan in plans] == names
    assert {(plan.source, plan.episode) for plan in plans} == {("std", "demo")}
    assert len({plan.steps for plan in plans}) == 5


def test_nothing_new_means_no_plan():
    augmenter = DiversifyAugmenter(VOCABULARY)
    assert augmenter.plan(shown("e", []), np.random.default_rng(0)) == []
    assert augmenter.plan(shown("e", [ENTRIES[5]] * 3), np.random.default_rng(0)) == []


def test_what_does_not_commute_is_kept():
    roll, yaw = exact(3, math.pi / 4), exact(5, math.pi / 4)
    way = [roll, yaw, exact(0, 0.1), exact(0, 0.1), *[exact(2, 0.01)] * 3]
    assert DiversifyAugmenter(VOCABULARY).plan(shown("e", way), np.random.default_rng(0)) == []


class CoarseVocabulary(ActionVocabulary):
    """One direction, one size."""

    name = "coarse"
    primitives = (Primitive(0, "forward", (0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),)


@pytest.mark.parametrize("amount", [0.19, 0.39, -0.2])
def test_a_sum_that_the_vocabulary_cannot_make_is_kept(amount):
    assert (
        decompose([exact(0, amount)], CoarseVocabulary(), "coarse", np.random.default_rng(0))
        is None
    )


def test_other_vocabularies_work():
    way = [Oxe50Vocabulary().primitives[i] for i in (5, 13, 6, 14, 5, 13, 20)]
    assert StdAugmenter(Oxe50Vocabulary()).plan(shown("e", way), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: DiversifyAugmenter(VOCABULARY, decomposition="corse"), "Did you mean 'coarse'"),
        (lambda: DiversifyAugmenter(VOCABULARY, variants=-1), "variants is -1; expected a whole"),
        (lambda: RecoverAugmenter(VOCABULARY, recoveries=1.5), "recoveries is 1.5"),
        (lambda: RecoverAugmenter(CoarseVocabulary()), "no translations of"),
        (lambda: StdAugmenter(VOCABULARY, magnitudes_cm=(3,)), r"Choose magnitudes_cm"),
    ],
)
def test_options_that_make_no_sense_are_explained(build, text):
    with pytest.raises(UsageError, match=text):
        build()
