"""Claims are decided over seeds: the tests' mathematics."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.evaluation.paired_seeds import MARGIN, decide, sign_flip_p, t_interval
from cliprt.evaluation.power import (
    power,
    power_of_equivalence,
    seeds_needed,
    spread_of_difference,
)

WINS = st.lists(st.integers(-20, 20), min_size=1, max_size=9)


@given(WINS)
def test_the_counted_sums_are_those_of_every_way_to_flip(wins):
    sums = [sum(s * w for s, w in zip(signs, wins, strict=True)) for signs in flips(len(wins))]
    far = sum(abs(total) >= abs(sum(wins)) for total in sums)
    assert sign_flip_p(wins) == pytest.approx(far / len(sums))


def flips(count):
    return list(product((-1, 1), repeat=count))


@given(WINS)
def test_a_decision_turns_round_with_its_arms(wins):
    one, other = decide(wins, 20), decide([-w for w in wins], 20)
    assert one.p == other.p
    assert one.mean == pytest.approx(-other.mean)
    assert one.interval[0] == pytest.approx(-other.interval[1])
    turned = {"shown": "reversed", "reversed": "shown"}
    assert other.verdict == turned.get(one.verdict, one.verdict)


@given(WINS)
def test_the_interval_holds_the_mean_and_is_wider_where_more_is_asked(wins):
    rates = [w / 20 for w in wins]
    low, high = t_interval(rates, 0.95)
    assert low - 1e-9 <= decide(wins, 20).mean <= high + 1e-9
    narrow = t_interval(rates, 0.9)
    assert low - 1e-9 <= narrow[0] <= narrow[1] <= high + 1e-9


def test_verdicts():
    assert decide([5, 6, 4, 7, 5, 6], 20).verdict == "shown"
    assert decide([-5, -6, -4, -7, -5, -6], 20).verdict == "reversed"
    assert decide([5, -6, 4, -7, 5, -2], 20).verdict == "not shown"
    assert decide([1, -1, 0, 1, -1, 0, 0, 0], 100).verdict == "equivalent"
    assert decide([90], 90).verdict == "not shown", "one training shows nothing"
    assert decide([5, 5, 5, 5, 5], 9).p == 2 / 2**5, "five seeds cannot show anything"


def test_wins_that_cannot_be_are_refused():
    for wins in ([], [7]):
        with pytest.raises(UsageError, match="need one for each seed"):
            decide(wins, 6)


@given(st.floats(0.01, 0.4), st.floats(0.02, 0.3), st.integers(3, 60))
def test_more_seeds_and_larger_effects_are_seen_more_often(effect, spread, seeds):
    assert power(effect, spread, seeds) <= power(effect, spread, seeds + 1) + 1e-6
    assert power(effect, spread, seeds) <= power(effect * 1.5, spread, seeds) + 1e-6
    more = power_of_equivalence(spread, seeds + 1)
    assert power_of_equivalence(spread, seeds) <= more + 1e-9


@given(st.floats(0.05, 0.4), st.floats(0.02, 0.3))
def test_the_seeds_needed_are_the_fewest(effect, spread):
    seeds = seeds_needed(effect, spread)
    assert power(effect, spread, seeds) >= 0.8
    assert seeds == 2 or power(effect, spread, seeds - 1) < 0.8


def test_known_powers():
    """statsmodels.stats.power.TTestPower().power(effect / spread, seeds, 0.05)."""
    assert power(0.5, 1.0, 30) == pytest.approx(0.754, abs=1e-3)
    assert power(0.8, 1.0, 10) == pytest.approx(0.616, abs=1e-3)


def test_the_spread_is_of_trainings_and_of_trials():
    assert spread_of_difference(0, 0.5, 100) == pytest.approx(2**0.5 * 0.05)
    assert spread_of_difference(0.06, 0.4, 10**9) == pytest.approx(2**0.5 * 0.06)
    assert MARGIN == 0.05
