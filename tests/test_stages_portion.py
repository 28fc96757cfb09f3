"""Portions share out all jobs, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.stages.portion import MOST, WHOLE, Portion, parse_portion


@given(st.lists(st.integers(), max_size=40), st.integers(1, 12))
def test_portions_are_everything_once(items, of):
    numbered = list(enumerate(items))
    picked = [one for i in range(1, of + 1) for one in Portion(i, of).pick(numbered)]
    assert sorted(picked) == numbered
    assert WHOLE.pick(items) == items


@given(st.integers(1, MOST), st.data())
def test_a_portion_is_read_as_it_is_written(of, data):
    portion = Portion(data.draw(st.integers(1, of)), of)
    assert parse_portion(str(portion)) == portion


@pytest.mark.parametrize(
    "text", ["", "3", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1.5/2", "1/99999999", "１/２"]
)
def test_what_is_no_portion_is_told(text):
    with pytest.raises(UsageError, match=r"is no portion. Allowed: i/n, the i-th of n portions"):
        parse_portion(text)
