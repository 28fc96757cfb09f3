"""Between the user's frame and Base: every direction, every base rotation, radians once."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import apply_motion, distance, rotation_vector, to_matrix
from cliprt_ur.frames import base_turn_rad, tilt_rad, to_base, to_user

angles = st.floats(-math.pi, math.pi)
lengths = st.floats(-1.5, 1.5)
poses = st.tuples(lengths, lengths, lengths, angles, angles, angles)

FORWARD, LEFT, UP = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
IN_BASE = {
    0: {FORWARD: (1, 0, 0), LEFT: (0, 1, 0), UP: (0, 0, 1)},
    90: {FORWARD: (0, 1, 0), LEFT: (-1, 0, 0), UP: (0, 0, 1)},
    180: {FORWARD: (-1, 0, 0), LEFT: (0, -1, 0), UP: (0, 0, 1)},
    -90: {FORWARD: (0, -1, 0), LEFT: (1, 0, 0), UP: (0, 0, 1)},
    270: {FORWARD: (0, -1, 0), LEFT: (1, 0, 0), UP: (0, 0, 1)},
}


@pytest.mark.parametrize("degrees", IN_BASE)
@pytest.mark.parametrize("direction", [FORWARD, LEFT, UP])
def test_each_direction_of_the_user_is_where_it_belongs_in_base(degrees, direction):
    base = to_base((*direction, 0.0, 0.0, 0.0), base_turn_rad(degrees))
    assert base[:3] == pytest.approx(IN_BASE[degrees][direction], abs=1e-15)
    assert base[3:] == pytest.approx((0, 0, math.radians(math.remainder(degrees, 360))), abs=1e-12)


@pytest.mark.parametrize("degrees", IN_BASE)
def test_a_turn_about_an_axis_is_a_turn_about_the_same_axis_in_base(degrees):
    """Roll, pitch and yaw turn with their axes: 15 degrees are 15 degrees, with their sign."""
    turn_rad, start = base_turn_rad(degrees), (0.4, 0.1, 0.3, 0.3, 3.0, -0.2)
    for index, direction in enumerate((FORWARD, LEFT, UP)):
        motion = [0.0] * 7
        motion[3 + index] = math.radians(15)
        before = to_matrix(to_base(start, turn_rad))
        after = to_matrix(to_base(apply_motion(start, motion), turn_rad))
        turned = rotation_vector(after[:3, :3] @ before[:3, :3].T)
        axis = np.array(IN_BASE[degrees][direction])
        assert turned == pytest.approx(math.radians(15) * axis, abs=1e-9)
        assert after[:3, 3] == pytest.approx(before[:3, 3], abs=1e-12)


@given(poses, st.floats(-360, 360))
def test_there_and_back_is_the_same_pose(pose, degrees):
    turn_rad = base_turn_rad(degrees)
    metres, radians = distance(to_user(to_base(pose, turn_rad), turn_rad), pose)
    assert metres < 1e-12
    assert radians < 1e-7


@given(poses, poses, st.floats(-360, 360))
def test_distances_and_heights_and_tilts_are_the_same_in_both_frames(a, b, degrees):
    turn_rad = base_turn_rad(degrees)
    base_a, base_b = to_base(a, turn_rad), to_base(b, turn_rad)
    assert distance(base_a, base_b) == pytest.approx(distance(a, b), abs=1e-6)
    assert base_a[2] == a[2]
    assert tilt_rad(base_a) == pytest.approx(tilt_rad(a), abs=1e-7)


@given(st.floats(-1e-7, 1e-7), st.floats(0, 2 * math.pi), st.floats(-180, 180))
def test_near_half_a_turn_either_sign_of_the_axis_is_the_same_pose(over, azimuth, degrees):
    """A tool straight down is turned by pi: +v and -v, and a little beyond, are one orientation."""
    axis = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    one = (0.4, 0.0, 0.2, *((math.pi + over) * axis))
    other = (0.4, 0.0, 0.2, *((over - math.pi) * axis))
    turn_rad = base_turn_rad(degrees)
    assert np.less(distance(to_base(one, turn_rad), to_base(other, turn_rad)), (1e-12, 1e-7)).all()
    assert distance(to_user(to_base(one, turn_rad), turn_rad), other)[1] < 1e-6


@given(st.floats(-3600, 3600))
def test_degrees_become_radians_once_within_half_a_turn(degrees):
    turn_rad = base_turn_rad(degrees)
    assert -math.pi <= turn_rad <= math.pi
    assert math.cos(turn_rad) == pytest.approx(math.cos(degrees * math.pi / 180), abs=1e-9)
    assert math.sin(turn_rad) == pytest.approx(math.sin(degrees * math.pi / 180), abs=1e-9)


@pytest.mark.parametrize(
    ("rotation", "degrees"),
    [
        ((math.pi, 0, 0), 0),
        ((0, math.pi, 0), 0),
        ((0, 0, 0), 180),
        ((math.pi / 2, 0, 0), 90),
        ((0, math.pi - math.radians(30), 0), 30),
    ],
)
def test_the_tilt_is_told_from_straight_down(rotation, degrees):
    assert math.degrees(tilt_rad((0.3, 0.2, 0.1, *rotation))) == pytest.approx(degrees, abs=1e-6)
