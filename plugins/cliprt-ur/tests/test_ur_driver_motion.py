"""A straight way in pieces, how near is near, and time that was slept through."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import distance, from_matrix, rotation_matrix, to_matrix
from cliprt_ur.driver.motion import (
    ARRIVED_M,
    ARRIVED_RAD,
    AWAKE_S,
    WAYPOINT_M,
    WAYPOINT_RAD,
    Silence,
    displacement,
    is_near,
    nearness,
    waypoints,
)

coordinates = st.floats(-1.0, 1.0)
angles = st.floats(-1.7, 1.7)


@st.composite
def poses(draw):
    turn = rotation_matrix([draw(angles), draw(angles), draw(angles)])
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = [draw(coordinates), draw(coordinates), draw(coordinates)]
    return from_matrix(pose)


@given(poses(), poses())
def test_a_way_is_asked_for_in_short_equal_pieces_up_to_its_very_end(start, target):
    way = waypoints(start, target)
    assert way[-1] == target
    length_m, angle_rad = distance(start, target)
    for before, after in zip([start, *way], way, strict=False):
        piece_m, piece_rad = distance(before, after)
        assert piece_m <= WAYPOINT_M + 1e-9
        assert piece_rad <= WAYPOINT_RAD + 1e-6
        assert piece_m == pytest.approx(length_m / len(way), abs=1e-9)
        assert piece_rad == pytest.approx(angle_rad / len(way), abs=1e-6)


@given(poses(), poses())
def test_a_way_is_straight(start, target):
    first, last = to_matrix(start)[:3, 3], to_matrix(target)[:3, 3]
    for pose in waypoints(start, target):
        off_m = np.linalg.norm(np.cross(last - first, np.array(pose[:3]) - first))
        assert off_m < 1e-9


def test_a_way_to_where_one_is_has_one_end():
    pose = (0.4, 0.1, 0.3, 0.0, math.pi, 0.0)
    assert waypoints(pose, pose) == [pose]


def test_two_writings_of_half_a_turn_are_one_place():
    down, same = (0.4, 0.1, 0.3, math.pi, 0.0, 0.0), (0.4, 0.1, 0.3, -math.pi, 0.0, 0.0)
    assert is_near(down, same, 1e-9, 1e-6)
    assert displacement(down, (0.4, 0.1, 0.31, math.pi, 0.0, 0.0)) == "10.0 mm and 0.0 degrees"


def test_time_without_a_turn_is_no_silence_of_the_other():
    silence = Silence(10.0)
    assert silence.go_on(10.01) == pytest.approx(0.01)
    assert silence.go_on(15.0) == pytest.approx(0.01 + AWAKE_S)
    silence.break_off()
    assert silence.go_on(15.02) == pytest.approx(0.02)


def test_a_small_motion_is_not_at_its_target_before_it_begins():
    start = (-0.4, -0.1, 0.3, 0.0, 3.0, 0.0)
    for off in ((0.0004, 0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0, 0.007, 0.0)):
        target = tuple(a + b for a, b in zip(start, off, strict=True))
        assert not is_near(start, target, *nearness(start, target))
        assert is_near(target, target, *nearness(start, target))
    assert nearness(start, (-0.3, *start[1:])) == (ARRIVED_M, ARRIVED_RAD)
