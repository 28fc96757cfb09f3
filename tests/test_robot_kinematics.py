"""The closed form agrees with itself, with a known pose, and with the simulated arm."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.geometry import rotation_matrix, to_matrix
from cliprt.robots.pybullet.kinematics import (
    D1,
    D4,
    D5,
    D6,
    TCP_OFFSET_M,
    forward,
    inverse,
    nearest,
    nearest_along,
)

ANGLE = st.floats(-math.pi, math.pi, allow_subnormal=False)


def test_two_thousand_random_poses_are_recovered():
    joints = np.random.default_rng(0).uniform(-math.pi, math.pi, (2000, 6))
    poses = forward(joints)
    solutions = inverse(poses)
    assert np.nanmax(np.abs(forward(solutions) - poses[:, None])) < 1e-9
    found = np.array([nearest(s, q) for s, q in zip(solutions, joints, strict=True)])
    assert np.abs(found - joints).max() < 1e-9


def test_the_arm_stretched_out_is_where_the_data_sheet_says():
    x, y, z = forward(np.zeros(6))[:3, 3]
    assert math.isclose(x, 0.425 + 0.3922)
    assert math.isclose(y, D4 + D6 + TCP_OFFSET_M)
    assert math.isclose(z, D1 - D5)


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[ANGLE] * 6))
def test_every_solution_reaches_the_pose(joints):
    pose = forward(np.array(joints))[None]
    solutions = inverse(pose, wrist_rad=joints[5])[0]
    reached = solutions[~np.isnan(solutions).any(axis=1)]
    assert len(reached)
    assert np.abs(forward(reached) - pose).max() < 1e-6


def test_the_nearest_branch_counts_whole_turns():
    joints = np.array([5.0, -1.7, 1.9, -1.8, -1.6, -4.0])
    found = nearest(inverse(forward(joints)[None])[0], joints)
    assert np.abs(found - joints).max() < 1e-9


def test_what_is_out_of_reach_has_no_solution():
    far = to_matrix((1.5, 0, 0.3, 0, math.pi, 0))
    assert nearest(inverse(far[None])[0], np.zeros(6)) is None


def test_a_singular_wrist_keeps_its_angle():
    joints = np.array([0.1, -1.7, 1.9, -1.8, 0.0, 0.7])
    found = nearest(inverse(forward(joints)[None], wrist_rad=0.7)[0], joints)
    assert abs(found[5] - 0.7) < 1e-9
    assert np.abs(forward(found) - forward(joints)).max() < 1e-9


def test_home_points_down_with_fingers_along_y():
    from cliprt.robots.pybullet.drive import HOME, HOME_JOINTS

    joints = nearest(inverse(to_matrix(HOME)[None])[0], HOME_JOINTS)
    turn = forward(joints)[:3, :3]
    assert np.allclose(turn @ (0, 0, 1), (0, 0, -1))
    assert np.allclose(turn @ (0, 1, 0), (0, 1, 0))
    assert np.allclose(turn, rotation_matrix((0, math.pi, 0)))
    assert np.abs(joints - HOME_JOINTS).max() < 2e-3


def test_a_way_is_solved_at_once_as_step_by_step():
    home = np.array([-0.301, -1.696, 1.913, -1.788, -1.571, 1.27])
    rng = np.random.default_rng(0)
    whole = 0
    for _ in range(200):
        ends = home + rng.uniform(-0.6, 0.6, (2, 6))
        solutions = inverse(forward(np.linspace(*ends, 20)), wrist_rad=float(home[5]))
        solutions[rng.random(solutions.shape[:2]) < 0.01] = np.nan  # branches end
        path, joints = [], ends[0]
        for several in solutions:
            joints = nearest(several, joints)
            path.append(joints)
        found = nearest_along(solutions, ends[0])
        whole += found is not None
        assert found is None or np.array_equal(found, path)
    assert 50 < whole < 200
    assert nearest_along(np.full((3, 8, 6), np.nan), home) is None
