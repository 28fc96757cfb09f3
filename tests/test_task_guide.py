"""The guide leads anywhere, in few steps, in one order, and touches nothing on the way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.tasks.guide import (
    STEPS_M,
    Tolerance,
    align,
    approach,
    descend,
    longest_step,
    nearest_step,
    rise,
)

CLEAR_Z_M = 0.12
NEAR = Tolerance()
place = st.tuples(st.floats(0.2, 0.8), st.floats(-0.4, 0.4), st.floats(0.01, 0.4))


def follow(at, goal):
    """All places on the way and all motions."""
    places, motions = [at], []
    while (advice := approach(places[-1], goal, CLEAR_Z_M, NEAR)) and len(motions) < 40:
        motions.append(advice.motion[:3])
        places.append(tuple(a + d for a, d in zip(places[-1], motions[-1], strict=True)))
    return places, motions


@given(place, place)
def test_arrives_from_anywhere(at, goal):
    places, motions = follow(at, (*goal[:2], 0.03))
    error = [abs(a - b) for a, b in zip(places[-1], (*goal[:2], 0.03), strict=True)]
    assert max(error) <= 0.015 + 1e-9
    assert len(motions) <= 24


@given(place, place)
def test_moves_sideways_only_in_the_clear_and_first_y_then_x(at, goal):
    places, motions = follow(at, (*goal[:2], 0.03))
    axes = [next(i for i, d in enumerate(motion) if d) for motion in motions]
    for where, axis in zip(places, axes, strict=False):
        assert axis == 2 or where[2] >= CLEAR_Z_M
    sideways = [axis for axis in axes if axis != 2]
    assert sideways == sorted(sideways, reverse=True)


@given(st.floats(0.02, 0.5))
def test_descending_never_goes_below_the_tolerance(z):
    at = (0.4, 0.0, z)
    while advice := descend(at, 0.03, 0.01):
        at = (0.4, 0.0, at[2] + advice.motion[2])
    assert at[2] >= 0.02 - 1e-9


@given(st.floats(-0.6, 0.6))
def test_the_nearest_step_leaves_no_more_than_any_other(error):
    left = abs(error - nearest_step(error))
    for step in STEPS_M:
        assert left <= abs(error - math.copysign(step, error)) + 1e-6


def test_steps_of_halfway_errors_are_short():
    assert nearest_step(0.03) == 0.01
    assert nearest_step(-0.075) == -0.05
    assert longest_step(0.19, 0.01) == 0.20
    assert longest_step(0.19) == 0.10
    assert longest_step(0.001) == 0.01


def test_rising_gets_clear_in_one_short_motion_where_it_can():
    assert rise((0.4, 0, 0.08), 0.12).motion[2] == pytest.approx(0.05)
    assert rise((0.4, 0, 0.05), 0.12).motion[2] == pytest.approx(0.10)
    assert rise((0.4, 0, 0.01), 0.30).motion[2] == pytest.approx(0.20)


def test_above_the_goal_there_is_nothing_to_align():
    assert align((0.41, 0.01, 0.3), (0.4, 0.0, 0.0), NEAR) is None
