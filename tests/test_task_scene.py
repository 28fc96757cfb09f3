"""Scenes: regions scale, things do not overlap, difficulties are named."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.tasks.pick import PickTask
from cliprt.tasks.scene import Region, place, point_of, shade, tilt_rad, upright
from cliprt.things.cabinet import cabinet
from cliprt.things.cubes import cube
from cliprt.things.figures import POOH_M, POOH_RADIUS_M, pooh
from cliprt.things.laptop import laptop
from cliprt.things.upside_down_cup import HOLLOW_M, RIM_RADIUS_M, upside_down_cup

TABLE = Region((0.4, -0.2, 0.0), (0.6, 0.2, 0.0))


@given(st.integers(0, 2**32 - 1))
def test_placed_things_keep_their_distance(seed):
    rng, taken = np.random.default_rng(seed), []
    for _ in range(3):
        taken.append(place(rng, TABLE, taken, 0.1))
    for i, a in enumerate(taken):
        assert all(math.dist(a[:2], b[:2]) >= 0.1 for b in taken[:i])


def test_a_full_table_gives_the_roomiest_place():
    tiny = Region((0.5, 0.0, 0.0), (0.51, 0.01, 0.0))
    x, y, _ = place(np.random.default_rng(0), tiny, [(0.5, 0.0)], 1.0)
    assert math.dist((x, y), (0.5, 0.0)) > 0.012


def test_scaling_keeps_the_middle_and_stays_on_the_table():
    small = Region((0.4, -0.2, 0.0), (0.6, 0.2, 0.1)).scaled(2.0)
    assert small.lower == pytest.approx((0.3, -0.4, 0.0))
    assert small.upper == pytest.approx((0.7, 0.4, 0.15))


def test_an_unknown_difficulty_names_the_known_ones():
    with pytest.raises(UsageError, match=r"'eazy'.*Did you mean 'easy'.*easy, default, hard"):
        PickTask("eazy")


GREY = (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "body",
    [f("a", GREY) for f in (laptop, cabinet, cube, upside_down_cup, pooh)],
)
def test_props_are_whole(body):
    names = [link.name for link in body.links]
    assert len(set(names)) == len(names)
    assert [link.joint is None for link in body.links] == [True] + [False] * (len(names) - 1)
    for link in body.links:
        assert link.mass > 0
        assert any(part.solid for part in link.parts)
        assert all(0 <= c <= 1 for part in link.parts for c in part.colour)


def test_pooh_fits_under_the_cup():
    assert POOH_M < HOLLOW_M
    assert POOH_RADIUS_M + 0.015 < RIM_RADIUS_M


def test_points_turn_with_their_thing():
    assert point_of(upright((0.5, 0.1, 0.0), math.pi / 2), (0.1, 0.0, 0.2)) == pytest.approx(
        (0.5, 0.2, 0.2)
    )
    assert tilt_rad((0, 0, 0, 0, math.pi / 3, 0)) == pytest.approx(math.pi / 3)
    assert tilt_rad(upright((0, 0, 0), 2.0)) == pytest.approx(0.0)


def test_a_shade_stays_near_its_colour():
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert shade(rng, (0.5, 0.0, 1.0)) == pytest.approx((0.5, 0.0, 1.0), abs=0.0651)
