"""A reason for every way in which an episode can fail, judged from its steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.evaluation.failures import FAILURES, failure_reason, is_opposite
from cliprt.types import Episode, Observation, Outcome, Primitive, Step

HOME = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)


class Attempt:
    """Writes an episode step by step, with an arm that does as told unless blocked."""

    def __init__(self):
        self.pose, self.gripper, self.opening, self.steps = HOME, "open", 0.08, []

    def do(self, motion=(), gripper=None, refused=None, blocked=False, holds=0.0):
        motion = (*motion, *(0.0,) * (7 - len(motion)))
        seen = Observation({}, self.pose, self.pose, (), self.gripper, self.opening, 0.0)
        target = (*(p + d for p, d in zip(self.pose, motion[:3], strict=False)), *self.pose[3:])
        still = blocked or refused
        measured = self.pose if still else target
        outcome = Outcome(motion, gripper, None if refused else target, measured, refused=refused)
        primitive = Primitive(0, "phrase", motion, gripper)
        self.steps.append(Step(len(self.steps), seen, "", primitive, outcome, "policy"))
        self.pose = measured
        if gripper:
            self.gripper = gripper
            self.opening = 0.08 if gripper == "open" else holds
        return self

    def reason(self, end="max_steps"):
        steps = tuple(self.steps)
        episode = Episode("e", "pick", "", 0, "policy", steps, False, {"end": end})
        return failure_reason(episode)


UP, DOWN, LEFT, ON = (0, 0, 0.05), (0, 0, -0.05), (0, 0.05, 0), (0.05, 0, 0)


def wander(attempt, times=3):
    for _ in range(times):
        attempt.do(UP).do(LEFT).do(ON)
    return attempt


def test_no_step():
    assert Attempt().reason() == "did_not_move"


def test_back_and_forth():
    attempt = wander(Attempt())
    for _ in range(4):
        attempt.do(UP).do(DOWN)
    assert attempt.reason() == "oscillated"


def test_back_and_forth_with_different_steps():
    attempt = Attempt()
    for _ in range(4):
        attempt.do((0, 0, 0.1)).do(DOWN)
    assert attempt.reason() == "oscillated"


def test_opening_and_closing():
    attempt = Attempt()
    for _ in range(4):
        attempt.do(gripper="closed").do(gripper="open")
    assert attempt.reason() == "oscillated"


def test_one_correction_is_no_oscillation():
    assert wander(Attempt().do(UP).do(DOWN)).reason() == "out_of_steps"


def test_limits():
    attempt = wander(Attempt())
    for _ in range(5):
        attempt.do(ON, refused="workspace: x would be 0.81 m, above the limit 0.80 m")
    assert attempt.reason("refused") == "refused"


def test_one_refusal_is_forgiven():
    assert wander(Attempt().do(ON, refused="workspace: ...")).reason() == "out_of_steps"


def test_pushing_in_vain():
    attempt = wander(Attempt())
    for _ in range(3):
        attempt.do(ON, blocked=True)
    assert attempt.reason() == "blocked"


def test_closed_on_nothing():
    attempt = wander(Attempt().do(DOWN).do(gripper="closed", holds=0.001))
    assert attempt.reason() == "closed_on_nothing"


def test_holding_to_the_end_is_not_closing_on_nothing():
    attempt = wander(Attempt().do(DOWN).do(gripper="closed", holds=0.04))
    assert attempt.reason() == "out_of_steps"


def test_lost_on_the_way():
    attempt = Attempt().do(DOWN).do(gripper="closed", holds=0.04).do(UP)
    attempt.opening = 0.0
    assert wander(attempt).reason() == "lost_grip"


def test_letting_go_is_not_losing():
    attempt = Attempt().do(gripper="closed", holds=0.04).do(UP).do(gripper="open")
    assert wander(attempt).reason() == "out_of_steps"


@pytest.mark.parametrize(
    ("end", "reason"),
    [("gave_up", "stopped_early"), ("fault", "fault"), ("stopped", "stopped_early")],
)
def test_ends_before_the_limit(end, reason):
    assert wander(Attempt()).reason(end) == reason


def test_turning_back_is_opposite_and_another_axis_is_not():
    turn, back, other = (0, 0, 0, 0.3), (0, 0, 0, -0.6), (0, 0, 0, 0, 0.3)
    first, second, third = Attempt().do(turn).do(back).do(other).steps
    assert is_opposite(first, second)
    assert not is_opposite(second, third)


MOTIONS = st.sampled_from([UP, DOWN, LEFT, ON, (0, 0, 0, 0.2), ()])
STEPS = st.fixed_dictionaries(
    {
        "motion": MOTIONS,
        "gripper": st.sampled_from([None, "open", "closed"]),
        "refused": st.sampled_from([None, "a limit"]),
        "blocked": st.booleans(),
        "holds": st.sampled_from([0.0, 0.04]),
    }
)


@given(st.lists(STEPS, max_size=20), st.sampled_from(["max_steps", "refused", "gave_up", "fault"]))
def test_every_failure_has_a_reason_with_a_sentence(steps, end):
    attempt = Attempt()
    for arguments in steps:
        attempt.do(**arguments)
    assert FAILURES[attempt.reason(end)].endswith(".")
