"""What the check is made of, without an arm: directions, boxes, and how a person is asked."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt_ur.check.answers import PersonAnswers, UnattendedAnswers, wrap
from cliprt_ur.check.directions import ANGLES_DEG, AXES, corrected_rotation_deg, direction_of
from cliprt_ur.check.workspace import box_around, box_text, tour
from cliprt_ur.frames import base_turn_rad, to_base, to_user

coordinate = st.floats(-1, 1)
place = st.tuples(coordinate, coordinate, coordinate)


@given(true=st.sampled_from([0, 90, 180, 270]), assumed=st.sampled_from([0, 90, 180, 270]))
def test_one_look_is_enough_to_find_the_mounting(true: int, assumed: int) -> None:
    """An arm told to go forward goes elsewhere; from where, the mounting follows."""
    step = to_base((0.02, 0, 0, 0, 0, 0), base_turn_rad(assumed))
    seen = direction_of((0,) * 6, to_user(step, base_turn_rad(true)))
    assert corrected_rotation_deg(assumed, ANGLES_DEG[seen]) == true


@given(true=st.floats(0, 359.9), assumed=st.floats(-360, 360))
def test_any_angle_can_be_found(true: float, assumed: float) -> None:
    x, y, *_ = to_user(to_base((1, 0, 0, 0, 0, 0), math.radians(assumed)), math.radians(true))
    found = corrected_rotation_deg(assumed, math.degrees(math.atan2(y, x)))
    assert 0 <= found < 360
    assert abs(math.remainder(found - true, 360)) < 1e-3


def test_directions_are_told_by_the_greatest_part() -> None:
    for name, axis in AXES.items():
        end = (*(0.02 * np.array(axis) + 0.001), 0.0, 0.0, 0.0)
        assert direction_of((0.0,) * 6, end) == name


@given(place)
def test_a_box_around_the_tool_has_it_inside_and_no_lower(
    place: tuple[float, float, float],
) -> None:
    lower, upper = box_around(place)
    for low, x, high in zip(lower, place, upper, strict=True):
        assert low <= x <= high
    assert place[2] - lower[2] <= 0.001 + 1e-9
    assert "forward, left, up" in box_text(lower, upper)


@given(place)
def test_the_drive_stays_in_the_box_and_ends_where_it_began(
    place: tuple[float, float, float],
) -> None:
    lower, upper = box_around(place)
    ways = tour(place, lower, upper)
    assert ways[-1] == ("", place)
    assert len({corner for name, corner in ways if name}) == 8
    for (_, a), (_, b) in zip([("", place), *ways], ways, strict=False):
        assert all(lo <= x <= hi for lo, x, hi in zip(lower, b, upper, strict=True))
        # Level ways are at the top only: what stands on the table is not swept.
        assert a[:2] == b[:2] or a[2] == b[2] == upper[2]


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> PersonAnswers:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return PersonAnswers()


def test_the_beginning_of_an_answer_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = answers(monkeypatch, "maybe", "", "Y", "", "o", "other")
    assert person.choose("Shall it?", ("yes", "no")) == "yes"
    assert capsys.readouterr().out.count("Please answer one of: yes, no.") == 2
    assert person.choose("Shall it?", ("yes", "no"), default="no") == "no"
    assert person.choose("Which?", ("open", "other")) == "other"
    assert "[yes/NO]" in capsys.readouterr().out


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    person = answers(monkeypatch, "")
    assert person.ask("Mass [kg]?", "0.9") == "0.9"
    with pytest.raises(UsageError, match=r"nobody answers.*Run it in a terminal"):
        person.choose("Shall it?", ("yes", "no"))


def test_unattended_answers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = UnattendedAnswers()
    assert nobody.choose("Shall it?", ("no", "yes")) == "yes"
    assert nobody.choose("Try again?", ("yes", "no"), unattended="no") == "no"
    assert nobody.choose("Which?", ("a", "b"), default="b") == "b"
    assert nobody.ask("Name?", "scene") == "scene"
    assert capsys.readouterr().out.splitlines()[0] == "> Shall it? yes"


def test_long_lines_are_wrapped_under_their_indent() -> None:
    lines = wrap("  " + "word " * 40).splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  ") and len(line) <= 88 for line in lines)
    assert wrap("") == ""
