"""The simulated arm's geometry and its motions, by their properties."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cliprt.geometry import to_matrix
from cliprt_ur.testing.arm import HOME, Arm
from cliprt_ur.testing.drives import NoWayError, PathDrive, joint_path, straight_path
from cliprt_ur.testing.kinematics import JOINT_LIMIT_RAD, forward, inverse, nearest
from cliprt_ur.testing.profiles import Braking, Trapezoid
from cliprt_ur.testing.record import Record

angle = st.floats(-math.pi, math.pi)
joints = st.tuples(*[angle] * 6)
amount = st.floats(1e-3, 5.0)

UR5E = ((0.1625, 0, 90), (0, -0.425, 0), (0, -0.3922, 0), (0.1333, 0, 90), (0.0997, 0, -90))
UR5E = (*UR5E, (0.0996, 0, 0))
"""The maker's table: d [m], a [m], alpha [degrees]."""


def by_the_table(q):
    """The flange, link by link."""
    t = np.eye(4)
    for theta, (d, a, alpha) in zip(q, UR5E, strict=True):
        t = t @ to_matrix((0, 0, d, 0, 0, theta)) @ to_matrix((a, 0, 0, math.radians(alpha), 0, 0))
    return t


@given(joints)
def test_the_flange_is_where_the_makers_table_puts_it(q):
    assert np.abs(forward(q) - by_the_table(q)).max() < 1e-12


@settings(max_examples=300)
@given(joints)
@example(HOME)
@example((0.0,) * 6)
@example((0.3, -1.0, 0.0, 0.5, 0.7, 0.1))
@example((0.3, -1.0, 1.2, 0.5, 0.0, 0.1))
@example((0.3, -1.0, 1.2, 0.5, math.pi, 0.1))
def test_every_solution_brings_the_flange_there(q):
    flange = forward(q)
    found = inverse(flange, q[5])
    assert 1 <= len(found) <= 8
    for solution in found:
        assert np.abs(forward(solution) - flange).max() < 1e-9
        assert max(map(abs, solution)) <= math.pi + 1e-12


@given(joints)
def test_the_joints_it_came_from_are_among_the_solutions(q):
    # Where joints can trade their angles (a straight wrist or arm), others are as good.
    assume(min(abs(math.sin(q[4])), abs(math.sin(q[2]))) > 1e-3)
    off = [max(abs(math.remainder(a - b, math.tau)) for a, b in zip(s, q, strict=True))
           for s in inverse(forward(q), q[5])]  # fmt: skip
    assert min(off) < 1e-6


def turned(angle_rad, turns):
    """Whole turns further, where the joint may go so far."""
    further_rad = angle_rad + turns * math.tau
    return further_rad if abs(further_rad) <= JOINT_LIMIT_RAD else angle_rad


@given(joints, st.integers(-1, 1), st.integers(-1, 1))
def test_the_nearest_solution_keeps_its_turns(q, first, last):
    assume(min(abs(math.sin(q[4])), abs(math.sin(q[2]))) > 1e-2)
    near = (turned(q[0], first), *q[1:5], turned(q[5], last))
    assert nearest(forward(near), near) == pytest.approx(near, abs=1e-6)


@given(st.floats(1.2, 50.0), angle)
def test_beyond_its_reach_there_is_no_solution(far_m, direction):
    t = forward(HOME)
    t[:3, 3] = far_m * math.cos(direction), far_m * math.sin(direction), 0.3
    assert inverse(t) == []
    assert nearest(t, HOME) is None


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, 1e300])
def test_nonsense_has_no_solution(nonsense):
    t = forward(HOME)
    t[0, 3] = nonsense
    assert nearest(t, HOME) is None


@given(amount, amount, amount)
def test_a_trapezoid_comes_the_whole_way_within_its_limits(length, speed, acceleration):
    profile = Trapezoid(length, speed, acceleration)
    times = np.linspace(0, profile.duration, 101)
    ways = [profile.way(t) for t in times]
    assert (profile.way(0.0), profile.way(profile.duration)) == (0.0, length)
    assert profile.way(profile.duration + 1) == length
    assert np.diff(ways).min() >= 0
    paces = np.diff(ways) / np.diff(times)
    assert paces.max() <= speed * (1 + 1e-9)
    assert np.abs(np.diff(paces) / np.diff(times)[1:]).max() <= acceleration * (1 + 1e-6)
    assert profile.duration >= length / speed


@given(amount, amount)
def test_brakes_lead_to_rest(speed, deceleration):
    braking = Braking(speed, deceleration)
    assert braking.way(braking.duration) == pytest.approx(speed**2 / deceleration / 2)
    assert braking.way(braking.duration + 1) == braking.way(braking.duration)
    assert braking.pace(braking.duration) == pytest.approx(0, abs=1e-12)


@given(st.floats(0.0, 1.0), st.floats(0.1, 20.0))
def test_a_braked_motion_stays_on_its_path_and_can_be_resumed(share, deceleration):
    path, length = joint_path(HOME, [x + 0.5 for x in HOME])
    drive = PathDrive(path, length, 1.0, 2.0)
    duration_s = Trapezoid(length, 1.0, 2.0).duration
    q = drive.advance(HOME, share * duration_s, 1.0)
    drive.brake(deceleration)
    rest = drive.advance(q, 100.0, 1.0)
    assert drive.is_done
    offsets = np.subtract(rest, HOME)
    assert np.ptp(offsets) < 1e-9
    assert q[0] - 1e-12 <= rest[0] <= HOME[0] + 0.5 + 1e-12
    drive.resume()
    assert drive.advance(rest, 100.0, 1.0) == pytest.approx([x + 0.5 for x in HOME])
    assert drive.is_at_end


def test_a_path_out_of_reach_says_where():
    arm = Arm(Record())
    end = arm.pinch().copy()
    end[0, 3] -= 1.0
    path, _ = straight_path(arm.pinch(), end, arm.joints_at)
    assert path(0.0) == pytest.approx(HOME)
    with pytest.raises(NoWayError, match="no joint angles 90 % along the way"):
        path(0.9)


def run(arm, now_s, steps):
    """Let time pass, in steps of 2 ms."""
    for _ in range(steps):
        now_s += 0.002
        arm.step(now_s)


def test_an_arm_that_cannot_go_on_brakes():
    arm = Arm(Record())
    arm.place((0.0, -0.1, 0.2, -1.67, -1.57, 0.0))
    end = arm.pinch().copy()
    end[0, 3] -= 0.05
    path, length = straight_path(arm.pinch(), end, arm.joints_at)
    arm.begin("moveL", lambda: PathDrive(path, length, 0.01, 5.0))
    with pytest.raises(NoWayError):
        run(arm, arm.moved_s, 1000)
    before = arm.joints
    run(arm, arm.moved_s, 30)
    assert not arm.is_moving
    assert 0 < np.abs(np.subtract(arm.joints, before)).max() < 0.2


def test_a_singularity_on_the_way_is_a_reason_to_stop():
    arm = Arm(Record())
    arm.place((0.0, -1.2, 1.5, -1.9, 0.02, 0.0))
    end = arm.pinch().copy()
    turn = to_matrix((0, 0, 0, 0.3, 0, 0))
    end[:3, :3] = turn[:3, :3] @ end[:3, :3]
    path, length = straight_path(arm.pinch(), end, arm.joints_at)
    arm.begin("moveL", lambda: PathDrive(path, length, 1.0, 5.0))
    run(arm, arm.moved_s, 1000)
    assert "a joint would turn at" in arm.violation
