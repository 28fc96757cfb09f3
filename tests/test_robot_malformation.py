"""What is no motion and no gripper state at all is said with its place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.robots.interface import find_malformation

wild = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-0.3, 0.3),
    st.sampled_from([0.0, -0.0, 1e308, 1e-320, 10**400, True, "0.1", None, 1j, np.float32(0.1)]),
)


@given(st.lists(wild, max_size=9), st.sampled_from(["open", "closed", None, "shut", 1, b"open"]))
def test_what_is_malformed_is_said_in_one_line_and_the_rest_are_seven_numbers(motion, gripper):
    why = find_malformation(motion, gripper)
    if why is None:
        assert len(motion) == 7
        assert all(math.isfinite(x) for x in motion)
        assert gripper in ("open", "closed", None)
    else:
        assert "\n" not in why
        assert why.startswith(("motion: ", "gripper: "))


@pytest.mark.parametrize(
    ("motion", "words"),
    [
        ("ab", "motion: 'ab' is not a sequence of 7 numbers"),
        ((0.0,) * 3, "motion: 3 numbers, expected 7"),
        ((0, 0, math.nan, 0, 0, 0, 0), "motion: number 2 is nan, not finite"),
        ((0, 0, 0, 10**400, 0, 0, 0), "motion: number 3 is <int>, not finite"),
        ((0, True, 0, 0, 0, 0, 0), "motion: number 1 is <bool>, not a real number"),
    ],
)
def test_what_is_no_motion_is_said_with_its_place(motion, words):
    assert find_malformation(motion, None) == words
