"""What marks cover: pure mathematics on sheets."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cliprt.geometry import to_matrix
from cliprt.robots.ink import TOUCH_M, Canvas, centres, dot, printed, rectangles, stroke, wiped

SHEET = Canvas("sheet", (0, 0, 0, 0, 0, 0), (0.10, 0.14))
points = st.tuples(st.floats(-0.04, 0.04), st.floats(-0.06, 0.06))
turns = st.floats(-math.pi, math.pi)
DOWN = (math.pi, 0.0, 0.0)


def face(x, y, z=0.0, turn=(0.0, 0.0, 0.0)):
    return to_matrix((x, y, z, *turn))


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_rectangles_cover_the_ink_exactly_once(ink):
    count = np.zeros(ink.shape, dtype=int)
    for top, bottom, left, right in rectangles(ink):
        assert top < bottom
        assert left < right
        count[top:bottom, left:right] += 1
    assert (count == ink).all()


def test_a_block_is_one_rectangle():
    ink = np.zeros((9, 9), dtype=bool)
    ink[2:7, 3:5] = True
    assert rectangles(ink) == [(2, 7, 3, 5)]


@given(points, st.floats(0.004, 0.02))
def test_dots_have_the_area_of_a_disc(point, radius):
    ink = dot(SHEET, point, radius)
    assert (np.linalg.norm(centres(SHEET)[ink] - point, axis=-1) <= radius + 1e-12).all()
    inside = np.abs(point) + radius < np.array(SHEET.size) / 2
    if inside.all():
        area = ink.sum() * SHEET.cell_m**2
        assert area == pytest.approx(math.pi * radius**2, abs=2 * math.pi * radius * SHEET.cell_m)


@given(points, points)
def test_strokes_hold_the_dots_on_their_way(start, end):
    ink = stroke(SHEET, [start, end], 0.006)
    for share in (0.0, 0.3, 1.0):
        spot = np.array(start) + share * (np.array(end) - np.array(start))
        # A hair smaller: both round at the rim.
        assert not (dot(SHEET, spot, 0.006 - 1e-9) & ~ink).any()


@given(points, turns)
@settings(max_examples=50)
def test_wiping_takes_the_area_of_the_block(point, turn):
    ink = wiped(SHEET, face(*point, turn=(0.0, 0.0, turn)), (0.03, 0.02))
    assert np.linalg.norm(centres(SHEET)[ink] - point, axis=-1).max() <= math.hypot(0.015, 0.01)
    if (np.abs(point) + 0.019 < np.array(SHEET.size) / 2).all():
        assert ink.sum() * SHEET.cell_m**2 == pytest.approx(0.0006, abs=0.0001)


@given(st.floats(-0.02, 0.02))
def test_only_what_touches_wipes(height):
    touches = abs(height) <= TOUCH_M
    assert wiped(SHEET, face(0, 0, height), (0.03, 0.03)).any() == touches
    assert printed(SHEET, face(0, 0, height), ("##",), 0.01).any() == touches


def test_a_tilted_block_wipes_with_its_edge_only():
    flat = wiped(SHEET, face(0, 0), (0.04, 0.04)).sum()
    tilted = wiped(SHEET, face(0, 0, turn=(0.0, 0.4, 0.0)), (0.04, 0.04)).sum()
    assert 0 < tilted < flat / 2


def test_prints_are_the_pattern_seen_from_above():
    ink = printed(SHEET, face(0, 0), ("#.", "##", ".."), 0.01)
    where = centres(SHEET)
    for (x, y), mark in {
        (-0.01, -0.005): True,
        (-0.01, 0.005): False,
        (0.0, -0.005): True,
        (0.0, 0.005): True,
        (0.01, -0.005): False,
        (0.03, 0.0): False,
    }.items():
        nearest = np.linalg.norm(where - (x, y), axis=-1).argmin()
        assert ink.flat[nearest] == mark, (x, y)


def test_a_face_that_looks_down_prints_the_mirror_image():
    up = printed(SHEET, face(0, 0), ("#..", "##."), 0.012)
    down = printed(SHEET, face(0, 0, turn=DOWN), ("..#", ".##"), 0.012)
    assert (up == down).all()
