"""Paired comparisons, and the paper's own figures."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.evaluation.results import Trial
from cliprt.evaluation.statistics import compare, mcnemar_p_value
from cliprt.evaluation.table import Row, build_row, compare_models, load_rows
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


def trials_of(marks: str, first: int = 100) -> list[Trial]:
    return [
        Trial("pick", "Pick it up", first + n, mark == "1", 3 + n, "success", True, f"e-{n}")
        for n, mark in enumerate(marks)
    ][::-1]


def row_of(model: str, *marks: str, **facts: object) -> Row:
    seeds = {"training": list(range(len(marks))), "evaluation": [100, 3]}
    return build_row(
        *map(trials_of, marks),
        **{"model": model, "title": model, "suite": "novel", "task": "pick", "command": "x"},
        **{"episodes_taught": 1, "augmenters": (), "cpu_s": 1.0, "wall_s": 1.0, "seeds": seeds},
        **facts,
    )


def test_several_trainings_make_one_row_one_after_the_other():
    row = row_of("few_shot_1", "101", "001")
    assert row.outcomes == "101001"
    assert row.steps == (3, 4, 5, 3, 4, 5)
    assert (row.trials, row.successes, row.trainings) == (6, 3, (0, 1))
    assert [row.scene(n) for n in (0, 2, 3)] == [(0, 100), (0, 102), (1, 100)]
    assert Row.from_dict(row.to_dict()) == row


def test_trainings_are_compared_by_seed_and_within_one_request():
    rows = [row_of("pretrained_1", "111", "110"), row_of("few_shot_1", "101", "001")]
    rows += [row_of("zero", "111"), row_of("few_shot_3", "111", profile="quick")]
    rows += [row_of("pretrained_3", "000", profile="full")]
    pairs = {(one["first"], one["second"]): one for one in compare_models(rows)}
    assert set(pairs) == {("pretrained_1", "few_shot_1"), ("pretrained_1", "zero")}
    found = pairs["pretrained_1", "few_shot_1"]
    assert (found["scenes"], found["only_first"], found["only_second"]) == (6, 3, 1)
    assert pairs["pretrained_1", "zero"]["scenes"] == 3


def test_rows_of_earlier_versions_were_all_made_by_one_request():
    old = {k: v for k, v in row_of("zero", "1").to_dict().items() if k not in ("profile",)}
    asked = {"profile": "quick", "overrides": ["seed=3"]}
    del old["overrides"]
    assert load_rows({"asked": asked, "rows": [old]})[0].request == ("quick", ("seed=3",))
    assert load_rows({"rows": [old]})[0].request == ("full", ())
