"""What a server's numbers mean, by properties: steps lead where the numbers say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import ServerError, UsageError
from cliprt.geometry import apply_motion, distance, rotation_matrix, to_matrix
from cliprt.protocols.actions import MOST_ROWS, ActionSpec, tell_motion, to_steps
from cliprt.types import NO_MOTION, Observation

HOME = (0.4, 0.1, 0.3, 0.2, -0.3, 0.5)
EULER = ("x", "y", "z", "roll", "pitch", "yaw", "gripper")
VECTOR = ("x", "y", "z", "rx", "ry", "rz", "gripper")

small = st.floats(-0.9, 0.9)
chunks = st.lists(st.tuples(*[small] * 7), min_size=1, max_size=6).map(np.array)


def seen(gripper="open", pose=HOME):
    return Observation({}, pose, pose, (), gripper, 0.08, 0.0)


def end_of(steps, pose=HOME):
    for step in steps:
        pose = apply_motion(pose, step.primitive.motion)
    return pose


def near(a, b):
    metres, radians = distance(a, b)
    return metres < 1e-9 and radians < 1e-7


@given(chunks)
def test_small_motions_in_the_base_frame_are_our_own_numbers(rows):
    steps = to_steps(rows, seen(), ActionSpec(EULER, metres=0.1, radians=0.5, gripper="keep"))
    wanted = [(*row[:3] * 0.1, *row[3:6] * 0.5, 0.0) for row in rows if row[:6].any()]
    assert [step.primitive.motion for step in steps] == (wanted or [NO_MOTION])


@given(chunks)
def test_turns_by_axis_and_angle_are_put_before_the_pose(rows):
    steps = to_steps(rows, seen(), ActionSpec(VECTOR, gripper="keep"))
    pose = to_matrix(HOME)
    for row in rows:
        pose[:3, 3] += row[:3]
        pose[:3, :3] = rotation_matrix(row[3:6]) @ pose[:3, :3]
    end = to_matrix(end_of(steps))
    assert np.allclose(end, pose, atol=1e-7)


@given(chunks)
def test_in_the_tools_frame_a_row_is_multiplied_from_the_right(rows):
    steps = to_steps(rows, seen(), ActionSpec(VECTOR, frame="tool", gripper="keep"))
    pose = to_matrix(HOME)
    for row in rows:
        moved = np.eye(4)
        moved[:3, :3], moved[:3, 3] = rotation_matrix(row[3:6]), row[:3]
        pose = pose @ moved
    assert np.allclose(to_matrix(end_of(steps)), pose, atol=1e-7)


@given(chunks, st.sampled_from([EULER, VECTOR]))
def test_an_absolute_row_ends_where_it_says_wherever_the_robot_is(rows, columns):
    spec = ActionSpec(columns, absolute=True, gripper="keep")
    steps = to_steps(rows, seen(), spec)
    x, y, z, *turn = rows[-1][:6]
    if columns is VECTOR:
        wanted = (x, y, z, *turn)
    else:
        wanted = apply_motion((x, y, z, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, *turn, 0.0))
    assert near(end_of(steps), wanted)


def test_what_an_absolute_row_does_not_name_stays():
    spec = ActionSpec(("x", "z", "unused"), absolute=True)
    (step,) = to_steps(np.array([0.5, 0.2, 7.0]), seen(), spec)
    assert near(end_of([step]), (0.5, 0.1, 0.2, *HOME[3:]))


@given(chunks, st.integers(1, 6), st.sampled_from(["base", "tool"]))
def test_merged_rows_lead_where_the_rows_alone_lead(rows, merge, frame):
    one, together = (
        to_steps(rows, seen(), ActionSpec(VECTOR, frame=frame, gripper="keep", merge=m))
        for m in (1, merge)
    )
    assert near(end_of(one), end_of(together))
    assert len(together) <= -(-len(rows) // merge)


@given(chunks, st.integers(1, 3), st.sampled_from(["open", "closed"]))
def test_the_gripper_ends_as_the_last_row_says_and_moves_only_when_it_changes(rows, merge, held):
    for rule, above in (("open_above", "open"), ("closed_above", "closed")):
        spec = ActionSpec(EULER, gripper=rule, threshold=0.0, merge=merge)
        asked = [s.primitive.gripper for s in to_steps(rows, seen(held), spec)]
        state = held
        for gripper in filter(None, asked):
            assert gripper != state
            state = gripper
        below = {"open": "closed", "closed": "open"}[above]
        assert state == (above if rows[-1][6] > 0 else below)


def test_a_row_that_moves_the_gripper_ends_its_step():
    rows = np.zeros((4, 7))
    rows[:, 0], rows[1, 6] = 0.01, -1.0
    steps = to_steps(rows, seen(), ActionSpec(EULER, merge=3))
    assert [(round(s.primitive.motion[0], 9), s.primitive.gripper) for s in steps] == [
        (0.02, "closed"),
        (0.02, None),
    ]


def test_only_so_many_rows_are_made_and_empty_ones_left_out():
    rows = np.zeros((5, 7))
    rows[2, 1] = rows[4, 1] = 0.02
    spec = ActionSpec(EULER, rows=4)
    assert [s.primitive.motion[1] for s in to_steps(rows, seen(), spec)] == [0.02]
    (still,) = to_steps(rows[:2], seen(), spec)
    assert (still.primitive.motion, still.primitive.gripper) == (NO_MOTION, None)
    assert tell_motion(NO_MOTION, None) == still.primitive.phrase == "stand still"


@pytest.mark.parametrize(
    ("actions", "complaint"),
    [
        (np.zeros((2, 6)), "float64 (2, 6), expected rows of 8 numbers (x, y, z"),
        (np.zeros((1, 2, 8)), "(1, 2, 8), expected rows of 8"),
        (np.zeros((1, 8), dtype=complex), "complex128"),
        (np.zeros((0, 8)), "0 rows. Allowed: 1 to 1000"),
        (np.zeros((MOST_ROWS + 1, 8)), "1001 rows"),
        (np.array([[0, 0, math.nan, 0, 0, 0, 0, 0]]), "row 0 holds nan as 'z'"),
        (np.array([[0, 0, 0, 0, 0, 0, 0, math.inf]]), "row 0 holds inf as 'gripper'"),
        (np.array([[1e7, 0, 0, 0, 0, 0, 0, 0]]), "row 0 holds 10000000.0 as 'x'"),
    ],
)
def test_what_is_no_chunk_is_refused(actions, complaint):
    with pytest.raises(ServerError) as refused:
        to_steps(actions, seen(), ActionSpec())
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"columns": ("x", "grip")}, "there is no 'grip'. Did you mean 'gripper'?"),
        ({"columns": ("x", "x")}, "'x' is there twice"),
        ({"columns": ("gripper", "unused")}, "move nothing"),
        ({"columns": ("x", "yaw", "rz")}, "a turn is given twice"),
        ({"absolute": True, "frame": "tool"}, "absolute: needs the frame base"),
        ({"columns": ("x", "yaw"), "absolute": True}, "all three numbers of a turn or none"),
        ({"gripper": "open_over"}, "gripper: got 'open_over'. Did you mean 'open_above'?"),
        ({"frame": "hand"}, "frame: got 'hand'. Allowed: base, tool"),
        ({"metres": 0.0}, "metres: got 0.0. Allowed: above 0"),
        ({"radians": math.nan}, "radians: got nan. Allowed: above 0"),
        ({"merge": 0}, "rows at least 0, merge at least 1"),
    ],
)
def test_a_spec_that_does_not_fit_together_is_refused(options, complaint):
    with pytest.raises(UsageError) as refused:
        ActionSpec(**options)
    assert complaint in str(refused.value)


def test_a_spec_comes_back_from_plain_values():
    spec = ActionSpec(VECTOR, metres=0.05, gripper="closed_above", merge=2)
    again = spec.to_dict()
    assert ActionSpec(**{**again, "columns": tuple(again["columns"])}) == spec
