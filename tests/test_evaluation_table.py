"""Paired comparisons, and the paper's own figures."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.evaluation.statistics import compare, mcnemar_p_value
from cliprt.evaluation.table_page import load_paper, paper_success

COUNTS = st.integers(0, 60)


def test_a_known_p_value():
    assert mcnemar_p_value(8, 1) == pytest.approx(2 * (1 + 9) / 2**9)
    assert mcnemar_p_value(0, 0) == 1


@given(COUNTS, COUNTS)
def test_p_values_are_symmetric_and_fall_with_the_difference(wins, losses):
    p = mcnemar_p_value(wins, losses)
    assert 0 < p <= 1
    assert p == mcnemar_p_value(losses, wins)
    if wins > losses:
        assert mcnemar_p_value(wins + 1, losses) < p or comb(wins + losses, losses) < 2


@given(
    st.dictionaries(st.integers(0, 9), st.booleans()),
    st.dictionaries(st.integers(0, 9), st.booleans()),
)
def test_only_shared_scenes_are_compared(first, second):
    found = compare(first, second)
    shared = first.keys() & second.keys()
    rates = [sum(of[scene] for scene in shared) for of in (first, second)]
    assert found.scenes == len(shared)
    assert found.difference * len(shared) == pytest.approx(rates[0] - rates[1])


@pytest.mark.parametrize("suite", ["common", "novel"])
def test_the_papers_averages_are_those_of_its_rows(suite):
    for name, values in load_paper()["suites"][suite]["success"].items():
        assert len(values) == 9
        mean = sum(values) / 9
        assert paper_success(suite, name)["average"] == pytest.approx(mean, abs=0.51)
