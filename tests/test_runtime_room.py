"""What is left of a refused move: never beyond a limit, and not a half centimetre less."""

import math

import numpy as np
import pytest
from fake_robot import FakeRobot
from hypothesis import given
from hypothesis import strategies as st

from cliprt.recipe.schema import GateSection
from cliprt.runtime.gate import Gate
from cliprt.runtime.limits import find_violation
from cliprt.runtime.refusals import find_rest, tell_rest
from cliprt.runtime.room import GRAIN_M, take_part
from cliprt.runtime.walls import draw_wall, sketch_wall
from cliprt.types import NO_MOTION, Primitive

LIMITS = GateSection(min_interval_s=0.0)
inside = st.tuples(
    *(st.floats(a, b) for a, b in zip(LIMITS.lower, LIMITS.upper, strict=True))
)  # [m]


def along(axis, metres):
    motion = list(NO_MOTION)
    motion[axis] = metres
    return tuple(motion)


@given(inside, st.integers(0, 2), st.floats(-LIMITS.max_step_m, LIMITS.max_step_m))
def test_what_is_left_is_the_most_that_the_gate_lets_pass(place, axis, metres):
    pose = (*place, 0.0, math.pi, 0.0)
    with Gate(FakeRobot(pose), LIMITS) as gate:
        outcome = gate.execute(along(axis, metres), None)
        rest = find_rest(outcome)
        if rest is None:
            one = take_part(outcome.commanded, GRAIN_M) if metres else NO_MOTION
            is_none_left = find_violation(pose, one, None, LIMITS) or abs(metres) <= GRAIN_M
            assert outcome.refused is None or is_none_left
            return
        length = abs(rest.motion[axis])
        assert length < abs(metres)
        assert round(length / GRAIN_M, 6) == round(length / GRAIN_M)
        further = along(axis, math.copysign(length + GRAIN_M, metres))
        assert find_violation(pose, further, None, LIMITS) or length + GRAIN_M >= abs(metres)
        assert not gate.execute(rest.motion, None).refused


def test_nothing_is_left_of_what_is_refused_for_another_reason():
    with Gate(FakeRobot(refuse_at=0), LIMITS) as gate:
        gate.ask_before(lambda *_: "it was not confirmed")
        assert find_rest(gate.execute(along(1, 0.1), None)) is None
        gate.ask_before(None)
        assert find_rest(gate.execute(along(1, 0.1), None)) is None  # nobody knows how far it gets
        assert find_rest(gate.execute((0.3, 0.3, 0, 0, 0, 0, 0), None)) is None
        assert find_rest(gate.execute((0, 0, 0, 0, 0, 7, 0), None)) is None


def test_a_simulated_arm_is_asked_how_far_it_gets():
    pytest.importorskip("pybullet")
    from cliprt.robots.pybullet import PyBulletBackend

    with Gate(PyBulletBackend(cameras=()), GateSection(min_interval_s=0.0)) as gate:
        gate.simulation.clear(0)
        before = gate.observe().commanded_pose
        outcome = gate.execute(along(2, -0.3), None)
        assert gate.observe().commanded_pose == before
        rest = find_rest(outcome)
        assert tell_rest(rest).startswith("There is room for ")
        made = gate.execute(rest.motion, None)
        assert not made.refused
        again = gate.execute(along(2, -0.01), None)
        assert "fingertips would be" in again.refused


@given(inside, st.integers(0, 2), st.sampled_from([-1, 1]))
def test_the_limit_is_drawn_where_the_move_would_leave(place, axis, sign):
    pose = (*place, 0.0, math.pi, 0.0)
    wall = (LIMITS.upper if sign > 0 else LIMITS.lower)[axis]
    why = find_violation(pose, along(axis, wall - place[axis] + sign * 0.01), None, LIMITS)
    if why is None or "step" in why:
        return
    (stroke,) = sketch_wall(pose, why, LIMITS)
    assert stroke.points[:, axis] == pytest.approx(wall)
    assert (stroke.points >= np.array(LIMITS.lower) - 1e-9).all()
    assert (stroke.points <= np.array(LIMITS.upper) + 1e-9).all()
    assert sketch_wall(pose, "reach: out of reach", LIMITS) == ()


def test_it_is_drawn_for_the_move_of_several_that_would_leave():
    pytest.importorskip("pybullet")
    from cliprt.robots.pybullet import PyBulletBackend

    with Gate(PyBulletBackend(cameras=()), LIMITS) as gate:
        gate.simulation.clear(0)
        pose = gate.observe().commanded_pose
        up, down = (Primitive(None, "", along(2, metres)) for metres in (0.02, -0.28))
        assert draw_wall(gate, pose, (up,), ["scene"]) == {"scene": ()}
        assert draw_wall(gate, pose, (up, down), ["scene"])["scene"]


@pytest.mark.parametrize("metres", [1e-320, 5.0, 1e9, 1.7e308])
def test_no_amount_is_too_much_to_be_refused(metres):
    with Gate(FakeRobot((0.4, 0.0, 0.3, 0.0, math.pi, 0.0)), LIMITS) as gate:
        outcome = gate.execute(along(1, metres), None)
        assert gate.state == "ready"
        rest = find_rest(outcome)
        assert (rest is None) == (metres < 1)
        assert rest is None or not gate.execute(rest.motion, None).refused
