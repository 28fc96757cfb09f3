"""Poses and turns in every form that data sets write them in, against scipy and LAP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from cliprt.oxe import rotations
from cliprt.oxe.labels import poses_of
from cliprt.oxe.sets import find_set
from cliprt.oxe.standardise import to_euler

TURNS = Rotation.random(50, random_state=4)
HALF = Rotation.from_rotvec(np.pi * np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, 0.8]]))


def columns_of(turns):
    whole = np.tile(np.eye(4), (len(turns), 1, 1))
    whole[:, :3, :3] = turns.as_matrix()
    return whole.transpose(0, 2, 1).reshape(-1, 16)


FORMS = {
    "from_vectors": lambda turns: turns.as_rotvec(),
    "from_quaternions": lambda turns: 3 * turns.as_quat(),
    "from_euler": lambda turns: turns.as_euler("xyz"),
    "from_euler_zxy": lambda turns: turns.as_euler("zxy"),
    "from_matrices": lambda turns: turns.as_matrix(),
    "from_matrix_columns": columns_of,
}


@pytest.mark.parametrize("turns", [TURNS, HALF, Rotation.identity(3)], ids=["any", "half", "none"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:Gimbal")
def test_every_form_is_read_as_scipy_writes_it(form, turns):
    found = getattr(rotations, form)(FORMS[form](turns))
    np.testing.assert_allclose((Rotation.from_quat(found) * turns.inv()).magnitude(), 0, atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)


def test_one_turn_after_another_and_back():
    a, b = TURNS[:25], TURNS[25:]
    found = rotations.multiplied(a.as_quat(), rotations.inverted(b.as_quat()))
    expected = (a * b.inv()).as_rotvec()
    np.testing.assert_allclose(rotations.to_vectors(found), expected, atol=1e-12)


def test_published_angles_are_roll_pitch_and_yaw():
    np.testing.assert_allclose(to_euler(TURNS.as_quat()), TURNS.as_euler("xyz"), atol=1e-9)


@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero)")
def test_what_is_no_turn_is_not_a_number():
    for numbers in (np.zeros((1, 4)), np.full((1, 4), np.nan), np.full((1, 4), np.inf)):
        assert np.isnan(rotations.to_vectors(rotations.from_quaternions(numbers))).any()
    assert np.isnan(rotations.from_vectors(np.full((1, 3), np.inf))).any()
    assert np.isnan(rotations.from_matrices(np.full((1, 3, 3), np.nan))).any()


SEEN = np.load(Path(__file__).with_name("fixtures") / "oxe_observed.npz")


@pytest.mark.parametrize("name", dict.fromkeys(key.split("|")[0] for key in SEEN.files))
def test_the_hand_is_where_others_find_it(name):
    one = find_set(name)
    columns = {
        f"steps/{key.removeprefix(f'{name}|')}": SEEN[key]
        for key in SEEN.files
        if key.startswith(f"{name}|") and ">" not in key
    }
    expected = SEEN[f"{name}|>pose"]
    poses = poses_of(one, columns)[-len(expected) :]
    np.testing.assert_allclose(poses[:, :3], expected[:, :3], atol=1e-6)
    if name in ("jaco_play", "dlr_edan_shared_control_converted_externally_to_rlds"):
        return  # it does not turn; its angles are taken as scipy writes them
    apart = Rotation.from_rotvec(poses[:, 3:]) * Rotation.from_euler("xyz", expected[:, 3:]).inv()
    np.testing.assert_allclose(apart.magnitude(), 0, atol=2e-5)
