"""What the configuration forbids is refused, with the limit and the value in words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import (
    apply_motion,
    from_matrix,
    motion_between,
    rotation_about,
    rotation_vector,
    to_matrix,
)
from cliprt_ur.config import Limits
from cliprt_ur.frames import tilt_rad
from cliprt_ur.limits import find_violation

LIMITS = Limits()
DOWN = (0.45, 0.0, 0.25, 0.0, math.pi, 0.0)


def violation(motion, start=DOWN, limits=LIMITS):
    return find_violation(start, motion, apply_motion(start, motion), limits)


@pytest.mark.parametrize(
    ("motion", "words"),
    [
        ((0.21, 0, 0, 0, 0, 0, 0), "step: 0.210 m long, above the arm's limit 0.200 m"),
        ((0.15, 0.15, 0, 0, 0, 0, 0), "step: 0.212 m long, above the arm's limit 0.200 m"),
        ((0, 0, 0, 0, 0, 0, 1.6), "step: turns 91.7 degrees, above the arm's limit 90.0"),
        ((0, 0, 0, 0, 0.8, 0, -0.8), "step: turns 91.7 degrees, above the arm's limit 90.0"),
        ((0, 0, -0.2, 0, 0, 0, 0), None),
    ],
)
def test_a_step_is_refused_with_its_value_and_the_limit(motion, words):
    assert violation(motion) == words


@pytest.mark.parametrize(
    ("start", "motion", "words"),
    [
        (
            (0.65, 0, 0.25),
            (0.1, 0, 0),
            "workspace: x would be 0.750 m, above the arm",
        ),
        ((0.25, 0, 0.25), (-0.1, 0, 0), "workspace: x would be 0.150 m, below the arm's limit 0.2"),
        ((0.45, 0.35, 0.25), (0, 0.1, 0), "workspace: y would be 0.450 m, above the arm's limit"),
        ((0.45, -0.35, 0.25), (0, -0.1, 0), "workspace: y would be -0.450 m, below the arm's"),
        (
            (0.45, 0, 0.45),
            (0, 0, 0.1),
            "workspace: z would be 0.550 m, above the arm",
        ),
        (
            (0.45, 0, 0.05),
            (0, 0, -0.1),
            "workspace: z would be -0.050 m, below the arm",
        ),
    ],
)
def test_each_wall_of_the_box_is_named_with_its_value(start, motion, words):
    said = violation((*motion, 0, 0, 0, 0), start=(*start, *DOWN[3:]))
    assert said is not None
    assert said.startswith(words)


def test_from_outside_the_box_only_what_leads_back_is_allowed():
    outside = (0.80, 0.0, 0.25, *DOWN[3:])
    assert violation((-0.05, 0, 0, 0, 0, 0, 0), start=outside) is None
    assert violation((0.01, 0, 0, 0, 0, 0, 0), start=outside)
    assert violation((0, 0.05, 0, 0, 0, 0, 0), start=outside)
    assert violation((-0.15, 0, 0.30, 0, 0, 0, 0), start=outside)
    assert violation((0, 0, 0, 0, 0, 0, 0), start=outside) is None


def test_a_pose_measured_on_the_wall_can_move_along_it():
    measured = (0.7004, 0.0, 0.25, *DOWN[3:])
    assert violation((0, 0.05, 0, 0, 0, 0, 0), start=measured) is None
    assert violation((0.001, 0, 0, 0, 0, 0, 0), start=measured)


def test_a_tool_that_leans_too_far_is_refused_and_led_back():
    limits = Limits(max_tilt_deg=40.0)
    tilt = (0.0, 0.0, 0.0, 0.0, math.radians(45), 0.0, 0.0)
    back = tuple(-x for x in tilt)
    said = violation(tilt, limits=limits)
    assert said == (
        "tilt: the tool would lean 45.0 degrees from straight down, above the arm's limit 40.0"
    )
    leaning = apply_motion(DOWN, tilt)
    assert violation(back, start=leaning, limits=limits) is None
    assert violation((0, 0, 0.05, 0, 0, 0, 0), start=leaning, limits=limits)
    assert violation((0, 0, 0, 0, 0, 0, 0.5), limits=limits) is None


def test_the_tilt_is_looked_at_along_the_way_not_only_at_the_end():
    """A turn about a leaning axis: both ends lean 64 degrees, halfway it is 70."""
    lean = rotation_about(1, math.radians(40 - 180))
    out = to_matrix((0, 0, 0, *rotation_vector(lean @ rotation_about(1, math.radians(30)))))
    start, end = (
        from_matrix(to_matrix((*DOWN[:3], *turn)) @ out)
        for turn in (math.radians(side) * lean[:3, 2] for side in (-45, 45))
    )
    limits = Limits(max_tilt_deg=65.0, max_step_deg=180.0)
    motion = motion_between(start, end)
    assert math.degrees(tilt_rad(start)) < 64.5
    assert math.degrees(tilt_rad(apply_motion(start, motion))) < 64.5
    said = violation(motion, start=start, limits=limits)
    assert said is not None
    assert said.startswith("tilt: the tool would lean 70.0 degrees from straight down")


inside = st.tuples(st.floats(0.2, 0.7), st.floats(-0.4, 0.4), st.floats(0.02, 0.5))
motions = st.tuples(*[st.floats(-0.25, 0.25)] * 3, *[st.floats(-1.0, 1.0)] * 4)


@given(inside, motions, st.floats(0, 360))
def test_from_inside_nothing_allowed_leads_outside_or_too_far(position, motion, yaw_deg):
    start = apply_motion((*position, *DOWN[3:]), (0, 0, 0, 0, 0, math.radians(yaw_deg), 0))
    if violation(motion, start=start) is not None:
        return
    target = apply_motion(start, motion)
    assert all(
        low - 1e-5 <= x <= high + 1e-5
        for x, low, high in zip(target[:3], LIMITS.lower, LIMITS.upper, strict=True)
    )
    assert math.dist(start[:3], target[:3]) <= LIMITS.max_step_m + 1e-5
    assert math.degrees(tilt_rad(target)) <= LIMITS.max_tilt_deg + 1e-3


@given(
    st.tuples(st.floats(-1, 1.5), st.floats(-1, 1), st.floats(-1, 1.5)),
    st.tuples(*[st.floats(-0.2, 0.2)] * 3, *[st.floats(-0.3, 0.3)] * 4),
)
def test_from_anywhere_nothing_allowed_leads_further_outside(position, motion):
    def outside_m(pose):
        return max(
            max(low - x, x - high, 0.0)
            for x, low, high in zip(pose[:3], LIMITS.lower, LIMITS.upper, strict=True)
        )

    start = (*position, *DOWN[3:])
    if violation(motion, start=start) is None:
        assert outside_m(apply_motion(start, motion)) <= outside_m(start) + 1e-5
